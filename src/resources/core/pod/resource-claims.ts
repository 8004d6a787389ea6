// Claims for devices that a pod has, and what became of them. It refuses to allocate.
import {
  listAtomic,
  listMap,
  listSet,
  object,
  optional,
  pointer,
  quantity,
  required,
  string,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const PodResourceClaim = object("k8s.io.api.core.v1.PodResourceClaim", {
  name: required(1, string(), "Names the claim within the pod.", { judgedByRule: true }),
  resourceClaimName: pointer(3, string(), "A ResourceClaim of the same namespace."),
  resourceClaimTemplateName: pointer(4, string(), "A template that a ResourceClaim of this pod's own is made from."),
});
export interface PodResourceClaim extends ValueIn<typeof PodResourceClaim> {}

export const PodResourceClaimStatus = object("k8s.io.api.core.v1.PodResourceClaimStatus", {
  name: required(1, string(), "The entry of the pod's resourceClaims.", { demanded: false }),
  resourceClaimName: pointer(2, string(), "The ResourceClaim made for it; absent if none was needed."),
});
export interface PodResourceClaimStatus extends ValueIn<typeof PodResourceClaimStatus> {}

export const ContainerExtendedResourceRequest = object("k8s.io.api.core.v1.ContainerExtendedResourceRequest", {
  containerName: required(1, string(), "The container that asks.", { demanded: false }),
  resourceName: required(2, string(), "The extended resource.", { demanded: false }),
  requestName: required(3, string(), "The request of the claim that meets it.", { demanded: false }),
});
export interface ContainerExtendedResourceRequest extends ValueIn<typeof ContainerExtendedResourceRequest> {}

export const PodExtendedResourceClaimStatus = object("k8s.io.api.core.v1.PodExtendedResourceClaimStatus", {
  requestMappings: required(
    1,
    listAtomic(ContainerExtendedResourceRequest),
    "Which request of the claim meets which container's resource.",
  ),
  resourceClaimName: required(2, string(), "The claim made for the pod's extended resources.", { demanded: false }),
});
export interface PodExtendedResourceClaimStatus extends ValueIn<typeof PodExtendedResourceClaimStatus> {}

export const NodeAllocatableMappedResources = object("k8s.io.api.core.v1.NodeAllocatableMappedResources", {
  name: required(1, string(), "The resource.", { demanded: false }),
  quantity: required(2, quantity(), "How much of it is taken.", { demanded: false, pointer: true }),
});
export interface NodeAllocatableMappedResources extends ValueIn<typeof NodeAllocatableMappedResources> {}

export const NodeAllocatableOverheadResources = object("k8s.io.api.core.v1.NodeAllocatableOverheadResources", {
  name: required(1, string(), "The resource.", { demanded: false }),
  perPod: pointer(2, quantity(), "Taken once for the pod."),
  perContainer: pointer(3, quantity(), "Taken for each container."),
});
export interface NodeAllocatableOverheadResources extends ValueIn<typeof NodeAllocatableOverheadResources> {}

export const NodeAllocatableResourceClaimStatus = object("k8s.io.api.core.v1.NodeAllocatableResourceClaimStatus", {
  resourceClaimName: required(1, string(), "The claim.", { demanded: false }),
  containers: optional(2, listSet(string()), "The containers that use it."),
  mapping: optional(
    4,
    listMap(NodeAllocatableMappedResources, ["name"]),
    "Resources of the node that devices of the claim stand for.",
    { merge: { strategy: ["merge"], key: "name" }, judgedByRule: true },
  ),
  overhead: optional(
    5,
    listMap(NodeAllocatableOverheadResources, ["name"]),
    "Resources of the node that using the claim costs.",
    { merge: { strategy: ["merge"], key: "name" }, judgedByRule: true },
  ),
});
export interface NodeAllocatableResourceClaimStatus extends ValueIn<typeof NodeAllocatableResourceClaimStatus> {}
