// What the status of a Job must be: whoever writes it (it need not be our controller), a job that is over stays over, and
// counts and conditions agree. What a write leaves as it was is not judged. Pure.
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { equalJson } from "../../schema/equality.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { parseTime } from "../../base/timestamp.ts";
import { nonNegative } from "../apps/workload-rules.ts";
import { isTrue } from "../conditions.ts";
import { firstShared, IndexTextError, parseIntervals } from "./index-set.ts";
import { invalidWhole } from "./job-policy-rules.ts";
import type { Job } from "./job-object.ts";

const STATUS = FieldPath.of("status");
const CONDITIONS = STATUS.child("conditions");

const COUNTS = ["active", "succeeded", "failed", "ready", "terminating"] as const;

type Is = (type: string) => boolean;
const conditionsOf =
  ({ status }: Job): Is =>
  (type) =>
    isTrue(status.conditions, type);

/** Pairs of conditions that contradict each other, and those that need another one. */
function* conditionFaults(is: Is): Generator<FieldError> {
  const both = (a: string, b: string, text: string) => (is(a) && is(b) ? [invalidWhole(CONDITIONS, text)] : []);
  const without = (a: string, b: string, text: string) => (is(a) && !is(b) ? [invalidWhole(CONDITIONS, text)] : []);
  yield* both("Complete", "Failed", "cannot set Complete=True and Failed=true conditions");
  yield* both("Complete", "FailureTarget", "cannot set Complete=True and FailureTarget=true conditions");
  const unready = "cannot set Failed=True condition without the FailureTarget=true condition";
  yield* without("Failed", "FailureTarget", unready);
  const unmet = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition";
  yield* without("Complete", "SuccessCriteriaMet", unmet);
  yield* both("SuccessCriteriaMet", "Failed", "cannot set SuccessCriteriaMet=True and Failed=true conditions");
  yield* both(
    "SuccessCriteriaMet",
    "FailureTarget",
    "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
  );
}

function* timeFaults({ status }: Job, is: Is): Generator<FieldError> {
  const { startTime, completionTime } = status;
  const at = STATUS.child("completionTime");
  if (completionTime !== undefined && !is("Complete")) {
    yield fieldInvalid(at, completionTime, "cannot set completionTime when there is no Complete=True condition");
  }
  if (completionTime === undefined && is("Complete")) {
    yield fieldRequired(at, "completionTime is required for Complete jobs");
  }
  if (startTime !== undefined && completionTime !== undefined && parseTime(completionTime).ms < parseTime(startTime).ms)
    yield fieldInvalid(at, completionTime, "completionTime cannot be set before startTime");
}

function* finishedFaults({ status }: Job): Generator<FieldError> {
  const { active = 0, terminating = 0, uncountedTerminatedPods: pods } = status;
  if (active > 0) yield fieldInvalid(STATUS.child("active"), active, "active>0 is invalid for finished job");
  if (status.startTime === undefined) {
    yield fieldRequired(STATUS.child("startTime"), "startTime is required for finished job");
  }
  if ((pods?.failed?.length ?? 0) + (pods?.succeeded?.length ?? 0) > 0) {
    const why = "uncountedTerminatedPods needs to be empty for finished job";
    yield fieldInvalid(STATUS.child("uncountedTerminatedPods"), pods, why);
  }
  if (terminating > 0) {
    yield fieldInvalid(STATUS.child("terminating"), terminating, "terminating>0 is invalid for finished job");
  }
}

/** The intervals of a field, or what is wrong with them. */
function intervalsOf(field: "completedIndexes" | "failedIndexes", text: string, completions: number) {
  try {
    return { intervals: parseIntervals(text, completions), faults: [] };
  } catch (error) {
    if (!(error instanceof IndexTextError)) throw error;
    return {
      intervals: [],
      faults: [fieldInvalid(STATUS.child(field), text, `error parsing ${field}: ${error.message}`)],
    };
  }
}

