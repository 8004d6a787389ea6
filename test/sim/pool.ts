// Seeds side by side, one on each core: every run has a thread to itself while it lasts. It refuses to give a run
// anything but its seed, so that it is the same run wherever it happens.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Job, Outcome } from "./job.ts";
import type { Found } from "./planted/seek.ts";
import type { Report } from "./run.ts";

/** A run makes much and keeps little of it: with room for young objects few of them are ever moved. */
const YOUNG_MB = 128;
const OLD_MB = 2048;

export class Pool {
  readonly size: number;
  readonly #all: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #closed = false;

  constructor(size: number = availableParallelism()) {
    this.size = size;
  }

  async run(seed: number): Promise<Report> {
    return (await this.#do({ seed })) as Report;
  }

  async seek(bug: string): Promise<Found | undefined> {
    return (await this.#do({ bug })) as Found | undefined;
  }

  /** Ends every thread; whoever still waits for one waits for ever. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  async #do(job: Job): Promise<Outcome> {
    const worker = await this.#take();
    try {
      return await new Promise<Outcome>((resolve, reject) => {
        worker.removeAllListeners();
        worker.once("message", resolve);
        worker.once("error", reject);
        worker.once("exit", () => {
          if (!this.#closed) reject(new Error(`the thread ended during ${JSON.stringify(job)}`));
        });
        worker.postMessage(job);
      });
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    }
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#all.length >= this.size) return new Promise((resolve) => this.#waiting.push(resolve));
    const worker = new Worker(new URL("thread.ts", import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB },
    });
    this.#all.push(worker);
    return worker;
  }
}

/**
 * Runs seeds in order and yields their reports in order, as many at once as the pool is large; no other begins once
 * `enough` says so.
 */
export async function* runSeeds(
  pool: Pool,
  {
    first,
    count,
    enough = () => false,
  }: { readonly first: number; readonly count: number; readonly enough?: () => boolean },
): AsyncGenerator<Report> {
  const running: Promise<Report>[] = [];
  for (let seed = first; seed < first + count || running.length > 0;) {
    while (running.length < 2 * pool.size && seed < first + count && !enough()) running.push(pool.run(seed++));
    const next = running.shift();
    if (next === undefined) return;
    yield await next;
  }
}
