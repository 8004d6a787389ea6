// Gives back, once, the memory that a start has taken and no longer needs: 15 MiB of a control plane, 8 of an agent. V8 keeps
// it otherwise, as it collects only when something is allocated, and a process at rest allocates next to nothing.
// It refuses to do so while there is work: the whole heap is collected in one go, some tens of milliseconds.
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** Between two looks at how busy the loop was. */
const LOOK_MS = 1000;
/** The share of its time that a loop at rest is busy, at most. */
const MOST_BUSY = 0.05;
/** So many looks in a row must find it at rest. */
const LOOKS = 3;

export interface RestOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How busy the loop was since the last call, 0 to 1. */
  readonly busy?: () => number;
  /** Node's own, where the process was started with `--expose-gc`. */
  readonly collect?: ((options: { type: "major"; flavor: "last-resort" }) => void) | undefined;
}

/** Resolves when it has happened, or `signal` aborts. */
export async function giveBackAtRest(options: RestOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, busy = loopBusy(), collect = globalThis.gc as RestOptions["collect"] } = options;
  if (collect === undefined) return;
  for (let quiet = 0; quiet < LOOKS; quiet = busy() <= MOST_BUSY ? quiet + 1 : 0) {
    try {
      await clock.sleep(LOOK_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
  }
  const began = clock.monotonic();
  collect({ type: "major", flavor: "last-resort" });
  log.debug("memory of the start was given back", { ms: Math.round(clock.monotonic() - began) });
}

function loopBusy(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
