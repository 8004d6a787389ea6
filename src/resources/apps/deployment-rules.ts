// What a Deployment must be beyond its fields: a selector that matches its template, limits that let an update go on.
// Pure.
import { semanticEqual } from "../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import type { Deployment, DeploymentSpec } from "./deployment-object.ts";
import { countOrPercentFaults, isNothing, nonNegative, notAbove100, restartsAlways } from "./workload-rules.ts";
import { selectorFaults, shownStrategy, templateWarned, workloadTemplateFaults } from "./workload-rules.ts";

const SPEC = FieldPath.of("spec");

function* strategyFaults({ strategy }: DeploymentSpec): Generator<FieldError> {
  const path = SPEC.child("strategy");
  const rolling = strategy?.rollingUpdate;
  const at = path.child("rollingUpdate");
  if (strategy?.type === "Recreate") {
    if (rolling) yield fieldForbidden(at, "may not be specified when strategy `type` is 'Recreate'");
  } else if (strategy?.type === "RollingUpdate") {
    if (!rolling) return;
    yield* countOrPercentFaults(rolling.maxUnavailable, at.child("maxUnavailable"));
    yield* countOrPercentFaults(rolling.maxSurge, at.child("maxSurge"));
    if (isNothing(rolling.maxUnavailable) && isNothing(rolling.maxSurge)) {
      yield fieldInvalid(at.child("maxUnavailable"), rolling.maxUnavailable, "may not be 0 when `maxSurge` is 0");
    }
    yield* notAbove100(rolling.maxUnavailable, at.child("maxUnavailable"));
  } else yield fieldNotSupported(path, shownStrategy(strategy ?? {}), ["Recreate", "RollingUpdate"]);
}

const specRule: Rule<Deployment> = function* ({ spec }, { old, request }) {
  if (request.subresource === "status") return;
  yield* nonNegative(spec.replicas, SPEC.child("replicas"));
  const selector = SPEC.child("selector");
  yield* selectorFaults(spec.selector, "deployment", selector);
  if (spec.selector && [...labelSelectorFaults(spec.selector, selector)].length > 0) {
    yield fieldInvalid(selector, spec.selector, "invalid label selector");
  } else {
    yield* workloadTemplateFaults(spec.template, SPEC.child("template"), {
      selector: spec.selector,
      old: old?.spec.template,
      request,
    });
    yield* restartsAlways(spec.template, SPEC.child("template", "spec"));
  }
  yield* strategyFaults(spec);
  yield* nonNegative(spec.minReadySeconds, SPEC.child("minReadySeconds"));
  yield* nonNegative(spec.revisionHistoryLimit, SPEC.child("revisionHistoryLimit"));
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    const at = SPEC.child("progressDeadlineSeconds");
    yield* nonNegative(deadline, at);
    if (deadline <= (spec.minReadySeconds ?? 0))
      yield fieldInvalid(at, deadline, "must be greater than minReadySeconds");
  }
};

const warned = templateWarned<Deployment>(({ spec }) => spec.template, SPEC.child("template"), { named: true });

const selectorStays: Rule<Deployment> = function* ({ spec }, { old }) {
  if (!old || semanticEqual(LabelSelector, spec.selector, old.spec.selector)) return;
  yield fieldInvalid(SPEC.child("selector"), spec.selector, "field is immutable");
};

const COUNTS = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
] as const;

const statusRule: Rule<Deployment> = function* ({ status }, { old, request }) {
  if (request.subresource !== "status") return;
  const path = FieldPath.of("status");
  for (const field of COUNTS) yield* nonNegative(status[field], path.child(field));
  const total = status.replicas ?? 0;
  const within = (field: (typeof COUNTS)[number], most: number, what: string) =>
    (status[field] ?? 0) > most
      ? [fieldInvalid(path.child(field), status[field], `cannot be greater than ${what}`)]
      : [];
  yield* within("updatedReplicas", total, "status.replicas");
  yield* within("readyReplicas", total, "status.replicas");
  yield* within("availableReplicas", total, "status.replicas");
  yield* within("availableReplicas", status.readyReplicas ?? 0, "readyReplicas");
  const before = old?.status.collisionCount;
  if (before !== undefined && (status.collisionCount ?? -1) < before) {
    yield fieldInvalid(path.child("collisionCount"), status.collisionCount, "cannot be decremented");
  }
};

export const deploymentRules: readonly Rule<Deployment>[] = [specRule, selectorStays, statusRule, warned];
