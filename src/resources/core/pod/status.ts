// PodStatus: what became of a pod, as the kubelet and others report it. It refuses to judge (see readiness.ts).
import {
  int64,
  listAtomic,
  listMap,
  map,
  object,
  optional,
  pointer,
  quantity,
  required,
  string,
  time,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { ContainerStatus } from "./container-status.ts";
import {
  NodeAllocatableResourceClaimStatus,
  PodExtendedResourceClaimStatus,
  PodResourceClaimStatus,
} from "./resource-claims.ts";
import { ResourceRequirements } from "./resources.ts";

export const PodCondition = object("k8s.io.api.core.v1.PodCondition", {
  type: required(1, string(), "Which condition.", { demanded: false }),
  observedGeneration: optional(7, int64(), "The metadata.generation that it was judged by."),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastProbeTime: optional(3, time(), "When it was last looked at."),
  lastTransitionTime: optional(4, time(), "When status last changed."),
  reason: optional(5, string(), "Why, in one word."),
  message: optional(6, string(), "Why, in a sentence."),
});
export interface PodCondition extends ValueIn<typeof PodCondition> {}

export const HostIP = object("k8s.io.api.core.v1.HostIP", {
  ip: required(1, string(), "An address of the node.", { demanded: false }),
});
export interface HostIP extends ValueIn<typeof HostIP> {}

export const PodIP = object("k8s.io.api.core.v1.PodIP", {
  ip: required(1, string(), "An address of the pod.", { demanded: false }),
});
export interface PodIP extends ValueIn<typeof PodIP> {}

export const VolumeHealthCondition = object("k8s.io.api.core.v1.VolumeHealthCondition", {
  status: required(1, string({ enum: ["DataLoss", "Degraded", "Inaccessible"] }), "Whether the volume is in order.", {
    demanded: false,
    judgedByRule: true,
  }),
  reason: required(2, string(), "Why, in one word.", { demanded: false }),
  message: optional(3, string(), "Why, in a sentence."),
});
export interface VolumeHealthCondition extends ValueIn<typeof VolumeHealthCondition> {}

export const PodVolumeHealth = object("k8s.io.api.core.v1.PodVolumeHealth", {
  name: required(1, string(), "The volume.", { demanded: false }),
  healthConditions: optional(2, listMap(VolumeHealthCondition, ["status", "reason"]), "What was found.", {
    merge: { strategy: ["merge"], key: "status" },
    judgedByRule: true,
  }),
  lastTransitionTime: optional(3, time(), "When that last changed."),
});
export interface PodVolumeHealth extends ValueIn<typeof PodVolumeHealth> {}

export const PodStatus = object("k8s.io.api.core.v1.PodStatus", {
  observedGeneration: optional(17, int64(), "The metadata.generation that this status is about."),
  phase: optional(
    1,
    string({ enum: ["Failed", "Pending", "Running", "Succeeded", "Unknown"] }),
    "Where in its life the pod is: Pending, Running, Succeeded, Failed or Unknown.",
    { judgedByRule: true },
  ),
  conditions: optional(2, listMap(PodCondition, ["type"]), "What holds for the pod.", {
    merge: { strategy: ["merge"], key: "type" },
    judgedByRule: true,
  }),
  message: optional(3, string(), "Why it is in this phase, in a sentence."),
  reason: optional(4, string(), "Why it is in this phase, in one word."),
  nominatedNodeName: optional(11, string(), "The node where room is being made for it."),
  hostIP: optional(5, string(), "Address of the node."),
  hostIPs: optional(16, listAtomic(HostIP), "Addresses of the node, one of each family.", {
    merge: { strategy: ["merge"], key: "ip" },
  }),
  podIP: optional(6, string(), "Address of the pod."),
  podIPs: optional(12, listMap(PodIP, ["ip"]), "Addresses of the pod, one of each family.", {
    merge: { strategy: ["merge"], key: "ip" },
    judgedByRule: true,
  }),
  startTime: pointer(7, time(), "When the kubelet took it on."),
  initContainerStatuses: optional(10, listAtomic(ContainerStatus), "State of each init container."),
  containerStatuses: optional(8, listAtomic(ContainerStatus), "State of each container."),
  qosClass: optional(
    9,
    string({ enum: ["BestEffort", "Burstable", "Guaranteed"] }),
    "Guaranteed, Burstable or BestEffort, by its resources.",
    { judgedByRule: true },
  ),
  ephemeralContainerStatuses: optional(13, listAtomic(ContainerStatus), "State of each ephemeral container."),
  resize: optional(14, string(), "Older form of the resize conditions; no longer written.", {
    gate: "InPlacePodVerticalScaling",
  }),
  resourceClaimStatuses: optional(15, listMap(PodResourceClaimStatus, ["name"]), "Claims made for the pod.", {
    merge: { strategy: ["merge", "retainKeys"], key: "name" },
    gate: "DynamicResourceAllocation",
    judgedByRule: true,
  }),
  extendedResourceClaimStatus: pointer(
    18,
    PodExtendedResourceClaimStatus,
    "The claim made for its extended resources.",
    { gate: "DRAExtendedResource" },
  ),
  allocatedResources: optional(19, map(quantity()), "What the node has set aside for the pod as a whole.", {
    gate: "InPlacePodLevelResourcesVerticalScaling",
  }),
  resources: pointer(20, ResourceRequirements, "What is set for the pod as a whole.", {
    gate: "InPlacePodLevelResourcesVerticalScaling",
  }),
  nodeAllocatableResourceClaimStatuses: optional(
    21,
    listMap(NodeAllocatableResourceClaimStatus, ["resourceClaimName"]),
    "What its claims take of the node's own resources.",
    {
      merge: { strategy: ["merge"], key: "resourceClaimName" },
      gate: "DRANodeAllocatableResources",
      judgedByRule: true,
    },
  ),
  volumeHealth: optional(22, listMap(PodVolumeHealth, ["name"]), "The health of its volumes.", {
    gate: "CSIVolumeHealth",
    judgedByRule: true,
  }),
});
export interface PodStatus extends ValueIn<typeof PodStatus> {}