function* indexFaults({ spec, status }: Job): Generator<FieldError> {
  const { completedIndexes = "", failedIndexes } = status;
  const { completions, backoffLimitPerIndex } = spec;
  if (completedIndexes !== "" && spec.completionMode !== "Indexed") {
    const why = "cannot set non-empty completedIndexes when non-indexed completion mode";
    yield fieldInvalid(STATUS.child("completedIndexes"), completedIndexes, why);
  }
  const at = STATUS.child("failedIndexes");
  if (backoffLimitPerIndex === undefined && failedIndexes !== undefined) {
    yield fieldInvalid(at, failedIndexes, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
  }
  if (completions === undefined) return;
  const completed = intervalsOf("completedIndexes", completedIndexes, completions);
  yield* completed.faults;
  if (backoffLimitPerIndex === undefined || failedIndexes === undefined) return;
  const failed = intervalsOf("failedIndexes", failedIndexes, completions);
  yield* failed.faults;
  const shared = firstShared(completed.intervals, failed.intervals);
  if (shared === undefined) return;
  yield fieldInvalid(at, failedIndexes, `failedIndexes and completedIndexes overlap at index: ${shared}`);
}

/** What may not be taken back. */
function* changeFaults(job: Job, old: Job): Generator<FieldError> {
  const [is, was] = [conditionsOf(job), conditionsOf(old)];
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (was(type) && !is(type)) yield invalidWhole(CONDITIONS, `cannot disable the terminal ${type}=True condition`);
  }
  const falls = (field: "failed" | "succeeded") => (job.status[field] ?? 0) < (old.status[field] ?? 0);
  if (falls("failed")) {
    yield fieldInvalid(STATUS.child("failed"), job.status.failed ?? 0, "cannot decrease the failed counter");
  }
  // Indexes can be taken from an Indexed job, and their successes with them.
  if (job.spec.completionMode !== "Indexed" && falls("succeeded")) {
    yield fieldInvalid(STATUS.child("succeeded"), job.status.succeeded ?? 0, "cannot decrease the succeeded counter");
  }
  const [{ startTime, completionTime }, before] = [job.status, old.status];
  if (completionTime !== undefined && before.completionTime !== undefined && completionTime !== before.completionTime) {
    yield fieldInvalid(STATUS.child("completionTime"), completionTime, "completionTime cannot be mutated");
  }
  if (before.startTime !== undefined && startTime !== before.startTime && !job.spec.suspend) {
    yield fieldRequired(STATUS.child("startTime"), "startTime cannot be removed for unsuspended job");
  }
  if (was("SuccessCriteriaMet") && !is("SuccessCriteriaMet")) {
    yield invalidWhole(CONDITIONS, "cannot disable the SuccessCriteriaMet=True condition");
  }
}

export const statusRule: Rule<Job> = function* (job, { old, request }) {
  if (request.subresource !== "status") return;
  const { status } = job;
  for (const field of COUNTS) yield* nonNegative(status[field], STATUS.child(field));
  const [is, was] = [conditionsOf(job), old ? conditionsOf(old) : () => false];
  const before: Job["status"] = old?.status ?? {};
  const changed = (...fields: (keyof Job["status"])[]) =>
    fields.some((field) => !equalJson(status[field] ?? null, before[field] ?? null));
  if (changed("conditions")) yield* conditionFaults(is);
  if (changed("startTime", "completionTime") || is("Complete") !== was("Complete")) yield* timeFaults(job, is);
  const finished = is("Complete") || is("Failed");
  const counted = changed("active", "startTime", "uncountedTerminatedPods", "terminating");
  if (finished && (counted || !(was("Complete") || was("Failed")))) yield* finishedFaults(job);
  if (changed("completedIndexes", "failedIndexes")) yield* indexFaults(job);
  if (changed("ready", "active") && (status.ready ?? 0) > (status.active ?? 0)) {
    yield fieldInvalid(STATUS.child("ready"), status.ready, "cannot set more ready pods than active");
  }
  if (old) yield* changeFaults(job, old);
};
