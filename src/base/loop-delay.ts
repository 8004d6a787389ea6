// How late this process' event loop is, as figures of the process. It refuses to measure anything else: what the loop was
// late by is what every client, probe and timer of the process had to wait on top.
import { createHistogram } from "node:perf_hooks";
import type { Metrics } from "./metrics.ts";

/** A look each so many milliseconds while the loop has work. */
const EVERY_MS = 20;
/** At rest: each look wakes the process, and fifty a second were most of what an idle agent cost. Each counts for ten then. */
const AT_REST = 10;
/** The share of its time that a loop at rest is busy, at most. */
const MOST_BUSY = 0.1;
/** So many looks in a row must have found it at rest. */
const QUIET_LOOKS = 25;

/** Declares the figures. Each reading of the metrics tells of the time since the one before. */
export function watchLoopDelay(metrics: Metrics): void {
  const delays = createHistogram();
  let before = performance.eventLoopUtilization();
  let quiet = 0;
  const look = (weight: number) => {
    const due = performance.now() + weight * EVERY_MS;
    const seen = () => {
      const late = Math.max(1, Math.round((performance.now() - due) * 1e6));
      for (let i = 0; i < weight; i++) delays.record(late);
      const now = performance.eventLoopUtilization();
      quiet = performance.eventLoopUtilization(now, before).utilization <= MOST_BUSY ? quiet + 1 : 0;
      before = now;
      look(quiet >= QUIET_LOOKS ? AT_REST : 1);
    };
    setTimeout(seen, weight * EVERY_MS).unref();
  };
  look(1);
  const seconds = (nanoseconds: number) => (delays.count === 0 ? 0 : nanoseconds / 1e9);
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
