// Keys that need work, each at most once. It refuses to know what the work is, and how many do it.
import { assert } from "./assert.ts";
import type { KeyedBackoff } from "./backoff.ts";
import type { Clock, Timer } from "./clock.ts";

interface Delayed {
  readonly at: number;
  readonly timer: Timer;
}

interface Waiter<K> {
  readonly signal: AbortSignal;
  give(key: K): void;
  fail(reason: unknown): void;
}

/** One listener for all who wait with the same signal: workers come and go with every key. */
interface Listening {
  waiting: number;
  readonly onAbort: () => void;
}

/**
 * A queue of keys. Adding a key that waits already changes nothing. A key that was taken is not handed out again
 * before {@link done}; adding it meanwhile queues it once more afterwards. Keys are compared as Map keys are.
 */
export class WorkQueue<K> {
  readonly #clock: Clock;
  readonly #backoff: KeyedBackoff<K>;
  /** The order of handing out; `#head` is the first that is left. */
  #ready: K[] = [];
  #head = 0;
  /** Keys that need work: those in `#ready`, and those being worked on that were added meanwhile. */
  readonly #dirty = new Set<K>();
  readonly #working = new Set<K>();
  readonly #delayed = new Map<K, Delayed>();
  /** Who called take() while nothing was ready, in order. */
  readonly #waiters = new Set<Waiter<K>>();
  readonly #listening = new Map<AbortSignal, Listening>();

  constructor(options: { clock: Clock; backoff: KeyedBackoff<K> }) {
    this.#clock = options.clock;
    this.#backoff = options.backoff;
  }

  /** How many keys are ready to be taken. */
  get length(): number {
    return this.#ready.length - this.#head;
  }

  /** How many keys wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** How many keys are being worked on. */
  get working(): number {
    return this.#working.size;
  }

  /** Queues `key` now. */
  add(key: K): void {
    if (this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#working.has(key)) this.#offer(key);
  }

  /** Queues `key` in `ms`. Of several delays for one key the one that ends first counts. */
  addAfter(key: K, ms: number): void {
    if (ms <= 0) return this.add(key);
    const at = this.#clock.monotonic() + ms;
    const before = this.#delayed.get(key);
    if (before !== undefined) {
      if (before.at <= at) return;
      before.timer.cancel();
    }
    const timer = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, timer });
  }

  /** The next key; waits for one. Rejects with `signal.reason` when aborted. Every key taken is given to `done`. */
  take(signal: AbortSignal): Promise<K> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.length > 0) return resolve(this.#hand(this.#shift()));
      this.#waiters.add({ signal, give: (key) => resolve(this.#hand(key)), fail: reject });
      this.#listen(signal);
    });
  }

  /** The work on `key` has ended, well or not. */
  done(key: K): void {
    assert(this.#working.delete(key), "done() is called once for each key taken");
    if (this.#dirty.has(key)) this.#offer(key);
  }

  /** Queues `key` after a delay that grows with each retry; returns the delay in milliseconds. */
  retry(key: K): number {
    const ms = this.#backoff.next(key);
    this.addAfter(key, ms);
    return ms;
  }

  /** How often `key` was retried since it was last forgotten. */
  retries(key: K): number {
    return this.#backoff.failures(key);
  }

  /** The next retry of `key` has the first delay again. Does not take it out of the queue. */
  forget(key: K): void {
    this.#backoff.forget(key);
  }

  /** Drops what waits, ready or delayed. For the end of a queue's life: keys being worked on are left alone. */
  clear(): void {
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#dirty.clear();
    this.#ready = [];
    this.#head = 0;
  }

  #offer(key: K): void {
    const [waiter] = this.#waiters;
    if (waiter === undefined) {
      this.#ready.push(key);
      return;
    }
    this.#waiters.delete(waiter);
    this.#unlisten(waiter.signal);
    waiter.give(key);
  }

  #listen(signal: AbortSignal): void {
    const known = this.#listening.get(signal);
    if (known) {
      known.waiting++;
      return;
    }
    const onAbort = () => {
      this.#listening.delete(signal);
      for (const waiter of this.#waiters) {
        if (waiter.signal !== signal) continue;
        this.#waiters.delete(waiter);
        waiter.fail(signal.reason);
      }
    };
    this.#listening.set(signal, { waiting: 1, onAbort });
    signal.addEventListener("abort", onAbort, { once: true });
  }

  #unlisten(signal: AbortSignal): void {
    const known = this.#listening.get(signal);
    if (known === undefined || --known.waiting > 0) return;
    this.#listening.delete(signal);
    signal.removeEventListener("abort", known.onAbort);
  }

  #hand(key: K): K {
    this.#dirty.delete(key);
    this.#working.add(key);
    return key;
  }

  #shift(): K {
    const key = this.#ready[this.#head++]!;
    // The part already handed out is dropped when it outweighs the rest: constant cost for each key.
    if (this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    return key;
  }
}
