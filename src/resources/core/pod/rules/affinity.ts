// What affinities must be: terms with operators that fit their values, weights in range. It refuses to match.
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { formatFaults } from "../../../faults.ts";
import { labelSelectorFaults } from "../../../label-selector-rule.ts";
import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from "../affinity.ts";
import type { SpecRule } from "./spec-rule.ts";

const UNKNOWN_OPERATOR = "not a valid selector operator";

function* requirementFaults(
  { key, operator, values = [] }: NodeSelectorRequirement,
  required: boolean,
  path: FieldPath,
): Generator<FieldError> {
  const at = path.child("values");
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) yield fieldRequired(at, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0)
      yield fieldForbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1) yield fieldRequired(at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else yield fieldInvalid(path.child("operator"), operator, UNKNOWN_OPERATOR);
  yield* formatFaults(path.child("key"), key, "qualifiedName");
  // What is only preferred may ask for what no node can have: the user is warned (warnings.ts).
  if (!required) return;
  for (const [i, value] of values.entries()) yield* formatFaults(at.index(i), value, "labelValue");
}

/** Only the name of a node can be matched as a field. */
function* fieldFaults({ key, operator, values = [] }: NodeSelectorRequirement, path: FieldPath): Generator<FieldError> {
  const at = path.child("values");
  if (operator === "In" || operator === "NotIn") {
    if (values.length !== 1) {
      yield fieldRequired(at, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    }
  } else yield fieldInvalid(path.child("operator"), operator, UNKNOWN_OPERATOR);
  if (key !== "metadata.name") yield fieldInvalid(path.child("key"), key, "not a valid field selector key");
  else for (const [i, value] of values.entries()) yield* formatFaults(at.index(i), value, "dns1123Subdomain");
}

function* nodeTermFaults(term: NodeSelectorTerm, required: boolean, path: FieldPath): Generator<FieldError> {
  for (const [i, one] of (term.matchExpressions ?? []).entries()) {
    yield* requirementFaults(one, required, path.child("matchExpressions").index(i));
  }
  for (const [i, one] of (term.matchFields ?? []).entries())
    yield* fieldFaults(one, path.child("matchFields").index(i));
}

/** Volumes have such a selector too. */
export function* nodeSelectorFaults(selector: NodeSelector, path: FieldPath): Generator<FieldError> {
  const at = path.child("nodeSelectorTerms");
  if (!selector.nodeSelectorTerms?.length) return yield fieldRequired(at, "must have at least one node selector term");
  for (const [i, term] of selector.nodeSelectorTerms.entries()) yield* nodeTermFaults(term, true, at.index(i));
}

/** `prepare` has merged these keys into the selector, so that a key is there twice when the selector had it already. */
export function* labelKeyFaults(
  term: Pick<PodAffinityTerm, "matchLabelKeys" | "mismatchLabelKeys" | "labelSelector">,
  path: FieldPath,
): Generator<FieldError> {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const lists = { matchLabelKeys, mismatchLabelKeys };
  for (const field of ["matchLabelKeys", "mismatchLabelKeys"] as const) {
    const keys = lists[field];
    const at = path.child(field);
    if (keys.length > 0 && !labelSelector) {
      yield fieldForbidden(at, "must not be specified when labelSelector is not set");
      continue;
    }
    for (const [i, key] of keys.entries()) yield* formatFaults(at.index(i), key, "qualifiedName");
  }
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = matchLabelKeys.indexOf(key);
    // Upstream's path is that of the term, with the index of the key.
    if (i >= 0 && seen.has(key))
      yield fieldInvalid(path.index(i), key, "exists in both matchLabelKeys and labelSelector");
    seen.add(key);
  }
  for (const [i, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    yield fieldInvalid(
      path.child("matchLabelKeys").index(i),
      key,
      "exists in both matchLabelKeys and mismatchLabelKeys",
    );
  }
}

function* podTermFaults(term: PodAffinityTerm, path: FieldPath): Generator<FieldError> {
  yield* labelSelectorFaults(term.labelSelector, path.child("labelSelector"));
  yield* labelSelectorFaults(term.namespaceSelector, path.child("namespaceSelector"));
  for (const name of term.namespaces ?? []) yield* formatFaults(path.child("namespace"), name, "dns1123Label");
  yield* labelKeyFaults(term, path);
  if (!term.topologyKey) yield fieldRequired(path.child("topologyKey"), "can not be empty");
  yield* formatFaults(path.child("topologyKey"), term.topologyKey, "qualifiedName");
}

function* weightFaults(weight: number, path: FieldPath): Generator<FieldError> {
  if (weight < 1 || weight > 100) yield fieldInvalid(path.child("weight"), weight, "must be in the range 1-100");
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

function* podAffinityFaults(affinity: PodAffinity, path: FieldPath): Generator<FieldError> {
  for (const [i, term] of (affinity[REQUIRED] ?? []).entries()) {
    yield* podTermFaults(term, path.child(REQUIRED).index(i));
  }
  for (const [i, { weight, podAffinityTerm }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = path.child(PREFERRED).index(i);
    yield* weightFaults(weight, at);
    yield* podTermFaults(podAffinityTerm, at.child("podAffinityTerm"));
  }
}

export const affinity: SpecRule = function* (spec, { path }) {
  const at = path.child("affinity");
  const { nodeAffinity, podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (nodeAffinity) {
    const here = at.child("nodeAffinity");
    if (nodeAffinity[REQUIRED]) yield* nodeSelectorFaults(nodeAffinity[REQUIRED], here.child(REQUIRED));
    for (const [i, { weight, preference }] of (nodeAffinity[PREFERRED] ?? []).entries()) {
      yield* weightFaults(weight, here.child(PREFERRED).index(i));
      yield* nodeTermFaults(preference, false, here.child(PREFERRED).index(i).child("preference"));
    }
  }
  if (podAffinity) yield* podAffinityFaults(podAffinity, at.child("podAffinity"));
  if (podAntiAffinity) yield* podAffinityFaults(podAntiAffinity, at.child("podAntiAffinity"));
};
