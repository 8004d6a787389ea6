// Ends pods that use more of the node's disk than they may. It refuses to measure, and to look at pods without limits.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isTerminal } from "../../resources/core/pod/readiness.ts";
import { isLimited, overLimit } from "./local-storage.ts";
import type { LocalUsage } from "./local-storage.ts";
import type { PodWorker } from "./worker.ts";

const LOOK_MS = 10_000;
/** Such a pod does harm while it runs. */
const GRACE_SECONDS = 1;

export interface EvictorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly usage: (pod: Pod, signal: AbortSignal) => Promise<LocalUsage>;
  readonly workers: () => Iterable<PodWorker>;
}

export async function evictOverLimit(
  { clock, log, usage, workers }: EvictorOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal);
    for (const worker of [...workers()]) {
      const { pod, evicted, gone, rejected } = worker.desired;
      if (evicted || gone || rejected || isTerminal(pod) || !isLimited(pod)) continue;
      try {
        const message = overLimit(pod, await usage(pod, signal));
        if (message === undefined) continue;
        worker.update({ ...worker.desired, evicted: { reason: "Evicted", message, graceSeconds: GRACE_SECONDS } });
      } catch (error) {
        signal.throwIfAborted();
        log.warn("what a pod uses of the disk cannot be told", { pod: pod.metadata.name, error: String(error) });
      }
    }
  }
}
