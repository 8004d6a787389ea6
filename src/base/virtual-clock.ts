// A Clock that a test turns. It refuses to wait for anything real: sockets, thread pools and the machine's timers.
import { assert } from "./assert.ts";
import type { Clock, Timer } from "./clock.ts";
import { sleepOn } from "./clock.ts";
import { type PendingTimer, TimerHeap } from "./timer-heap.ts";

/**
 * Time stands still until {@link advance} or {@link runUntil} turns it. Timers fire in order of time, then of
 * registration; between two of them every microtask that is ready runs to its end, so a chain of awaits that waits
 * for nothing real has finished before the next timer fires. All figures are milliseconds.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #timers = new TimerHeap();
  #nowMs: number;
  #order = 0;
  #turning = false;

  constructor(startMs = 0) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  now(): number {
    // As the machine's clock, it knows whole milliseconds.
    return Math.floor(this.#nowMs);
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  /** How many timers are waiting. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** When the next timer fires, in the terms of {@link now}; undefined when none waits. */
  nextTimerAt(): number | undefined {
    return this.#timers.peek()?.at;
  }

  after(ms: number, fn: () => void): Timer {
    assert(!Number.isNaN(ms), "a delay is a number");
    const timer: PendingTimer = { at: this.#nowMs + Math.max(ms, 0), order: this.#order++, fn, cancelled: false };
    this.#timers.push(timer);
    return { cancel: () => this.#timers.cancel(timer) };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** Runs what is ready now without moving time: timers that are not due stay. */
  settle(): Promise<void> {
    // A tick that is asked for in a microtask runs when no microtask is left; outside of one it would run before them.
    return Promise.resolve().then(() => new Promise((resolve) => process.nextTick(resolve)));
  }

  /** Moves time forward by `ms`, firing what falls due. Rejects with what a timer's function threw. */
  async advance(ms: number): Promise<void> {
    assert(ms >= 0, "time never goes back");
    await this.#turn(this.#nowMs + ms, () => false);
  }

  /**
   * Moves time from timer to timer until `predicate` holds, for at most `limitMs`.
   * Resolves to whether it held; time stands where it first did, or `limitMs` later.
   */
  async runUntil(predicate: () => boolean, limitMs: number): Promise<boolean> {
    return await this.#turn(this.#nowMs + limitMs, predicate);
  }

  async #turn(until: number, stop: () => boolean): Promise<boolean> {
    assert(!this.#turning, "one turn of a clock at a time");
    this.#turning = true;
    try {
      await this.settle();
      for (;;) {
        if (stop()) return true;
        const next = this.#timers.peek();
        if (next === undefined || next.at > until) break;
        this.#timers.pop();
        this.#nowMs = Math.max(this.#nowMs, next.at);
        next.fn();
        await this.settle();
      }
      this.#nowMs = until;
      return false;
    } finally {
      this.#turning = false;
    }
  }
}
