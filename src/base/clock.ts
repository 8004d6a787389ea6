// Time as a parameter: every part of Kaji asks a Clock, never the machine. It refuses to format or parse dates (see timestamp.ts).

/** A pending call made with {@link Clock.after}. */
export interface Timer {
  /** Forgets the call; harmless when it has happened. */
  cancel(): void;
}

/**
 * The source of time. All figures are milliseconds.
 * `systemClock` follows the machine; `VirtualClock` (virtual-clock.ts) is turned by a test.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch: for timestamps that users see. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary point: for measuring and deadlines. Never goes back. */
  monotonic(): number;
  /** Calls `fn` once, `ms` from now. Does not keep the process alive. An error in `fn` is not caught. */
  after(ms: number, fn: () => void): Timer;
  /** Resolves after `ms`. Rejects with `signal.reason` when aborted first (at once if it already is). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Sleeping on top of {@link Clock.after}; every Clock uses it, so abortion behaves alike. */
export function sleepOn(clock: Pick<Clock, "after">, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal!.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** The longest delay that the machine's timers take; longer ones are re-armed. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    let handle: NodeJS.Timeout;
    const arm = (left: number) => {
      const step = Math.min(Math.max(left, 0), LONGEST_TIMER_MS);
      handle = setTimeout(() => (left > step ? arm(left - step) : fn()), step);
      handle.unref();
    };
    arm(ms);
    return { cancel: () => clearTimeout(handle) };
  },
  sleep(ms, signal) {
    return sleepOn(systemClock, ms, signal);
  },
};
