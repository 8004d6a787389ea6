// What else the scheduler and evictions look at: tolerations, spreading, gates, groups. It refuses to decide.
import { int32, int64, listAtomic, object, optional, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { LabelSelector } from "../../../schema/meta/label-selector-type.ts";

export const Toleration = object("k8s.io.api.core.v1.Toleration", {
  key: optional(1, string(), "Key of the taint; all keys if empty, with Exists."),
  operator: optional(
    2,
    string({ enum: ["Equal", "Exists", "Gt", "Lt"] }),
    "Exists or Equal, and Lt or Gt for numbers; Equal if left out.",
    { judgedByRule: true },
  ),
  value: optional(3, string(), "Value of the taint; empty with Exists."),
  effect: optional(
    4,
    string({ enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] }),
    "Effect of the taint; all effects if empty.",
    { judgedByRule: true },
  ),
  tolerationSeconds: pointer(5, int64(), "How long a NoExecute taint is borne; for ever if left out."),
});
export interface Toleration extends ValueIn<typeof Toleration> {}

export const TopologySpreadConstraint = object("k8s.io.api.core.v1.TopologySpreadConstraint", {
  maxSkew: required(1, int32(), "How much places may differ in number of pods."),
  topologyKey: required(2, string(), "Nodes with the same value of this label are one place.", { judgedByRule: true }),
  whenUnsatisfiable: required(
    3,
    string({ enum: ["DoNotSchedule", "ScheduleAnyway"] }),
    "DoNotSchedule or ScheduleAnyway.",
    { judgedByRule: true },
  ),
  labelSelector: pointer(4, LabelSelector, "The pods to count."),
  minDomains: pointer(5, int32(), "How many places there should be at least; 1 if left out."),
  nodeAffinityPolicy: pointer(
    6,
    string({ enum: ["Honor", "Ignore"] }),
    "Whether nodes that the pod's affinity rules out count; Honor if left out.",
    { judgedByRule: true },
  ),
  nodeTaintsPolicy: pointer(
    7,
    string({ enum: ["Honor", "Ignore"] }),
    "Whether nodes with taints the pod does not bear are left out; Ignore if left out.",
    { judgedByRule: true },
  ),
  matchLabelKeys: optional(8, listAtomic(string()), "Labels of this pod that counted pods must share."),
});
export interface TopologySpreadConstraint extends ValueIn<typeof TopologySpreadConstraint> {}

export const PodSchedulingGate = object("k8s.io.api.core.v1.PodSchedulingGate", {
  name: required(1, string(), "Name of the gate; whoever set it removes it.", { judgedByRule: true }),
});
export interface PodSchedulingGate extends ValueIn<typeof PodSchedulingGate> {}

export const PodSchedulingGroup = object(
  "k8s.io.api.core.v1.PodSchedulingGroup",
  {
    podGroupName: pointer(1, string(), "The PodGroup, in the same namespace."),
  },
  { unions: [{ fields: { podGroupName: "PodGroupName" } }] },
);
export interface PodSchedulingGroup extends ValueIn<typeof PodSchedulingGroup> {}

export const PodReadinessGate = object("k8s.io.api.core.v1.PodReadinessGate", {
  conditionType: required(1, string(), "A condition of the pod that must be True for it to be ready.", {
    judgedByRule: true,
  }),
});
export interface PodReadinessGate extends ValueIn<typeof PodReadinessGate> {}

export const EvictionResponder = object(
  "k8s.io.api.core.v1.EvictionResponder",
  {
    name: required(1, string(), "Who answers requests to evict this pod."),
    priority: required(2, int32(), "The highest is asked first.", { pointer: true }),
  },
  { atomic: true },
);
export interface EvictionResponder extends ValueIn<typeof EvictionResponder> {}
