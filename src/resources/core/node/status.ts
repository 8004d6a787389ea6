// What a node reports of itself: figures, conditions, addresses, software. The kind is ../node.ts.
import {
  boolean,
  int32,
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
import { NodeConfigSource } from "./config-source.ts";

export const NodeCondition = object("k8s.io.api.core.v1.NodeCondition", {
  type: required(1, string(), "What is stated.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastHeartbeatTime: optional(3, time(), "When the node last said so."),
  lastTransitionTime: optional(4, time(), "When the status last changed."),
  reason: optional(5, string(), "Why, as one CamelCase word."),
  message: optional(6, string(), "Why, for people."),
});
export interface NodeCondition extends ValueIn<typeof NodeCondition> {}

export const NodeAddress = object("k8s.io.api.core.v1.NodeAddress", {
  type: required(1, string(), "Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.", { demanded: false }),
  address: required(2, string(), "The address.", { demanded: false }),
});
export interface NodeAddress extends ValueIn<typeof NodeAddress> {}

export const DaemonEndpoint = object("k8s.io.api.core.v1.DaemonEndpoint", {
  Port: required(1, int32(), "The port."),
});
export interface DaemonEndpoint extends ValueIn<typeof DaemonEndpoint> {}

export const NodeDaemonEndpoints = object("k8s.io.api.core.v1.NodeDaemonEndpoints", {
  kubeletEndpoint: optional(1, DaemonEndpoint, "Where the kubelet serves."),
});
export interface NodeDaemonEndpoints extends ValueIn<typeof NodeDaemonEndpoints> {}

export const NodeSwapStatus = object("k8s.io.api.core.v1.NodeSwapStatus", {
  capacity: pointer(1, int64(), "Bytes of swap."),
});
export interface NodeSwapStatus extends ValueIn<typeof NodeSwapStatus> {}

export const NodeSystemInfo = object("k8s.io.api.core.v1.NodeSystemInfo", {
  machineID: required(1, string(), "Content of /etc/machine-id.", { demanded: false }),
  systemUUID: required(2, string(), "The firmware's UUID.", { demanded: false }),
  bootID: required(3, string(), "Differs from one boot to the next.", { demanded: false }),
  kernelVersion: required(4, string(), "As uname tells it.", { demanded: false }),
  osImage: required(5, string(), "As /etc/os-release tells it.", { demanded: false }),
  containerRuntimeVersion: required(6, string(), "Name and version of the runtime, as a URL.", { demanded: false }),
  kubeletVersion: required(7, string(), "Version of the kubelet.", { demanded: false }),
  kubeProxyVersion: required(8, string(), "No longer filled in.", { demanded: false }),
  operatingSystem: required(9, string(), "linux or windows.", { demanded: false }),
  architecture: required(10, string(), "Such as amd64.", { demanded: false }),
  swap: pointer(11, NodeSwapStatus, "The machine's swap."),
  runningInUserNamespace: pointer(12, boolean(), "Whether the kubelet runs in a user namespace.", {
    gate: "KubeletInUserNamespace",
  }),
});
export interface NodeSystemInfo extends ValueIn<typeof NodeSystemInfo> {}

export const ContainerImage = object("k8s.io.api.core.v1.ContainerImage", {
  names: optional(1, listAtomic(string()), "All names of the image.", { always: true }),
  sizeBytes: optional(2, int64(), "Its size."),
});
export interface ContainerImage extends ValueIn<typeof ContainerImage> {}

export const AttachedVolume = object("k8s.io.api.core.v1.AttachedVolume", {
  name: required(1, string(), "Unique name of the volume.", { demanded: false }),
  devicePath: required(2, string(), "Where its device is.", { demanded: false }),
});
export interface AttachedVolume extends ValueIn<typeof AttachedVolume> {}

export const NodeConfigStatus = object("k8s.io.api.core.v1.NodeConfigStatus", {
  assigned: pointer(1, NodeConfigSource, "No longer used."),
  active: pointer(2, NodeConfigSource, "No longer used."),
  lastKnownGood: pointer(3, NodeConfigSource, "No longer used."),
  error: optional(4, string(), "No longer used."),
});
export interface NodeConfigStatus extends ValueIn<typeof NodeConfigStatus> {}

export const NodeRuntimeHandlerFeatures = object("k8s.io.api.core.v1.NodeRuntimeHandlerFeatures", {
  recursiveReadOnlyMounts: pointer(1, boolean(), "Whether read-only mounts can be recursive."),
  userNamespaces: pointer(2, boolean(), "Whether pods can have a user namespace."),
});
export interface NodeRuntimeHandlerFeatures extends ValueIn<typeof NodeRuntimeHandlerFeatures> {}

export const NodeRuntimeHandler = object("k8s.io.api.core.v1.NodeRuntimeHandler", {
  name: optional(1, string(), "The handler; empty for the default one.", { always: true }),
  features: pointer(2, NodeRuntimeHandlerFeatures, "What it can do."),
});
export interface NodeRuntimeHandler extends ValueIn<typeof NodeRuntimeHandler> {}

export const NodeFeatures = object("k8s.io.api.core.v1.NodeFeatures", {
  supplementalGroupsPolicy: pointer(1, boolean(), "Whether supplementalGroupsPolicy is heeded."),
});
export interface NodeFeatures extends ValueIn<typeof NodeFeatures> {}

export const NodeStatus = object("k8s.io.api.core.v1.NodeStatus", {
  capacity: optional(1, map(quantity()), "All that the machine has."),
  allocatable: optional(2, map(quantity()), "What pods may use of it.", {
    // A node that does not say keeps nothing for itself.
    default: (status: { readonly capacity?: unknown }) => status.capacity,
  }),
  phase: optional(3, string({ enum: ["Pending", "Running", "Terminated"] }), "No longer filled in."),
  conditions: optional(4, listMap(NodeCondition, ["type"]), "How the node is.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  addresses: optional(5, listMap(NodeAddress, ["type"]), "Where the node is reached.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  daemonEndpoints: optional(6, NodeDaemonEndpoints, "Where its daemons listen."),
  nodeInfo: optional(7, NodeSystemInfo, "What the machine and its software are."),
  images: optional(8, listAtomic(ContainerImage), "Images that are on the node."),
  volumesInUse: optional(9, listAtomic(string()), "Attachable volumes that the node uses."),
  volumesAttached: optional(10, listAtomic(AttachedVolume), "Volumes attached to the node."),
  config: pointer(11, NodeConfigStatus, "No longer used."),
  runtimeHandlers: optional(12, listAtomic(NodeRuntimeHandler), "The runtime handlers and what each can do."),
  features: pointer(13, NodeFeatures, "What the container runtime can do.", { gate: "SupplementalGroupsPolicy" }),
  declaredFeatures: optional(14, listAtomic(string()), "Features that the kubelet declares.", {
    gate: "NodeDeclaredFeatures",
  }),
});
export interface NodeStatus extends ValueIn<typeof NodeStatus> {}
