// PodSpec: everything that is wanted of a pod. It refuses to know what became of it (see status.ts).
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
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { Affinity } from "./affinity.ts";
import { Container } from "./container.ts";
import { accountName, otherAccountField, serviceLinksInPods } from "./defaults.ts";
import { HostAlias, PodDNSConfig } from "./dns.ts";
import { EphemeralContainer } from "./ephemeral-container.ts";
import { LocalObjectReference } from "./reference.ts";
import { PodResourceClaim } from "./resource-claims.ts";
import { ResourceRequirements } from "./resources.ts";
import {
  EvictionResponder,
  PodReadinessGate,
  PodSchedulingGate,
  PodSchedulingGroup,
  Toleration,
  TopologySpreadConstraint,
} from "./scheduling.ts";
import { PodSecurityContext } from "./security-context.ts";
import { Volume } from "./volume.ts";

export const PodOS = object("k8s.io.api.core.v1.PodOS", {
  name: required(1, string(), "linux or windows.", { judgedByRule: true }),
});
export interface PodOS extends ValueIn<typeof PodOS> {}

export const PodSpec = object("k8s.io.api.core.v1.PodSpec", {
  volumes: optional(1, listMap(Volume, ["name"]), "Storage that containers can mount.", {
    merge: { strategy: ["merge", "retainKeys"], key: "name" },
    judgedByRule: true,
  }),
  initContainers: optional(
    20,
    listMap(Container, ["name"]),
    "Run before the containers, one after the other; sidecars among them keep running.",
    { merge: { strategy: ["merge"], key: "name" }, judgedByRule: true },
  ),
  containers: required(2, listMap(Container, ["name"]), "Run side by side; at least one.", {
    merge: { strategy: ["merge"], key: "name" },
    judgedByRule: true,
  }),
  ephemeralContainers: optional(
    34,
    listMap(EphemeralContainer, ["name"]),
    "Added to the running pod to look around in it; only through their subresource.",
    { merge: { strategy: ["merge"], key: "name" }, judgedByRule: true },
  ),
  restartPolicy: optional(
    3,
    string({ enum: ["Always", "Never", "OnFailure"], told: ["Always", "OnFailure", "Never"] }),
    "When containers are started again: Always, OnFailure or Never.",
    { default: "Always", demanded: true },
  ),
  terminationGracePeriodSeconds: pointer(
    4,
    int64(),
    "Seconds between the wish to end and being killed; 30 if left out.",
    { default: 30 },
  ),
  activeDeadlineSeconds: pointer(5, int64(), "Seconds after its start at which the pod fails."),
  dnsPolicy: optional(
    6,
    string({
      enum: ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
      told: ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
    }),
    "Where names are resolved; ClusterFirst if left out.",
    { default: "ClusterFirst", demanded: true },
  ),
  nodeSelector: optional(7, map(string(), { atomic: true }), "Labels that the node must have."),
  serviceAccountName: optional(8, string({ format: "dns1123Subdomain" }), "The ServiceAccount that the pod acts as.", {
    default: otherAccountField,
  }),
  serviceAccount: optional(9, string(), "Older name of serviceAccountName.", { default: accountName }),
  automountServiceAccountToken: pointer(21, boolean(), "Whether a token is mounted by itself."),
  nodeName: optional(10, string({ format: "dns1123Subdomain" }), "The node; set by the scheduler."),
  hostNetwork: optional(11, boolean(), "Use the node's network; then all ports are host ports."),
  hostPID: optional(12, boolean(), "Use the node's process namespace."),
  hostIPC: optional(13, boolean(), "Use the node's IPC namespace."),
  shareProcessNamespace: pointer(27, boolean(), "Containers see each other's processes; not with hostPID."),
  securityContext: pointer(14, PodSecurityContext, "How all containers are confined.", { default: {} }),
  imagePullSecrets: optional(15, listMap(LocalObjectReference, ["name"]), "Secrets to pull images with.", {
    merge: { strategy: ["merge"], key: "name" },
    judgedByRule: true,
  }),
  hostname: optional(16, string({ format: "dns1123Label" }), "Host name; the pod's name if left out."),
  subdomain: optional(
    17,
    string({ format: "dns1123Label" }),
    "With it the pod is hostname.subdomain.namespace.svc and the cluster's domain.",
  ),
  affinity: pointer(18, Affinity, "Which nodes, and which pods to be near to or keep away from."),
  schedulerName: optional(19, string(), "Which scheduler places the pod.", { default: "default-scheduler" }),
  tolerations: optional(22, listAtomic(Toleration), "Taints that the pod bears."),
  hostAliases: optional(23, listMap(HostAlias, ["ip"]), "Lines for the pod's hosts file.", {
    merge: { strategy: ["merge"], key: "ip" },
    judgedByRule: true,
  }),
  priorityClassName: optional(
    24,
    string({ format: "dns1123Subdomain" }),
    "The PriorityClass; a system one ranks highest.",
  ),
  priority: pointer(25, int32(), "The number behind priorityClassName; filled in by admission."),
  dnsConfig: pointer(26, PodDNSConfig, "Resolver settings beside those of dnsPolicy."),
  readinessGates: optional(28, listAtomic(PodReadinessGate), "Conditions that must be True for the pod to be ready."),
  runtimeClassName: pointer(29, string({ format: "dns1123Subdomain" }), "The RuntimeClass to run with."),
  enableServiceLinks: pointer(30, boolean(), "Whether services become environment variables; true if left out.", {
    default: serviceLinksInPods,
  }),
  preemptionPolicy: pointer(
    31,
    string({ enum: ["Never", "PreemptLowerPriority"] }),
    "Whether the pod may push others out: Never or PreemptLowerPriority.",
    { judgedByRule: true },
  ),
  overhead: optional(32, map(quantity()), "What running the pod costs beside its containers; from the RuntimeClass."),
  topologySpreadConstraints: optional(
    33,
    listMap(TopologySpreadConstraint, ["topologyKey", "whenUnsatisfiable"]),
    "How pods like this one spread over places.",
    { merge: { strategy: ["merge"], key: "topologyKey" }, judgedByRule: true },
  ),
  setHostnameAsFQDN: pointer(35, boolean(), "Use the full domain name as host name."),
  os: pointer(36, PodOS, "The operating system that the pod is for."),
  hostUsers: pointer(37, boolean(), "False gives the pod a user namespace of its own."),
  schedulingGates: optional(
    38,
    listMap(PodSchedulingGate, ["name"]),
    "While there is one, the pod is not scheduled; can only be taken away later.",
    { merge: { strategy: ["merge"], key: "name" }, judgedByRule: true },
  ),
  resourceClaims: optional(39, listMap(PodResourceClaim, ["name"]), "Claims for devices that containers can use.", {
    merge: { strategy: ["merge", "retainKeys"], key: "name" },
    gate: "DynamicResourceAllocation",
    judgedByRule: true,
  }),
  resources: pointer(40, ResourceRequirements, "What the pod as a whole asks for and may use.", {
    gate: "PodLevelResources",
    judgedByRule: true,
  }),
  hostnameOverride: pointer(41, string(), "The host name, over hostname and the pod's name; not in DNS.", {
    gate: "HostnameOverride",
  }),
  schedulingGroup: pointer(43, PodSchedulingGroup, "The group that is scheduled together.", {
    gate: "GenericWorkload",
  }),
  evictionResponders: optional(44, listMap(EvictionResponder, ["name"]), "Who answers requests to evict this pod.", {
    merge: { strategy: ["merge"], key: "name" },
    gate: "EvictionRequestAPI",
  }),
});
export interface PodSpec extends ValueIn<typeof PodSpec> {}
