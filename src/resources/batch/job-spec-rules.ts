// What the spec of a job must be, in a Job and in the template of a CronJob alike: counts, modes, policies and the pod
// template. Pure. It refuses to look at selectors: only a Job has one.
import { fieldInvalid, fieldNotSupported, fieldRequired, fieldTooLong } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { FieldPath } from "../../schema/meta/path.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { nonNegative } from "../apps/workload-rules.ts";
import { templateFaults } from "../core/pod/rules/template.ts";
import { templateWarnings } from "../core/pod/rules/warnings.ts";
import { formatFaults, notSupported } from "../faults.ts";
import type { JobSpec } from "./job-object.ts";
import { failurePolicyFaults, successPolicyFaults } from "./job-policy-rules.ts";

const MOST_PARALLEL = 100_000;
const MOST_FAILED_INDEXES = 100_000;
/** Above so many completions more is demanded of jobs with limits by index. */
const MANY_COMPLETIONS = 100_000;
const MOST_WITH_MANY = 10_000;
const LONGEST_MANAGER = 63;

const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;

function* indexedFaults(spec: JobSpec, path: FieldPath): Generator<FieldError> {
  const { completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const why = "when completion mode is Indexed";
  if (completions === undefined) yield fieldRequired(path.child("completions"), why);
  const notAbove = function* (field: "parallelism" | "maxFailedIndexes", most: number, detail: string) {
    const value = spec[field];
    if (value === undefined || value <= most) return;
    yield fieldInvalid(path.child(field), value, `must be less than or equal to ${detail}`);
  };
  if (parallelism !== undefined) yield* notAbove("parallelism", MOST_PARALLEL, `${MOST_PARALLEL} ${why}`);
  if (completions !== undefined) yield* notAbove("maxFailedIndexes", completions, "completions");
  yield* notAbove("maxFailedIndexes", MOST_FAILED_INDEXES, `${MOST_FAILED_INDEXES} ${why}`);
  if ((completions ?? 0) <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return;
  if (maxFailedIndexes === undefined) {
    const when = `must be specified when completions is above ${MANY_COMPLETIONS}`;
    yield fieldRequired(path.child("maxFailedIndexes"), when);
  }
  const detail = `${MOST_WITH_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  yield* notAbove("parallelism", MOST_WITH_MANY, detail);
  yield* notAbove("maxFailedIndexes", MOST_WITH_MANY, detail);
}

function* modeFaults(spec: JobSpec, path: FieldPath): Generator<FieldError> {
  const { completionMode = "NonIndexed" } = spec;
  if (completionMode !== "NonIndexed" && completionMode !== "Indexed") {
    yield notSupported(path.child("completionMode"), completionMode, ["NonIndexed", "Indexed"]);
  }
  if (completionMode === "Indexed") yield* indexedFaults(spec, path);
  if (completionMode !== "NonIndexed") return;
  for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"] as const) {
    const value = spec[field];
    if (value !== undefined) yield fieldInvalid(path.child(field), value, "requires indexed completion mode");
  }
}

function* managerFaults(managedBy: string | undefined, path: FieldPath): Generator<FieldError> {
  if (managedBy === undefined) return;
  yield* formatFaults(path, managedBy, "domainPrefixedPath");
  if (managedBy.length > LONGEST_MANAGER) yield fieldTooLong(path, LONGEST_MANAGER);
}

function* replacementFaults(
  { podReplacementPolicy, podFailurePolicy }: JobSpec,
  path: FieldPath,
): Generator<FieldError> {
  if (podReplacementPolicy === undefined) return;
  const choices = podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  if (!choices.includes(podReplacementPolicy)) yield fieldNotSupported(path, podReplacementPolicy, choices);
}

/** Pods of a job end: they are not started again whatever happens. */
function* restartFaults({ template, podFailurePolicy }: JobSpec, path: FieldPath): Generator<FieldError> {
  const { restartPolicy } = template.spec;
  if (!restartPolicy || restartPolicy === "Always") yield fieldRequired(path, 'valid values: "OnFailure", "Never"');
  else if (restartPolicy !== "OnFailure" && restartPolicy !== "Never") {
    yield fieldNotSupported(path, restartPolicy, ["OnFailure", "Never"]);
  } else if (podFailurePolicy && restartPolicy !== "Never") {
    yield fieldInvalid(path, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}

/** What is wrong with the spec at `path`. `old` is the stored one, on update. */
export function* jobSpecFaults(
  spec: JobSpec,
  path: FieldPath,
  { old, request }: { readonly old?: JobSpec | undefined; readonly request: RequestFacts },
): Generator<FieldError> {
  for (const field of COUNTS) yield* nonNegative(spec[field], path.child(field));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    yield fieldRequired(path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
  }
  yield* managerFaults(spec.managedBy, path.child("managedBy"));
  yield* modeFaults(spec, path);
  if (spec.podFailurePolicy) yield* failurePolicyFaults(spec, path.child("podFailurePolicy"));
  yield* successPolicyFaults(spec, path.child("successPolicy"));
  yield* replacementFaults(spec, path.child("podReplacementPolicy"));
  const template = path.child("template");
  yield* templateFaults(spec.template, template, { old: old?.template, request });
  yield* restartFaults(spec, template.child("spec", "restartPolicy"));
}

/** What is said of a job's spec at `path`, its template included. */
export function* jobSpecWarnings(spec: JobSpec, path: FieldPath): Generator<string> {
  const { completionMode, completions = 0, parallelism = 0 } = spec;
  if (completionMode === "Indexed" && completions > MANY_COMPLETIONS && parallelism > MOST_WITH_MANY) {
    yield `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`;
  }
  yield* templateWarnings(spec.template, path.child("template"));
}
