// What the scheduler is told: tolerations, gates, spreading, node labels. It refuses to place anything.
import { formats } from "../../../../base/formats.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { validateLabels } from "../../../../schema/metadata.ts";
import { formatFaults } from "../../../faults.ts";
import { labelSelectorFaults } from "../../../label-selector-rule.ts";
import type { Toleration, TopologySpreadConstraint } from "../scheduling.ts";
import type { SpecRule } from "./spec-rule.ts";

const EFFECTS = ["NoExecute", "NoSchedule", "PreferNoSchedule"];
const INTEGER = /^(0|-?[1-9][0-9]*)$/;

export function* tolerationFaults(
  toleration: Toleration,
  comparisons: boolean,
  path: FieldPath,
): Generator<FieldError> {
  const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
  if (key) yield* formatFaults(path.child("key"), key, "qualifiedName");
  if (!key && operator !== "Exists") {
    yield fieldInvalid(
      path.child("operator"),
      operator,
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    );
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    yield fieldInvalid(path.child("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (operator === "Equal" || operator === "") {
    const wrong = formats.labelValue(value);
    if (wrong.length > 0) yield fieldInvalid(path.child("operator"), value, wrong.join(";"));
  } else if (operator === "Exists") {
    if (value)
      yield fieldInvalid(path.child("operator"), toleration, "value must be empty when `operator` is 'Exists'");
  } else if (comparisons && (operator === "Lt" || operator === "Gt")) {
    if (!INTEGER.test(value)) yield fieldInvalid(path.child("value"), value, "must be a valid integer");
  } else {
    const operators = comparisons ? ["Equal", "Exists", "Gt", "Lt"] : ["Equal", "Exists"];
    yield fieldNotSupported(path.child("operator"), operator, operators);
  }
  if (effect && !EFFECTS.includes(effect)) yield fieldNotSupported(path.child("effect"), effect, EFFECTS);
}

export const tolerations: SpecRule = function* (spec, { path, request }) {
  const comparisons = request.enabled("TaintTolerationComparisonOperators");
  for (const [i, one] of (spec.tolerations ?? []).entries()) {
    yield* tolerationFaults(one, comparisons, path.child("tolerations").index(i));
  }
};

export const nodeSelector: SpecRule = function* (spec, { path }) {
  const found: FieldError[] = [];
  validateLabels(spec.nodeSelector, path.child("nodeSelector"), found);
  yield* found;
};

export const gates: SpecRule = function* (spec, { path }) {
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    yield* formatFaults(path.child("readinessGates").index(i).child("conditionType"), conditionType, "qualifiedName");
  }
  const names = new Set<string>();
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    const at = path.child("schedulingGates").index(i);
    yield* formatFaults(at, name, "qualifiedName");
    if (names.has(name)) yield fieldDuplicate(at, name);
    names.add(name);
  }
};

const INCLUSION = ["Honor", "Ignore"];
const UNSATISFIABLE = ["DoNotSchedule", "ScheduleAnyway"];

function* constraintFaults(constraint: TopologySpreadConstraint, path: FieldPath): Generator<FieldError> {
  const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
  if (maxSkew <= 0) yield fieldInvalid(path.child("maxSkew"), maxSkew, "must be greater than zero");
  if (!topologyKey) yield fieldRequired(path.child("topologyKey"), "can not be empty");
  else yield* formatFaults(path.child("topologyKey"), topologyKey, "qualifiedName");
  if (!UNSATISFIABLE.includes(whenUnsatisfiable)) {
    yield fieldNotSupported(path.child("whenUnsatisfiable"), whenUnsatisfiable, UNSATISFIABLE);
  }
  if (minDomains !== undefined) {
    if (minDomains <= 0) yield fieldInvalid(path.child("minDomains"), minDomains, "must be greater than zero");
    if (whenUnsatisfiable !== "DoNotSchedule") {
      const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      yield fieldInvalid(path.child("minDomains"), minDomains, why);
    }
  }
  if (nodeAffinityPolicy !== undefined && !INCLUSION.includes(nodeAffinityPolicy)) {
    yield fieldNotSupported(path.child("nodeAffinityPolicy"), nodeAffinityPolicy, INCLUSION);
  }
  if (nodeTaintsPolicy !== undefined && !INCLUSION.includes(nodeTaintsPolicy)) {
    yield fieldNotSupported(path.child("nodeTaintsPolicy"), nodeTaintsPolicy, INCLUSION);
  }
}

function* matchKeyFaults(
  { matchLabelKeys = [], labelSelector }: TopologySpreadConstraint,
  labels: Readonly<Record<string, string>>,
  path: FieldPath,
): Generator<FieldError> {
  if (matchLabelKeys.length > 0 && !labelSelector) {
    return yield fieldForbidden(path, "must not be specified when labelSelector is not set");
  }
  for (const [i, key] of matchLabelKeys.entries()) {
    yield* formatFaults(path.index(i), key, "qualifiedName");
    const others = labelSelector?.matchExpressions?.some(
      (one) => one.key === key && !(one.operator === "In" && one.values?.length === 1 && one.values[0] === labels[key]),
    );
    if (others || Object.hasOwn(labelSelector?.matchLabels ?? {}, key)) {
      yield fieldInvalid(path.index(i), key, "exists in both matchLabelKeys and labelSelector");
    }
  }
}

export const topologySpread: SpecRule = function* (spec, { path, metadata }) {
  const all = spec.topologySpreadConstraints ?? [];
  for (const [i, one] of all.entries()) {
    const at = path.child("topologySpreadConstraints").index(i);
    yield* constraintFaults(one, at);
    const pair = { topologyKey: one.topologyKey, whenUnsatisfiable: one.whenUnsatisfiable };
    for (const other of all.slice(i + 1)) {
      if (other.topologyKey !== one.topologyKey || other.whenUnsatisfiable !== one.whenUnsatisfiable) continue;
      yield fieldDuplicate(at.child("{topologyKey, whenUnsatisfiable}"), pair);
    }
    yield* matchKeyFaults(one, metadata.labels ?? {}, at.child("matchLabelKeys"));
    yield* labelSelectorFaults(one.labelSelector, at.child("labelSelector"));
  }
};
