// The live end of watches: hands each commit to the watchers below whose prefix it falls. It refuses to read kept
// revisions itself: an implementation brings those as the watch's backlog.
import { SlowWatcherError, StoreClosedError } from "./store.ts";
import type { Change, Revision, WatchBatch, WatchOptions } from "./store.ts";

/** How far a reader may lag behind before it is thrown out. Changes are shared between watchers, not copied. */
export interface LagBound {
  readonly changes: number;
  readonly bytes: number;
}

/** About ten seconds of the heaviest load that the store takes. */
export const DEFAULT_LAG: LagBound = { changes: 50_000, bytes: 128 * 2 ** 20 };

/** What a watch delivers before it is live: the kept changes after `after`, up to `reached`. */
export interface Backlog {
  readonly reached: Revision;
  readonly pages: Iterable<WatchBatch> | AsyncIterable<WatchBatch>;
}

/** What one watcher has not read yet. */
class Waiting {
  readonly #options: WatchOptions;
  readonly #bound: LagBound;
  #changes: Change[] = [];
  #bytes = 0;
  #reached: Revision;
  #delivered: Revision;
  #wake: (() => void) | undefined;
  failure: Error | undefined;

  constructor(options: WatchOptions, reached: Revision, bound: LagBound) {
    this.#options = options;
    this.#bound = bound;
    this.#reached = Math.max(reached, options.after);
    this.#delivered = this.#reached;
  }

  push(revision: Revision, changes: readonly Change[]): void {
    if (revision <= this.#reached || this.failure !== undefined) return;
    this.#reached = revision;
    const before = this.#changes.length;
    for (const change of changes) {
      if (!change.key.startsWith(this.#options.prefix)) continue;
      this.#changes.push(change);
      this.#bytes += (change.value?.length ?? 0) + (change.previous?.value.length ?? 0);
    }
    if (this.#changes.length > this.#bound.changes || this.#bytes > this.#bound.bytes) {
      const lag = `${this.#changes.length} changes, ${this.#bytes} bytes`;
      this.#changes = [];
      this.fail(new SlowWatcherError(`a watch of ${JSON.stringify(this.#options.prefix)} lags by ${lag}`));
    } else if (this.#changes.length > before || this.#options.progress === true) {
      this.wake();
    }
  }

  fail(error: Error): void {
    this.failure ??= error;
    this.wake();
  }

  /** Everything that waits, as one batch; undefined when there is nothing to say. */
  take(): WatchBatch | undefined {
    const news = this.#changes.length > 0 || (this.#options.progress === true && this.#reached > this.#delivered);
    if (!news) return undefined;
    const batch = { changes: this.#changes, revision: this.#reached };
    this.#changes = [];
    this.#bytes = 0;
    this.#delivered = this.#reached;
    return batch;
  }

  /** Resolves at the next {@link wake}. */
  woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  readonly wake = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };
}

export class Watchers {
  readonly #bound: LagBound;
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  constructor(bound: LagBound = DEFAULT_LAG) {
    this.#bound = bound;
  }

  /** Hands on one durable commit. Revisions must come in order. */
  publish(revision: Revision, changes: readonly Change[]): void {
    for (const waiting of this.#waiting) waiting.push(revision, changes);
  }

  /** Ends all watches with {@link StoreClosedError}, after what already waits for them was read. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting) waiting.fail(new StoreClosedError("the store was closed"));
  }

  /**
   * The watch itself. `begin` is called once, when reading starts, and without a pause before the watch is live: what
   * it does not bring in its backlog must come by {@link publish}.
   */
  async *watch(options: WatchOptions, begin: () => Backlog): AsyncGenerator<WatchBatch, void, void> {
    const { signal } = options;
    if (signal.aborted) return;
    if (this.#closed) throw new StoreClosedError("the store was closed");
    const { reached, pages } = begin();
    const waiting = new Waiting(options, reached, this.#bound);
    this.#waiting.add(waiting);
    signal.addEventListener("abort", waiting.wake);
    try {
      for await (const page of pages) {
        if (signal.aborted) return;
        yield page;
      }
      while (!signal.aborted) {
        const batch = waiting.take();
        if (batch !== undefined) yield batch;
        else if (waiting.failure !== undefined) throw waiting.failure;
        else await waiting.woken();
      }
    } finally {
      this.#waiting.delete(waiting);
      signal.removeEventListener("abort", waiting.wake);
    }
  }
}
