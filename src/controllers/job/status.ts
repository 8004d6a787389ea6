// The status of a job: counts, pods that are over and not counted yet, conditions, and which pods may be let go once it
// is written. Pure.
//
// A pod that is over keeps its finalizer until the status names it; only then it is let go, and only when it has been
// let go it is added to the counters. So each pod is counted once, whatever fails in between.
import { formatTime } from "../../base/timestamp.ts";
import { indexText } from "../../resources/batch/index-set.ts";
import type { Job } from "../../resources/batch/job.ts";
import type { JobCondition, JobStatus } from "../../resources/batch/job-object.ts";
import { findCondition, isTrue, setCondition } from "../../resources/conditions.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isReady, isTerminating } from "../../resources/core/pod/readiness.ts";
import { isIndexed, isInRange } from "./tally.ts";
import type { Tally } from "./tally.ts";
import type { Verdict } from "./verdict.ts";

/** At most so many pods are waiting to be counted. */
const MOST_UNCOUNTED = 500;

export interface JobEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What became of a step. */
export interface Outcome {
  readonly created: number;
  readonly removed: ReadonlySet<Pod>;
}

export interface NextStatus {
  readonly status: JobStatus;
  /** Pods that need not be tracked any more once the status is stored. */
  readonly letGo: readonly Pod[];
  readonly events: readonly JobEvent[];
}

interface Situation {
  readonly job: Job;
  readonly sum: Tally;
  readonly verdict: Verdict | undefined;
  readonly outcome: Outcome;
  readonly now: number;
}

/** Which tracked pods are over for the job, and which of them are to be counted. */
function settled({ job, sum, verdict }: Situation) {
  const listed = new Set([...sum.uncounted.succeeded, ...sum.uncounted.failed]);
  const awaited = new Set(verdict || isTerminating(job) ? [] : sum.awaiting.values());
  const succeeded = new Set(sum.newSucceeded);
  const failed = new Map(sum.newFailed.map(({ pod, meaning }) => [pod, meaning]));
  const ends = isTerminating(job) || verdict !== undefined;
  const [letGo, newSucceeded, newFailed]: [Pod[], string[], string[]] = [[], [], []];
  for (const pod of sum.tracked) {
    const uid = pod.metadata.uid!;
    if (awaited.has(pod)) continue;
    const meaning = failed.get(pod);
    if (!listed.has(uid)) {
      if (!succeeded.has(pod) && !meaning && !ends) continue;
      if (listed.size + newSucceeded.length + newFailed.length >= MOST_UNCOUNTED) continue;
      // Of a job that fails whatever still runs has failed with it.
      const counts = meaning ? meaning.action !== "Ignore" : verdict !== undefined && !verdict.succeeds;
      if (succeeded.has(pod)) {
        if (!isIndexed(job)) newSucceeded.push(uid);
      } else if (counts && isInRange(job, pod)) newFailed.push(uid);
    }
    letGo.push(pod);
  }
  return {
    letGo,
    succeeded: [...sum.uncounted.succeeded, ...newSucceeded],
    failed: [...sum.uncounted.failed, ...newFailed],
  };
}

type Conditions = readonly JobCondition[] | undefined;

function withCondition(
  conditions: Conditions,
  given: Omit<JobCondition, "lastTransitionTime">,
  now: string,
): Conditions {
  if (findCondition(conditions, given.type)?.status === given.status) return conditions;
  return setCondition<JobCondition>(conditions, { ...given, lastProbeTime: now }, now);
}

const suspended = { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" };
const resumed = { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" };

interface Course {
  readonly conditions: Conditions;
  readonly startTime: string | undefined;
  readonly completionTime?: string;
  readonly events: readonly JobEvent[];
}

/** Conditions, start and end, as the job waits, runs, or is over. */
function courseOf({ job, verdict, sum, now }: Situation, isFinal: boolean): Course {
  const text = formatTime(now);
  const { conditions, startTime = text } = job.status;
  const events: JobEvent[] = [];
  if (verdict) {
    const { succeeds, reason, message } = verdict;
    const first = { type: succeeds ? "SuccessCriteriaMet" : "FailureTarget", status: "True", reason, message };
    let next = withCondition(conditions, first, text);
    if (!isFinal) return { conditions: next, startTime, events };
    next = withCondition(next, { ...first, type: succeeds ? "Complete" : "Failed" }, text);
    if (!succeeds) events.push({ type: "Warning", reason, message });
    else {
      if (job.spec.completions !== undefined && sum.counted.succeeded > job.spec.completions) {
        const tooMany = "Too many succeeded pods running after completion count reached";
        events.push({ type: "Warning", reason: "TooManySucceededPods", message: tooMany });
      }
      events.push({ type: "Normal", reason: "Completed", message: "Job completed" });
    }
    return { conditions: next, startTime, events, ...(succeeds && { completionTime: text }) };
  }
  const wasSuspended = isTrue(conditions, "Suspended");
  if (isTerminating(job)) return { conditions, startTime: job.status.startTime, events };
  if (job.spec.suspend) {
    if (!wasSuspended) events.push({ type: "Normal", reason: "Suspended", message: "Job suspended" });
    return { conditions: withCondition(conditions, suspended, text), startTime: undefined, events };
  }
  if (!wasSuspended) return { conditions, startTime, events };
  events.push({ type: "Normal", reason: "Resumed", message: "Job resumed" });
  return { conditions: withCondition(conditions, resumed, text), startTime: text, events };
}

export function nextStatus(situation: Situation): NextStatus {
  const { job, sum, verdict, outcome } = situation;
  const { letGo, succeeded, failed } = settled(situation);
  const left = sum.active.filter((pod) => !outcome.removed.has(pod));
  const active = left.length + outcome.created;
  const terminating = sum.going.length + outcome.removed.size;
  const waits = succeeded.length + failed.length + sum.tracked.length + active + terminating;
  const { conditions, startTime, completionTime, events } = courseOf(situation, verdict !== undefined && waits === 0);
  const indexed = isIndexed(job);
  const status: JobStatus = {
    ...(conditions?.length && { conditions }),
    ...(startTime !== undefined && { startTime }),
    ...(completionTime !== undefined && { completionTime }),
    ...(active > 0 && { active }),
    ...(sum.counted.succeeded > 0 && { succeeded: sum.counted.succeeded }),
    ...(sum.counted.failed > 0 && { failed: sum.counted.failed }),
    terminating,
    ...(indexed && sum.completed.size > 0 && { completedIndexes: indexText(sum.completed) }),
    ...(job.spec.backoffLimitPerIndex !== undefined && { failedIndexes: indexText(sum.failedIndexes) }),
    uncountedTerminatedPods: {
      ...(succeeded.length > 0 && { succeeded }),
      ...(failed.length > 0 && { failed }),
    },
    ready: left.filter(isReady).length,
  };
  return { status, letGo, events };
}
