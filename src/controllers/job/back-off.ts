// How long a job waits before it replaces failed pods: ten seconds, twice as long after each failure since the last
// success, ten minutes at most. Pure.
import type { Pod } from "../../resources/core/pod.ts";
import { endOf } from "./pods.ts";

const FIRST_MS = 10_000;
const MOST_MS = 600_000;

/** The failures since the last success. */
export interface FailureRecord {
  readonly failures: number;
  /** When the last of them was; milliseconds since the epoch. */
  readonly lastMs: number;
}

export const NO_FAILURES: FailureRecord = { failures: 0, lastMs: 0 };

/** The record with pods that have ended since it was made. */
export function withEnded(record: FailureRecord, succeeded: readonly Pod[], failed: readonly Pod[]): FailureRecord {
  if (succeeded.length === 0 && failed.length === 0) return record;
  const lastSuccess = succeeded.length > 0 ? Math.max(...succeeded.map(endOf)) : undefined;
  const ends = failed.map(endOf).filter((end) => lastSuccess === undefined || end > lastSuccess);
  const before = lastSuccess === undefined ? record : NO_FAILURES;
  return { failures: before.failures + ends.length, lastMs: Math.max(before.lastMs, ...ends) };
}

/** Milliseconds from `now` until a pod may be made; 0 if at once. */
export function remainingMs({ failures, lastMs }: FailureRecord, now: number): number {
  if (failures === 0) return 0;
  return Math.max(lastMs + Math.min(FIRST_MS * 2 ** (failures - 1), MOST_MS) - now, 0);
}
