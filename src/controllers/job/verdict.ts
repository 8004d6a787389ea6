// Whether a job is over, and why: what its status says already, failures beyond a limit, time, enough successes. Pure.
import { parseTime } from "../../base/timestamp.ts";
import { findCondition } from "../../resources/conditions.ts";
import type { Job } from "../../resources/batch/job.ts";
import { restartsOf } from "./pods.ts";
import { metSuccessRule } from "./policies.ts";
import { isIndexed, isInRange } from "./tally.ts";
import type { Tally } from "./tally.ts";

export interface Verdict {
  readonly succeeds: boolean;
  readonly reason: string;
  readonly message: string;
}

const fails = (reason: string, message: string): Verdict => ({ succeeds: false, reason, message });
const succeeds = (reason: string, message: string): Verdict => ({ succeeds: true, reason, message });

/** What was decided before stands. */
function standing({ status }: Job): Verdict | undefined {
  for (const type of ["SuccessCriteriaMet", "FailureTarget"]) {
    const found = findCondition(status.conditions, type);
    if (found?.status !== "True") continue;
    const { reason = "", message = "" } = found;
    return { succeeds: type === "SuccessCriteriaMet", reason, message };
  }
  return undefined;
}

/** When the job has had its time, in milliseconds since the epoch. */
export function deadlineOf({ spec, status }: Job): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || spec.suspend || status.startTime === undefined) return undefined;
  return parseTime(status.startTime).ms + spec.activeDeadlineSeconds * 1000;
}

/** All failures that count, those not in the counter yet included. */
export function failuresOf(job: Job, { counted, uncounted, newFailed }: Tally): number {
  const fresh = newFailed.filter(({ pod, meaning }) => meaning.action !== "Ignore" && isInRange(job, pod));
  return counted.failed + uncounted.failed.length + fresh.length;
}

export function successesOf(job: Job, { counted, uncounted, newSucceeded }: Tally): number {
  return isIndexed(job) ? counted.succeeded : counted.succeeded + uncounted.succeeded.length + newSucceeded.length;
}

function isBeyondBackoffLimit(job: Job, sum: Tally): boolean {
  const { backoffLimit = 6, template } = job.spec;
  if (failuresOf(job, sum) > backoffLimit) return true;
  if (template.spec.restartPolicy !== "OnFailure") return false;
  const restarts = restartsOf([...sum.active, ...sum.going]);
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

function failure(job: Job, sum: Tally, now: number): Verdict | undefined {
  const told = sum.newFailed.find(({ meaning }) => meaning.action === "FailJob");
  if (told) return fails("PodFailurePolicy", told.meaning.message ?? "");
  if (isBeyondBackoffLimit(job, sum)) {
    return fails("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const deadline = deadlineOf(job);
  if (deadline !== undefined && now >= deadline) {
    return fails("DeadlineExceeded", "Job was active longer than specified deadline");
  }
  const { maxFailedIndexes, completions = 0 } = job.spec;
  const failed = sum.failedIndexes.size;
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes) {
    return fails("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  }
  if (failed > 0 && failed + sum.completed.size >= completions) return fails("FailedIndexes", "Job has failed indexes");
  return undefined;
}

export function verdictOf(job: Job, sum: Tally, now: number): Verdict | undefined {
  const found = standing(job) ?? failure(job, sum, now);
  if (found) return found;
  const rule = isIndexed(job) ? metSuccessRule(job, sum.completed) : undefined;
  if (rule !== undefined) return succeeds("SuccessPolicy", `Matched rules at index ${rule}`);
  const { completions } = job.spec;
  const done = successesOf(job, sum);
  const isEnough = completions === undefined ? done > 0 && sum.active.length === 0 : done >= completions;
  return isEnough ? succeeds("CompletionsReached", "Reached expected number of succeeded pods") : undefined;
}
