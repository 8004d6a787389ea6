// One thread after another that runs a list of targets; when a thread hangs or runs out of memory, its input is a
// finding and a new thread goes on with the next target. It refuses to judge errors (run.ts does).
import { Worker } from "node:worker_threads";
import type { Report } from "./run.ts";

/** What a thread is given. */
export interface Lane {
  readonly names: readonly string[];
  readonly seed: number;
  readonly milliseconds: number;
  /** [count of inputs, length of the present one, index of the present target], then the input. */
  readonly shared: SharedArrayBuffer;
}

export interface LaneOptions {
  readonly seed: number;
  readonly milliseconds: number;
  readonly onReport: (report: Report) => void;
  /** An input that takes longer than this has not ended. */
  readonly hangMs?: number;
}

/** The heap of a thread: an input that needs more has no bound. */
const MOST_HEAP_MIB = 384;
const HANG_MS = 20_000;
const ROOM = 1 << 20;
const HEADER = 12;

/** Runs all of `names`, whatever becomes of the threads. */
export async function runLane(names: readonly string[], options: LaneOptions): Promise<void> {
  let left = names;
  while (left.length > 0) left = await runThread(left, options);
}

/** Answers what is left to do: nothing, or the targets after the one that took the thread down. */
function runThread(
  names: readonly string[],
  { seed, milliseconds, onReport, hangMs = HANG_MS }: LaneOptions,
): Promise<readonly string[]> {
  const shared = new SharedArrayBuffer(HEADER + ROOM);
  const header = new Int32Array(shared, 0, 3);
  const began = performance.now();
  const resourceLimits = { maxOldGenerationSizeMb: MOST_HEAP_MIB };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { names, seed, milliseconds, shared } satisfies Lane,
    resourceLimits,
  });
  const lost = (what: string): readonly string[] => {
    const at = Atomics.load(header, 2);
    const input = Uint8Array.from(new Uint8Array(shared, HEADER, Atomics.load(header, 1)));
    const target = names[at]!;
    const took = Math.round(performance.now() - began);
    onReport({
      target,
      executions: Atomics.load(header, 0),
      outcomes: 0,
      milliseconds: took,
      findings: [{ target, what, input }],
    });
    return names.slice(at + 1);
  };
  return new Promise((resolve) => {
    let count = 0;
    let since = performance.now();
    let hung = false;
    const watch = setInterval(() => {
      const now = Atomics.load(header, 0);
      if (now !== count) [count, since] = [now, performance.now()];
      // Before the first input the thread loads its files.
      else if (now > 0 && performance.now() - since > hangMs) {
        hung = true;
        void worker.terminate();
      }
    }, 250);
    let failure: Error | undefined;
    let done = 0;
    worker.on("message", (report: Report) => {
      done++;
      onReport(report);
    });
    worker.on("error", (error: Error) => (failure = error));
    worker.on("exit", () => {
      clearInterval(watch);
      if (hung) resolve(lost(`did not end within ${hangMs} ms`));
      else if (failure !== undefined) resolve(lost(`took its thread down: ${failure.stack ?? failure.message}`));
      else resolve(done === names.length ? [] : lost("its thread ended"));
    });
  });
}
