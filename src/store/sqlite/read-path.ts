// Which thread answers a read, and the second thread itself. It refuses to cache: the API server reads from its own
// watch cache, so reads that come here are rare (first lists, old revisions, history), and holding current values
// twice would cost more than it gives.
import type { Clock } from "../../base/clock.ts";
import { StoreClosedError } from "../store.ts";
import type { Operation, Operations } from "./messages.ts";
import { StoreThread } from "./thread.ts";
import type { StartWorker } from "./thread.ts";

/** A read that waited so long behind a commit goes to a thread of its own. */
const PATIENCE_MS = 25;
/** That thread ends after so long without a question: it costs 9 MB. */
const IDLE_MS = 60_000;

export type ReadOperation = Extract<Operation, "get" | "page" | "count" | "changes" | "history">;

/**
 * On a quiet disk the writing thread answers between two batches. On a busy one a commit may take a second, and then
 * a second connection, started when first needed, reads beside it: SQLite's log lets readers and the writer be.
 */
export class ReadPath {
  readonly #writer: StoreThread;
  readonly #isBusy: () => boolean;
  readonly #clock: Clock;
  readonly #startReader: () => StoreThread;
  #reader: StoreThread | undefined;
  #lastRead = 0;
  #closed = false;
  #stopped: Promise<void> = Promise.resolve();

  constructor(options: { writer: StoreThread; isBusy: () => boolean; clock: Clock; path: string; start: StartWorker }) {
    this.#writer = options.writer;
    this.#isBusy = options.isBusy;
    this.#clock = options.clock;
    this.#startReader = () => new StoreThread({ path: options.path, role: "reader" }, options.start);
  }

  ask<K extends ReadOperation>(op: K, ask: Operations[K]["ask"]): Promise<Operations[K]["answer"]> {
    if (!this.#isBusy()) return this.#writer.ask(op, ask);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(PATIENCE_MS, () => {
        // When the second thread cannot answer, the first one still will.
        this.askBeside(op, ask).then(resolve, () => this.#stop());
      });
      this.#writer
        .ask(op, ask)
        .finally(() => timer.cancel())
        .then(resolve, reject);
    });
  }

  /** On the second thread in any case: for what takes long, so that commits go on beside it. */
  askBeside<K extends ReadOperation | "checkpoint">(
    op: K,
    ask: Operations[K]["ask"],
  ): Promise<Operations[K]["answer"]> {
    if (this.#closed) return Promise.reject(new StoreClosedError("the store was closed"));
    return this.#second().ask(op, ask);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    await this.#stopped;
  }

  #second(): StoreThread {
    this.#lastRead = this.#clock.monotonic();
    if (this.#reader === undefined) {
      this.#reader = this.#startReader();
      this.#clock.after(IDLE_MS, () => this.#endWhenIdle());
    }
    return this.#reader;
  }

  #endWhenIdle(): void {
    const idle = this.#clock.monotonic() - this.#lastRead;
    if (this.#reader === undefined) return;
    if (idle >= IDLE_MS) this.#stop();
    else this.#clock.after(IDLE_MS - idle, () => this.#endWhenIdle());
  }

  /** It answers what it was asked before it ends; a thread that died has nothing to close. */
  #stop(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    this.#stopped = this.#stopped.then(() => reader.close().catch(() => reader.abandon()));
  }
}
