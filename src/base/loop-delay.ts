// How late this process' event loop is, as figures of the process. It refuses to measure anything else: what the loop was
// late by is what every client, probe and timer of the process had to wait on top.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Metrics } from "./metrics.ts";

/**
 * A look each so many milliseconds. Each wakes the process: at 20 it was most of what an idle agent cost, half a percent of a
 * core.
 */
const EVERY_MS = 100;

/** Declares the figures. Each reading of the metrics tells of the time since the one before. */
export function watchLoopDelay(metrics: Metrics): void {
  const delays = monitorEventLoopDelay({ resolution: EVERY_MS });
  delays.enable();
  // The monitor counts from look to look; late is what exceeds the distance between two.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - EVERY_MS / 1000);
  metrics.gauge({
    name: "nodejs_eventloop_delay_p50_seconds",
    help: "How late the event loop was, half of the time, since the last reading.",
    read: () => seconds(delays.percentile(50)),
  });
  metrics.gauge({
    name: "nodejs_eventloop_delay_p99_seconds",
    help: "How late the event loop was, one time of a hundred, since the last reading.",
    read: () => seconds(delays.percentile(99)),
  });
  metrics.gauge({
    name: "nodejs_eventloop_delay_max_seconds",
    help: "How late the event loop was at worst since the last reading.",
    read: () => {
      const worst = seconds(delays.max);
      delays.reset();
      return worst;
    },
  });
}
