// Values that several hand in and one takes out, in their order: an AsyncIterable to push into. It refuses to hold anybody up, and to
// bound itself: for hints and news that somebody always reads.

export class Mailbox<T> {
  #waiting: T[] = [];
  #wake: (() => void) | undefined;

  post(value: T): void {
    this.#waiting.push(value);
    this.#wake?.();
  }

  /** What was and will be posted, for one reader, until the signal aborts: then it ends, whatever is still there. */
  async *taken(signal: AbortSignal): AsyncGenerator<T> {
    const onAbort = () => this.#wake?.();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const values = this.#waiting;
        this.#waiting = [];
        for (const value of values) {
          yield value;
          if (signal.aborted) return;
        }
        if (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
