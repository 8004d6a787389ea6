// What a DaemonSet must be beyond its fields: a selector that matches its template, limits that let an update go on.
// Pure.
import { semanticEqual } from "../../schema/equality.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import type { DaemonSet, DaemonSetSpec } from "./daemon-set-object.ts";
import { countOrPercentFaults, isNothing, nonNegative, notAbove100, restartsAlways } from "./workload-rules.ts";
import { selectorFaults, shownStrategy, templateWarned, workloadTemplateFaults } from "./workload-rules.ts";

const SPEC = FieldPath.of("spec");

function* strategyFaults({ updateStrategy: strategy = {} }: DaemonSetSpec): Generator<FieldError> {
  const path = SPEC.child("updateStrategy");
  if (strategy.type === "OnDelete") return;
  if (strategy.type !== "RollingUpdate") {
    const shown = JSON.stringify(shownStrategy(strategy));
    const body = `Unsupported value: ${shown}: supported values: "RollingUpdate", "OnDelete"`;
    return yield { reason: "FieldValueNotSupported", field: path.toString(), body };
  }
  const at = path.child("rollingUpdate");
  if (!strategy.rollingUpdate) return yield fieldRequired(at);
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  yield* countOrPercentFaults(maxUnavailable, at.child("maxUnavailable"));
  yield* countOrPercentFaults(maxSurge, at.child("maxSurge"));
  yield* notAbove100(maxUnavailable, at.child("maxUnavailable"));
  yield* notAbove100(maxSurge, at.child("maxSurge"));
  if (!isNothing(maxUnavailable) && !isNothing(maxSurge)) {
    yield fieldInvalid(at.child("maxSurge"), maxSurge, "may not be set when maxUnavailable is non-zero");
  } else if (isNothing(maxUnavailable) && isNothing(maxSurge)) {
    yield fieldRequired(at.child("maxUnavailable"), "cannot be 0 when maxSurge is 0");
  }
}

const specRule: Rule<DaemonSet> = function* ({ spec }, { old, request }) {
  if (request.subresource === "status") return;
  const template = SPEC.child("template");
  yield* selectorFaults(spec.selector, "daemonset", SPEC.child("selector"));
  yield* workloadTemplateFaults(spec.template, template, { selector: spec.selector, old: old?.spec.template, request });
  yield* restartsAlways(spec.template, template.child("spec"), "DaemonSet");
  yield* nonNegative(spec.minReadySeconds, SPEC.child("minReadySeconds"));
  yield* strategyFaults(spec);
  yield* nonNegative(spec.revisionHistoryLimit, SPEC.child("revisionHistoryLimit"));
};

const warned = templateWarned<DaemonSet>(({ spec }) => spec.template, SPEC.child("template"), { named: false });

const selectorStays: Rule<DaemonSet> = function* ({ spec }, { old }) {
  if (!old || semanticEqual(LabelSelector, spec.selector, old.spec.selector)) return;
  yield fieldInvalid(SPEC.child("selector"), spec.selector, "field is immutable");
};

const COUNTS = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
  "collisionCount",
] as const;

const statusRule: Rule<DaemonSet> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  for (const field of COUNTS) yield* nonNegative(status[field], FieldPath.of("status", field));
};

export const daemonSetRules: readonly Rule<DaemonSet>[] = [specRule, selectorStays, statusRule, warned];
