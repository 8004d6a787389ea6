// What a job's pods add up to: how many are active, over and going, which have ended since the status was written, which
// indexes are done or given up. Pure. It refuses to decide what to do about it.
import { indexesIn } from "../../resources/batch/index-set.ts";
import type { Job } from "../../resources/batch/job.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isActive } from "../../resources/core/pod/readiness.ts";
import { failuresBefore, hasFailed, hasSucceeded, indexOf, isGoing, isTracked } from "./pods.ts";
import { failureMeaning } from "./policies.ts";
import type { FailureMeaning } from "./policies.ts";

/** How often pods of one index have failed. */
export interface IndexFailures {
  readonly counted: number;
  readonly ignored: number;
}

export interface Tally {
  readonly active: readonly Pod[];
  readonly going: readonly Pod[];
  /** All that its job has not let go yet. */
  readonly tracked: readonly Pod[];
  /** Tracked ones that are in no count and no list of the status yet. */
  readonly newSucceeded: readonly Pod[];
  readonly newFailed: readonly { readonly pod: Pod; readonly meaning: FailureMeaning }[];
  /** What was listed as uncounted and is still tracked, as uids. */
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  /** The counters with what was listed and has been let go. */
  readonly counted: { readonly succeeded: number; readonly failed: number };
  /** Of an Indexed job: which indexes have succeeded, the new ones included. */
  readonly completed: ReadonlySet<number>;
  /** Where failures are limited by index: which are given up. */
  readonly failedIndexes: ReadonlySet<number>;
  /** Where failures are limited by index: the failed pod that says so until it is replaced. */
  readonly awaiting: ReadonlyMap<number, Pod>;
}

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === "Indexed";

/** Whether the pod's index is one that the job has. */
export function isInRange(job: Job, pod: Pod): boolean {
  if (!isIndexed(job)) return true;
  const index = indexOf(pod);
  return index !== undefined && index < (job.spec.completions ?? 0);
}

/** The failures of a pod's index, its own included. */
export function failuresWith(job: Job, pod: Pod): IndexFailures {
  const { counted, ignored } = failuresBefore(pod);
  const isIgnored = failureMeaning(job, pod).action === "Ignore";
  return isIgnored ? { counted, ignored: ignored + 1 } : { counted: counted + 1, ignored };
}

/** What was listed before: the pods that have been let go are in the counters now. */
function settled(listed: readonly string[] = [], tracked: ReadonlySet<string>) {
  const still = listed.filter((uid) => tracked.has(uid));
  return { still, gone: listed.length - still.length };
}

function completedOf(job: Job, newSucceeded: readonly Pod[]): Set<number> {
  if (!isIndexed(job)) return new Set();
  const completed = indexesIn(job.status.completedIndexes, job.spec.completions ?? 0);
  for (const pod of newSucceeded) if (isInRange(job, pod)) completed.add(indexOf(pod)!);
  return completed;
}

export function tally(job: Job, pods: readonly Pod[]): Tally {
  const tracked = pods.filter(isTracked);
  const uids = new Set(tracked.map(({ metadata }) => metadata.uid!));
  const listed = job.status.uncountedTerminatedPods;
  const [succeeded, failed] = [settled(listed?.succeeded, uids), settled(listed?.failed, uids)];
  const known = new Set([...succeeded.still, ...failed.still]);
  const fresh = tracked.filter(({ metadata }) => !known.has(metadata.uid!));
  const newSucceeded = fresh.filter(hasSucceeded);
  const newFailed = fresh
    .filter((pod) => hasFailed(pod, job))
    .map((pod) => ({ pod, meaning: failureMeaning(job, pod) }));
  const completed = completedOf(job, newSucceeded);
  const active = pods.filter(isActive);
  return {
    active,
    going: pods.filter(isGoing),
    tracked,
    newSucceeded,
    newFailed,
    uncounted: { succeeded: succeeded.still, failed: failed.still },
    counted: {
      succeeded: isIndexed(job) ? completed.size : (job.status.succeeded ?? 0) + succeeded.gone,
      failed: (job.status.failed ?? 0) + failed.gone,
    },
    completed,
    ...limitedByIndex(job, { newFailed, completed, active }),
  };
}

/** Which indexes have failed too often, and which failed pods tell how often the others have. */
function limitedByIndex(
  job: Job,
  { newFailed, completed, active }: Pick<Tally, "newFailed" | "completed" | "active">,
): Pick<Tally, "failedIndexes" | "awaiting"> {
  const failedIndexes = new Set<number>();
  const awaiting = new Map<number, Pod>();
  const limit = job.spec.backoffLimitPerIndex;
  if (limit === undefined) return { failedIndexes, awaiting };
  for (const index of indexesIn(job.status.failedIndexes, job.spec.completions ?? 0)) failedIndexes.add(index);
  const failing = newFailed.filter(({ pod }) => isInRange(job, pod) && !completed.has(indexOf(pod)!));
  for (const { pod, meaning } of failing) {
    const tooOften = meaning.action !== "Ignore" && failuresWith(job, pod).counted > limit;
    if (meaning.action === "FailIndex" || tooOften) failedIndexes.add(indexOf(pod)!);
  }
  const running = new Set(active.map(indexOf));
  const absolute = (pod: Pod) => failuresBefore(pod).counted + failuresBefore(pod).ignored;
  for (const { pod } of failing) {
    const index = indexOf(pod)!;
    if (failedIndexes.has(index) || running.has(index)) continue;
    const other = awaiting.get(index);
    if (!other || absolute(pod) > absolute(other)) awaiting.set(index, pod);
  }
  return { failedIndexes, awaiting };
}
