// What a StatefulSet must be beyond its fields: a selector that matches its template, choices in upstream's words.
// Pure.
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { claimSpecFaults, claimWarnings } from "../core/pod/rules/claim-spec.ts";
import { wishesAnew } from "../core/pod/rules/warnings.ts";
import { formatFaults, notSupported } from "../faults.ts";
import type { StatefulSet, StatefulSetSpec } from "./stateful-set-object.ts";
import { countOrPercentFaults, isNothing, nonNegative, notAbove100, restartsAlways } from "./workload-rules.ts";
import { selectorFaults, templateWarned, workloadTemplateFaults } from "./workload-rules.ts";

const SPEC = FieldPath.of("spec");

function* strategyFaults({ updateStrategy = {} }: StatefulSetSpec, recreates: boolean): Generator<FieldError> {
  const path = SPEC.child("updateStrategy");
  const { type, rollingUpdate } = updateStrategy;
  const at = path.child("rollingUpdate");
  if (!type) return yield fieldRequired(path);
  if (type === "OnDelete" || (type === "Recreate" && recreates)) {
    if (rollingUpdate) yield fieldInvalid(at, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'");
    return;
  }
  if (type !== "RollingUpdate") {
    return yield fieldInvalid(path, updateStrategy, "must be 'RollingUpdate' or 'OnDelete'");
  }
  if (!rollingUpdate) return;
  const { partition, maxUnavailable } = rollingUpdate;
  yield* nonNegative(partition, at.child("partition"));
  if (maxUnavailable === undefined) return;
  yield* countOrPercentFaults(maxUnavailable, at.child("maxUnavailable"));
  if (isNothing(maxUnavailable)) yield fieldInvalid(at.child("maxUnavailable"), maxUnavailable, "cannot be 0");
  yield* notAbove100(maxUnavailable, at.child("maxUnavailable"));
}

const RETENTION = ["Retain", "Delete"];

/** The template as pods have it: claims are volumes there, before the others, and names are the set's to give. */
function asInPods({ template, volumeClaimTemplates = [] }: StatefulSetSpec): StatefulSetSpec["template"] {
  if (!template) return template;
  const { subdomain: _subdomain, hostname: _hostname, volumes = [], ...spec } = template.spec;
  const claims = volumeClaimTemplates.map(({ metadata: { name = "" } }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  const others = volumes.filter((volume) => !claims.some(({ name }) => name === volume.name));
  const all = [...claims, ...others];
  return { ...template, spec: { ...spec, ...(all.length > 0 && { volumes: all }) } };
}

const specRule: Rule<StatefulSet> = function* ({ spec }, { old, request }) {
  if (request.subresource === "status") return;
  const policy = spec.podManagementPolicy;
  const policyPath = SPEC.child("podManagementPolicy");
  if (!policy) yield fieldRequired(policyPath);
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    yield fieldInvalid(policyPath, policy, "must be 'OrderedReady' or 'Parallel'");
  }
  yield* strategyFaults(spec, request.enabled("StatefulSetRecreateStrategy"));
  for (const field of ["whenDeleted", "whenScaled"] as const) {
    const value = spec.persistentVolumeClaimRetentionPolicy?.[field];
    if (value === undefined || RETENTION.includes(value)) continue;
    yield notSupported(SPEC.child("persistentVolumeClaimRetentionPolicy", field), value, RETENTION);
  }
  // Bad templates were let in once, and cannot be changed.
  for (const [i, claim] of (old ? [] : (spec.volumeClaimTemplates ?? [])).entries())
    yield* claimSpecFaults(claim.spec, SPEC.child("volumeClaimTemplates").index(i).child("spec"));
  yield* nonNegative(spec.replicas, SPEC.child("replicas"));
  yield* nonNegative(spec.minReadySeconds, SPEC.child("minReadySeconds"));
  yield* nonNegative(spec.ordinals?.start, SPEC.child("ordinals", "start"));
  // A bad name was let in once, and cannot be changed.
  if (spec.serviceName && !old) yield* formatFaults(SPEC.child("serviceName"), spec.serviceName, "dns1123Label");
  yield* selectorFaults(spec.selector, "statefulset", SPEC.child("selector"));
  const template = SPEC.child("template");
  const faults = (of: StatefulSetSpec) => [
    ...workloadTemplateFaults(asInPods(of), template, { selector: of.selector, old: old?.spec.template, request }),
  ];
  const found = faults(spec);
  // What was let in before its template was judged may still be scaled.
  if (found.length > 0 && (!old || faults(old.spec).length === 0)) yield* found;
  yield* restartsAlways(spec.template, template.child("spec"), "StatefulSet");
};

const warned = templateWarned<StatefulSet>(({ spec }) => spec.template, SPEC.child("template"), { named: false });

const storageWarned: Rule<StatefulSet> = function* (set, { old, request }) {
  if (request.subresource === "status") return;
  const { volumeClaimTemplates = [], revisionHistoryLimit = 0 } = set.spec;
  if (wishesAnew(set, old)) {
    for (const [i, { spec }] of volumeClaimTemplates.entries()) {
      yield* claimWarnings(spec, SPEC.child("volumeClaimTemplates").index(i));
    }
  }
  if (revisionHistoryLimit >= 0) return;
  const why = "a negative value retains all historical revisions; a value >= 0 is recommended";
  yield `spec.revisionHistoryLimit: ${why}`;
};

const COUNTS = [
  "replicas",
  "readyReplicas",
  "currentReplicas",
  "updatedReplicas",
  "availableReplicas",
  "observedGeneration",
  "collisionCount",
] as const;

const statusRule: Rule<StatefulSet> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  const path = FieldPath.of("status");
  for (const field of COUNTS) yield* nonNegative(status[field], path.child(field));
  const total = status.replicas ?? 0;
  for (const field of ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] as const) {
    if ((status[field] ?? 0) > total) {
      yield fieldInvalid(path.child(field), status[field], "cannot be greater than status.replicas");
    }
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    const why = "cannot be greater than status.readyReplicas";
    yield fieldInvalid(path.child("availableReplicas"), status.availableReplicas, why);
  }
};

export const statefulSetRules: readonly Rule<StatefulSet>[] = [specRule, statusRule, warned, storageWarned];
