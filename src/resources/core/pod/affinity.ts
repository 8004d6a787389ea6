// Where a pod wants to be: near which nodes and which other pods. It refuses to match (see node-affinity.ts).
import { int32, listAtomic, object, optional, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { LabelSelector } from "../../../schema/meta/label-selector-type.ts";

export const NodeSelectorRequirement = object("k8s.io.api.core.v1.NodeSelectorRequirement", {
  key: required(1, string(), "The label, or the field in matchFields.", { judgedByRule: true }),
  operator: required(
    2,
    string({ enum: ["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"] }),
    "In, NotIn, Exists, DoesNotExist, Gt or Lt.",
    { judgedByRule: true },
  ),
  values: optional(
    3,
    listAtomic(string()),
    "What to compare with; one number for Gt and Lt, none for Exists and DoesNotExist.",
  ),
});
export interface NodeSelectorRequirement extends ValueIn<typeof NodeSelectorRequirement> {}

export const NodeSelectorTerm = object(
  "k8s.io.api.core.v1.NodeSelectorTerm",
  {
    matchExpressions: optional(1, listAtomic(NodeSelectorRequirement), "Requirements on labels of the node."),
    matchFields: optional(
      2,
      listAtomic(NodeSelectorRequirement),
      "Requirements on fields of the node; only metadata.name.",
    ),
  },
  { atomic: true },
);
export interface NodeSelectorTerm extends ValueIn<typeof NodeSelectorTerm> {}

export const NodeSelector = object(
  "k8s.io.api.core.v1.NodeSelector",
  {
    nodeSelectorTerms: required(1, listAtomic(NodeSelectorTerm), "One of these has to match.", { judgedByRule: true }),
  },
  { atomic: true },
);
export interface NodeSelector extends ValueIn<typeof NodeSelector> {}

export const PreferredSchedulingTerm = object("k8s.io.api.core.v1.PreferredSchedulingTerm", {
  weight: required(1, int32(), "1 to 100."),
  preference: required(2, NodeSelectorTerm, "The term that earns the weight."),
});
export interface PreferredSchedulingTerm extends ValueIn<typeof PreferredSchedulingTerm> {}

export const NodeAffinity = object("k8s.io.api.core.v1.NodeAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: pointer(1, NodeSelector, "Nodes that do not match are out."),
  preferredDuringSchedulingIgnoredDuringExecution: optional(
    2,
    listAtomic(PreferredSchedulingTerm),
    "Nodes that match are better.",
  ),
});
export interface NodeAffinity extends ValueIn<typeof NodeAffinity> {}

export const PodAffinityTerm = object("k8s.io.api.core.v1.PodAffinityTerm", {
  labelSelector: pointer(1, LabelSelector, "Which pods; none if left out."),
  namespaces: optional(
    2,
    listAtomic(string()),
    "Namespaces of those pods; the pod's own if this and the selector are left out.",
  ),
  topologyKey: required(3, string(), "Nodes with the same value of this label are one place.", { judgedByRule: true }),
  namespaceSelector: pointer(4, LabelSelector, "Further namespaces, by label; {} is all."),
  matchLabelKeys: optional(5, listAtomic(string()), "Labels of this pod that the others must share."),
  mismatchLabelKeys: optional(6, listAtomic(string()), "Labels of this pod in which the others must differ."),
});
export interface PodAffinityTerm extends ValueIn<typeof PodAffinityTerm> {}

export const WeightedPodAffinityTerm = object("k8s.io.api.core.v1.WeightedPodAffinityTerm", {
  weight: required(1, int32(), "1 to 100."),
  podAffinityTerm: required(2, PodAffinityTerm, "The term that earns the weight."),
});
export interface WeightedPodAffinityTerm extends ValueIn<typeof WeightedPodAffinityTerm> {}

export const PodAffinity = object("k8s.io.api.core.v1.PodAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: optional(1, listAtomic(PodAffinityTerm), "All of these must hold."),
  preferredDuringSchedulingIgnoredDuringExecution: optional(
    2,
    listAtomic(WeightedPodAffinityTerm),
    "Nodes where these hold are better.",
  ),
});
export interface PodAffinity extends ValueIn<typeof PodAffinity> {}

export const PodAntiAffinity = object("k8s.io.api.core.v1.PodAntiAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: optional(1, listAtomic(PodAffinityTerm), "None of these may hold."),
  preferredDuringSchedulingIgnoredDuringExecution: optional(
    2,
    listAtomic(WeightedPodAffinityTerm),
    "Nodes where these hold are worse.",
  ),
});
export interface PodAntiAffinity extends ValueIn<typeof PodAntiAffinity> {}

export const Affinity = object("k8s.io.api.core.v1.Affinity", {
  nodeAffinity: pointer(1, NodeAffinity, "Which nodes."),
  podAffinity: pointer(2, PodAffinity, "Which pods to be near to."),
  podAntiAffinity: pointer(3, PodAntiAffinity, "Which pods to keep away from."),
});
export interface Affinity extends ValueIn<typeof Affinity> {}
