// The main thread's end of a store thread: questions out, answers back, and what happens when the thread dies.
// It refuses to know what the questions mean.
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { StoreClosedError, StoreDataError, StoreWriteError } from "../store.ts";
import type { Begin, Opened, Operation, Operations, Question, Refused, Reply } from "./messages.ts";

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a worker; a parameter so that a test can end it. */
export type StartWorker = (begin: Begin) => Worker;

/**
 * A worker does not inherit the compile cache, and stripping types costs it 20 ms and 8 MB: so it begins with a line
 * of plain JavaScript that turns the cache on, where the main thread has one.
 */
export const startWorker: StartWorker = (begin) => {
  const file = new URL("./worker.ts", import.meta.url);
  const cache = getCompileCacheDir();
  // The young generation holds a batch and its answer; the default would only keep more garbage.
  // Flags such as --input-type are for the main thread's own code.
  const options = { workerData: begin, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 8 } };
  if (cache === undefined) return new Worker(file, options);
  const code = `import { enableCompileCache } from "node:module";
enableCompileCache(${JSON.stringify(dirname(cache))});
await import(${JSON.stringify(file.href)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), options);
};

export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** What the thread says about the file it opened; rejects with {@link StoreDataError}. */
  readonly opened: Promise<Opened>;
  /** Resolves when the thread is gone, asked or not. */
  readonly gone: Promise<void>;
  #dead: StoreClosedError | undefined;
  #last = 0;

  constructor(begin: Begin, start: StartWorker) {
    this.#worker = start(begin);
    this.opened = this.#expect(0) as Promise<Opened>;
    // Whoever opens looks at it; a reader that fails is seen by its first question.
    this.opened.catch(() => undefined);
    this.#worker.on("message", (reply: Reply) => this.#receive(reply));
    this.#worker.on("error", (error) => this.#die(`the store's thread failed: ${String(error)}`));
    this.gone = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#die("the store's thread ended");
        resolve();
      });
    });
  }

  /** Rejects with the contract's errors; with {@link StoreClosedError} when the thread dies before it answers. */
  ask<K extends Operation>(
    op: K,
    ask: Operations[K]["ask"],
    transfer: ArrayBuffer[] = [],
  ): Promise<Operations[K]["answer"]> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const id = ++this.#last;
    const question: Question = { id, op, ask };
    const answer = this.#expect(id);
    this.#worker.postMessage(question, transfer);
    return answer as Promise<Operations[K]["answer"]>;
  }

  /** Lets the thread finish what it was asked, closes its connection, waits for its end. */
  async close(): Promise<void> {
    if (this.#dead === undefined) await this.ask("close", null);
    await this.gone;
  }

  /** Ends it at once: after a failure that leaves its connection useless. */
  async abandon(): Promise<void> {
    await this.#worker.terminate();
  }

  #expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("answer" in reply) waiting?.resolve(reply.answer);
    else waiting?.reject(errorOf(reply.refused));
  }

  #die(why: string): void {
    this.#dead ??= new StoreClosedError(why);
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}

function errorOf({ kind, message }: Refused): Error {
  if (kind === "data") return new StoreDataError(message);
  if (kind === "write") return new StoreWriteError(message);
  return new StoreClosedError(message);
}
