// What a job does next: which pods it makes and removes, or how long it waits. Pure. It refuses to count: that is
// tally.ts; whether the job is over is verdict.ts.
import type { Job } from "../../resources/batch/job.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isTerminating } from "../../resources/core/pod/readiness.ts";
import { deletionOrder } from "../pod-ranking.ts";
import { remainingMs } from "./back-off.ts";
import type { FailureRecord } from "./back-off.ts";
import { endOf, indexOf, replacesOnlyFailed } from "./pods.ts";
import { failuresWith, isIndexed, isInRange } from "./tally.ts";
import type { IndexFailures, Tally } from "./tally.ts";
import { successesOf } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** At most so many pods are made or removed in one go. */
const BURST = 500;

export interface Creation {
  readonly index?: number;
  readonly failures?: IndexFailures;
}

export interface Step {
  readonly create: readonly Creation[];
  readonly remove: readonly Pod[];
  /** What is removed is let go first, so that nobody takes it for a failure. */
  readonly letsGoFirst: boolean;
  /** Milliseconds after which there will be something to do. */
  readonly waitMs: number | undefined;
}

export interface Situation {
  readonly job: Job;
  readonly sum: Tally;
  readonly verdict: Verdict | undefined;
  readonly record: FailureRecord;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const NOTHING: Step = { create: [], remove: [], letsGoFirst: true, waitMs: undefined };

function wantedActive({ job, sum }: Situation): number {
  const { completions, parallelism = 1 } = job.spec;
  const succeeded = successesOf(job, sum);
  if (completions === undefined) return succeeded > 0 ? sum.active.length : parallelism;
  return Math.max(Math.min(completions - succeeded, parallelism), 0);
}

/** Pods without an index of their own, then, if that is not enough, those that can best be missed. */
function surplusOf({ job, sum, now }: Situation, atLeast: number): Pod[] {
  const ranked = deletionOrder(sum.active, () => 0, now);
  if (!isIndexed(job)) return ranked.slice(0, atLeast);
  const taken = new Set<number>();
  const useless = ranked.toReversed().filter((pod) => {
    const index = indexOf(pod);
    if (!isInRange(job, pod) || index === undefined || taken.has(index)) return true;
    taken.add(index);
    return false;
  });
  const gone = new Set(useless);
  const others = ranked.filter((pod) => !gone.has(pod));
  return [...useless, ...others.slice(0, Math.max(atLeast - useless.length, 0))];
}

/** Indexes that need a pod, lowest first, and how long the first of those that must wait has to. */
function pendingIndexes({ job, sum, now }: Situation, most: number): Pick<Step, "create" | "waitMs"> {
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  const occupied = new Set(sum.active.map(indexOf));
  if (replacesOnlyFailed(job)) for (const pod of sum.going) occupied.add(indexOf(pod));
  const create: Creation[] = [];
  let waitMs: number | undefined;
  for (let index = 0; index < completions && create.length < most; index++) {
    if (sum.completed.has(index) || sum.failedIndexes.has(index) || occupied.has(index)) continue;
    if (backoffLimitPerIndex === undefined) {
      create.push({ index });
      continue;
    }
    const failed = sum.awaiting.get(index);
    const failures = failed ? failuresWith(job, failed) : { counted: 0, ignored: 0 };
    const record = { failures: failures.counted + failures.ignored, lastMs: failed ? endOf(failed) : 0 };
    const wait = remainingMs(record, now);
    if (wait === 0) create.push({ index, failures });
    else waitMs = Math.min(waitMs ?? wait, wait);
  }
  return { create, waitMs };
}

export function stepOf(situation: Situation): Step {
  const { job, sum, verdict, record, now } = situation;
  if (isTerminating(job)) return NOTHING;
  if (verdict) return { ...NOTHING, remove: sum.active, letsGoFirst: verdict.succeeds };
  if (job.spec.suspend) return { ...NOTHING, remove: sum.active };
  const wanted = wantedActive(situation);
  const surplus = surplusOf(situation, Math.max(sum.active.length - wanted, 0)).slice(0, BURST);
  if (surplus.length > 0) return { ...NOTHING, remove: surplus };
  const going = replacesOnlyFailed(job) ? sum.going.length : 0;
  const missing = Math.min(wanted - going - sum.active.length, BURST);
  if (missing <= 0) return NOTHING;
  if (job.spec.backoffLimitPerIndex === undefined) {
    const waitMs = remainingMs(record, now);
    if (waitMs > 0) return { ...NOTHING, waitMs };
  }
  if (isIndexed(job)) return { ...NOTHING, ...pendingIndexes(situation, missing) };
  return { ...NOTHING, create: Array.from({ length: missing }, () => ({})) };
}
