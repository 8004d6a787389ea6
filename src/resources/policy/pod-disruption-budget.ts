// PodDisruptionBudget: how many pods may be missing by intent. Its arithmetic is budget.ts.
import { int32, int64, intOrString, listMap, map, object, optional, plain, pointer, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { Condition } from "../../schema/meta/condition.ts";

export const PodDisruptionBudgetSpec = object("k8s.io.api.policy.v1.PodDisruptionBudgetSpec", {
  minAvailable: pointer(1, intOrString(), "How many, or what share, must stay."),
  selector: pointer(2, LabelSelector, "The pods; empty for all in the namespace.", {
    merge: { strategy: ["replace"] },
  }),
  maxUnavailable: pointer(3, intOrString(), "How many, or what share, may be missing."),
  unhealthyPodEvictionPolicy: pointer(
    4,
    string({ enum: ["AlwaysAllow", "IfHealthyBudget"] }),
    "When pods that are not ready may be evicted.",
  ),
});
export interface PodDisruptionBudgetSpec extends ValueIn<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = object("k8s.io.api.policy.v1.PodDisruptionBudgetStatus", {
  observedGeneration: optional(1, int64(), "The generation that these figures are about."),
  disruptedPods: optional(2, map(time()), "Pods whose eviction is granted but not yet seen."),
  disruptionsAllowed: optional(3, int32(), "How many pods may be evicted now.", { always: true }),
  currentHealthy: optional(4, int32(), "How many are healthy.", { always: true }),
  desiredHealthy: optional(5, int32(), "How many must be healthy.", { always: true }),
  expectedPods: optional(6, int32(), "How many are counted.", { always: true }),
  conditions: optional(7, listMap(Condition, ["type"]), "Whether an eviction is allowed now.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface PodDisruptionBudgetStatus extends ValueIn<typeof PodDisruptionBudgetStatus> {}

const schema = object("k8s.io.api.policy.v1.PodDisruptionBudget", {
  ...typeMeta,
  metadata,
  spec: plain(2, PodDisruptionBudgetSpec, "How many pods must stay."),
  status: plain(3, PodDisruptionBudgetStatus, "How many may go now."),
});
export interface PodDisruptionBudget extends ValueIn<typeof schema> {}

export const PodDisruptionBudget = resource<PodDisruptionBudget>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  scope: "Namespaced",
  schema,
});
