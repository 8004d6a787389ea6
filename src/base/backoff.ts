// Growing delays between attempts. It refuses to wait: the caller has a Clock.
import type { Random } from "./random.ts";

export interface BackoffPolicy {
  /** The first delay. */
  readonly initialMs: number;
  /** No delay exceeds this before jitter. */
  readonly maxMs: number;
  /** Each delay is this many times the one before (2). */
  readonly factor?: number;
  /** Each delay is lengthened by a random part of this fraction of itself (0). */
  readonly jitter?: number;
}

export interface Backoff {
  /** The delay before the next attempt, in milliseconds. */
  next(): number;
  /** After a success: the next delay is the first again. */
  reset(): void;
}

/** The delay before attempt `failures` + 1; `failures` counts from 0. */
function delayMs(policy: BackoffPolicy, failures: number, random: Random): number {
  const { initialMs, maxMs, factor = 2, jitter = 0 } = policy;
  const base = Math.min(initialMs * factor ** failures, maxMs);
  return jitter === 0 ? base : base * (1 + jitter * random.float());
}

/** Delays for one thing that is tried again and again. */
export function backoff(policy: BackoffPolicy, random: Random): Backoff {
  let failures = 0;
  return {
    next: () => delayMs(policy, failures++, random),
    reset: () => {
      failures = 0;
    },
  };
}

export interface KeyedBackoff<K> {
  /** The delay before the next attempt at `key`, in milliseconds. */
  next(key: K): number;
  /** How often `next` was asked for `key` since it was last forgotten. */
  failures(key: K): number;
  forget(key: K): void;
}

/** Delays for many things, each with its own count. A key that was never forgotten stays: callers forget. */
export function keyedBackoff<K>(policy: BackoffPolicy, random: Random): KeyedBackoff<K> {
  const counts = new Map<K, number>();
  return {
    next(key) {
      const failures = counts.get(key) ?? 0;
      counts.set(key, failures + 1);
      return delayMs(policy, failures, random);
    },
    failures: (key) => counts.get(key) ?? 0,
    forget: (key) => {
      counts.delete(key);
    },
  };
}
