// What a ReplicaSet must be beyond its fields: a selector that matches its template. Pure.
import { semanticEqual } from "../../schema/equality.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import type { ReplicaSet } from "./replica-set-object.ts";
import {
  nonNegative,
  restartsAlways,
  selectorFaults,
  templateWarned,
  workloadTemplateFaults,
} from "./workload-rules.ts";

const SPEC = FieldPath.of("spec");

const specRule: Rule<ReplicaSet> = function* ({ spec }, { old, request }) {
  if (request.subresource === "status") return;
  yield* nonNegative(spec.replicas, SPEC.child("replicas"));
  yield* nonNegative(spec.minReadySeconds, SPEC.child("minReadySeconds"));
  const at = SPEC.child("selector");
  // Upstream's message names the other kind.
  yield* selectorFaults(spec.selector, "deployment", at);
  if (spec.selector && [...labelSelectorFaults(spec.selector, at)].length > 0) {
    yield fieldInvalid(at, spec.selector, "invalid label selector");
    return;
  }
  const template = SPEC.child("template");
  yield* workloadTemplateFaults(spec.template, template, { selector: spec.selector, old: old?.spec.template, request });
  yield* restartsAlways(spec.template, template.child("spec"));
};

const warned = templateWarned<ReplicaSet>(({ spec }) => spec.template, SPEC.child("template"), { named: true });

const selectorStays: Rule<ReplicaSet> = function* ({ spec }, { old }) {
  if (!old || semanticEqual(LabelSelector, spec.selector, old.spec.selector)) return;
  yield fieldInvalid(SPEC.child("selector"), spec.selector, "field is immutable");
};

const COUNTS = [
  "replicas",
  "fullyLabeledReplicas",
  "readyReplicas",
  "availableReplicas",
  "observedGeneration",
  "terminatingReplicas",
] as const;

const statusRule: Rule<ReplicaSet> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  const path = FieldPath.of("status");
  for (const field of COUNTS) yield* nonNegative(status[field], path.child(field));
  const total = status.replicas ?? 0;
  for (const field of ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const) {
    if ((status[field] ?? 0) > total) {
      yield fieldInvalid(path.child(field), status[field], "cannot be greater than status.replicas");
    }
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    yield fieldInvalid(
      path.child("availableReplicas"),
      status.availableReplicas,
      "cannot be greater than readyReplicas",
    );
  }
};

export const replicaSetRules: readonly Rule<ReplicaSet>[] = [specRule, selectorStays, statusRule, warned];
