// What the policies of a job must be: which failures mean what, which successes are enough. Pure.
import { fieldDuplicate, fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import { fieldTooLong, fieldTooMany } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { FieldPath } from "../../schema/meta/path.ts";
import { nonNegative } from "../apps/workload-rules.ts";
import { formatFaults } from "../faults.ts";
import { IndexTextError, intervalCount, parseIntervals } from "./index-set.ts";
import type { JobSpec, PodFailurePolicyRule, SuccessPolicyRule } from "./job-object.ts";

const MOST_RULES = 20;
const MOST_PATTERNS = 20;
const MOST_EXIT_CODES = 255;
const LONGEST_INDEXES = 64 * 1024;

/** A fault of an object as a whole, which messages do not show. */
export const invalidWhole = (path: FieldPath, detail: string): FieldError => ({
  reason: "FieldValueInvalid",
  field: path.toString(),
  body: `Invalid value: ${detail}`,
});

/** A choice that must be made. */
export function* choiceFaults(
  value: string | undefined,
  path: FieldPath,
  choices: readonly string[],
): Generator<FieldError> {
  if (!value) yield fieldRequired(path, `valid values: [${choices.map((one) => JSON.stringify(one)).join(" ")}]`);
  else if (!choices.includes(value)) yield fieldNotSupported(path, value, choices);
}

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

function* exitCodeFaults(
  { containerName, operator, values = [] }: NonNullable<PodFailurePolicyRule["onExitCodes"]>,
  path: FieldPath,
  containers: ReadonlySet<string>,
): Generator<FieldError> {
  yield* choiceFaults(operator, path.child("operator"), OPERATORS);
  if (containerName !== undefined && !containers.has(containerName)) {
    yield fieldInvalid(
      path.child("containerName"),
      containerName,
      "must be one of the container or initContainer names in the pod template",
    );
  }
  const at = path.child("values");
  if (values.length === 0) yield fieldInvalid(at, values, "at least one value is required");
  else if (values.length > MOST_EXIT_CODES) yield fieldTooMany(at, values.length, MOST_EXIT_CODES);
  const seen = new Set<number>();
  for (const [i, value] of values.entries()) {
    if (operator === "In" && value === 0) yield fieldInvalid(at.index(i), value, "must not be 0 for the In operator");
    if (seen.has(value)) yield fieldDuplicate(at.index(i), value);
    seen.add(value);
  }
  if (values.some((value, i) => i > 0 && values[i - 1]! > value)) yield fieldInvalid(at, values, "must be ordered");
}

function* conditionFaults(
  patterns: NonNullable<PodFailurePolicyRule["onPodConditions"]>,
  path: FieldPath,
): Generator<FieldError> {
  if (patterns.length > MOST_PATTERNS) yield fieldTooMany(path, patterns.length, MOST_PATTERNS);
  for (const [i, { type, status }] of patterns.entries()) {
    yield* formatFaults(path.index(i).child("type"), type, "qualifiedName");
    yield* choiceFaults(status, path.index(i).child("status"), STATUSES);
  }
}

function* failureRuleFaults(
  rule: PodFailurePolicyRule,
  path: FieldPath,
  spec: JobSpec,
  containers: ReadonlySet<string>,
): Generator<FieldError> {
  const action = path.child("action");
  yield* choiceFaults(rule.action, action, ACTIONS);
  if (rule.action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
    yield fieldInvalid(action, rule.action, "requires the backoffLimitPerIndex to be set");
  }
  const { onExitCodes, onPodConditions = [] } = rule;
  if (onExitCodes) yield* exitCodeFaults(onExitCodes, path.child("onExitCodes"), containers);
  if (onPodConditions.length > 0) yield* conditionFaults(onPodConditions, path.child("onPodConditions"));
  if (onExitCodes && onPodConditions.length > 0) {
    yield invalidWhole(path, "specifying both OnExitCodes and OnPodConditions is not supported");
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    yield invalidWhole(path, "specifying one of OnExitCodes and OnPodConditions is required");
  }
}

export function* failurePolicyFaults(spec: JobSpec, path: FieldPath): Generator<FieldError> {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const at = path.child("rules");
  if (rules.length > MOST_RULES) yield fieldTooMany(at, rules.length, MOST_RULES);
  const { containers = [], initContainers = [] } = spec.template.spec;
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  for (const [i, rule] of rules.entries()) yield* failureRuleFaults(rule, at.index(i), spec, names);
}

function* successRuleFaults(
  { succeededIndexes, succeededCount }: SuccessPolicyRule,
  path: FieldPath,
  completions: number | undefined,
): Generator<FieldError> {
  if (succeededCount === undefined && succeededIndexes === undefined) {
    yield fieldRequired(path, "at least one of succeededCount or succeededIndexes must be specified");
  }
  let named = 0;
  if (succeededIndexes !== undefined) {
    const at = path.child("succeededIndexes");
    if (succeededIndexes.length > LONGEST_INDEXES) yield fieldTooLong(at, LONGEST_INDEXES);
    try {
      named = intervalCount(parseIntervals(succeededIndexes, completions ?? 0));
    } catch (error) {
      if (!(error instanceof IndexTextError)) throw error;
      yield fieldInvalid(at, succeededIndexes, `error parsing succeededIndexes: ${error.message}`);
    }
  }
  if (succeededCount === undefined) return;
  const at = path.child("succeededCount");
  yield* nonNegative(succeededCount, at);
  if (completions !== undefined && succeededCount > completions) {
    const why = `must be less than or equal to ${completions} (the number of specified completions)`;
    yield fieldInvalid(at, succeededCount, why);
  }
  if (succeededIndexes !== undefined && succeededCount > named) {
    const why = `must be less than or equal to ${named} (the number of indexes in the specified succeededIndexes field)`;
    yield fieldInvalid(at, succeededCount, why);
  }
}

export function* successPolicyFaults(
  { successPolicy, completions, completionMode }: JobSpec,
  path: FieldPath,
): Generator<FieldError> {
  if (!successPolicy) return;
  if (completionMode !== "Indexed") return yield fieldInvalid(path, successPolicy, "requires indexed completion mode");
  const rules = successPolicy.rules ?? [];
  const at = path.child("rules");
  if (rules.length === 0) {
    yield fieldRequired(at, "at least one rules must be specified when the successPolicy is specified");
  }
  if (rules.length > MOST_RULES) yield fieldTooMany(at, rules.length, MOST_RULES);
  for (const [i, rule] of rules.entries()) yield* successRuleFaults(rule, at.index(i), completions);
}
