// What the scheduler is told: tolerations, gates, spreading, node labels. It refuses to place anything.
import { formats } from "../../../../base/formats.ts";
import { fieldDuplicate, fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { validateLabels } from "../../../../schema/metadata.ts";
import { formatFaults, notSupported } from "../../../faults.ts";
import { labelKeyFaults } from "./affinity.ts";
import { labelSelectorFaults } from "../../../label-selector-rule.ts";
import type { Toleration, TopologySpreadConstraint } from "../scheduling.ts";
import type { SpecRule } from "./spec-rule.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const INTEGER = /^(0|-?[1-9][0-9]*)$/;

export function* tolerationFaults(
  toleration: Toleration,
  comparisons: boolean,
  path: FieldPath,
): Generator<FieldError> {
  const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
  const at = path.child("operator");
  if (key) yield* formatFaults(path.child("key"), key, "qualifiedName");
  if (!key && operator !== "Exists") {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    yield fieldInvalid(at, operator, why);
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    yield fieldInvalid(path.child("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (operator === "Equal" || operator === "") {
    const wrong = formats.labelValue(value);
    if (wrong.length > 0) yield fieldInvalid(at, value, wrong.join(";"));
  } else if (operator === "Exists") {
    if (value) yield fieldInvalid(at, value, "value must be empty when `operator` is 'Exists'");
  } else if (operator === "Lt" || operator === "Gt") {
    if (!comparisons) yield notSupported(at, operator, ["Equal", "Exists", "Lt", "Gt"]);
    else if (!INTEGER.test(value)) yield fieldInvalid(path.child("value"), value, "must be a valid integer");
  } else yield notSupported(at, operator, ["Equal", "Exists"]);
  if (effect && !EFFECTS.includes(effect)) yield notSupported(path.child("effect"), effect, EFFECTS);
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

function* placeFaults(constraint: TopologySpreadConstraint, path: FieldPath): Generator<FieldError> {
  const { maxSkew, topologyKey, whenUnsatisfiable } = constraint;
  if (maxSkew <= 0) yield fieldInvalid(path.child("maxSkew"), maxSkew, "must be greater than zero");
  if (!topologyKey) yield fieldRequired(path.child("topologyKey"), "can not be empty");
  if (!UNSATISFIABLE.includes(whenUnsatisfiable)) {
    yield fieldNotSupported(path.child("whenUnsatisfiable"), whenUnsatisfiable, UNSATISFIABLE);
  }
}

function* constraintFaults(constraint: TopologySpreadConstraint, path: FieldPath): Generator<FieldError> {
  const { whenUnsatisfiable, minDomains, nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
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

export const topologySpread: SpecRule = function* (spec, { path }) {
  const all = spec.topologySpreadConstraints ?? [];
  for (const [i, one] of all.entries()) {
    const at = path.child("topologySpreadConstraints").index(i);
    yield* placeFaults(one, at);
    if (all.slice(i + 1).some((other) => samePlace(other, one))) {
      yield fieldDuplicate(
        at.child("{topologyKey, whenUnsatisfiable}"),
        `{${one.topologyKey}, ${one.whenUnsatisfiable}}`,
      );
    }
    yield* constraintFaults(one, at);
    yield* labelKeyFaults(one, at);
    yield* labelSelectorFaults(one.labelSelector, at.child("labelSelector"));
  }
};

const samePlace = (a: TopologySpreadConstraint, b: TopologySpreadConstraint) =>
  a.topologyKey === b.topologyKey && a.whenUnsatisfiable === b.whenUnsatisfiable;
