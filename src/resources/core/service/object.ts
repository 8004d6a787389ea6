// The shape of a Service and its defaults. It refuses to be a resource: that is ../service.ts.
import {
  boolean,
  int32,
  intOrString,
  listAtomic,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { metadata, typeMeta } from "../../../schema/meta/object-meta.ts";
import { Condition } from "../../../schema/meta/condition.ts";

/** How long ClientIP affinity lasts by default: three hours. */
const CLIENT_IP_SECONDS = 10_800;

/** Types that have a virtual address. */
const ADDRESSED: readonly string[] = ["ClusterIP", "NodePort", "LoadBalancer"];

/** A spec whose defaults are being filled in. */
interface Draft {
  readonly type?: string;
  readonly externalIPs?: readonly string[];
  readonly sessionAffinity?: string;
}

/** Whether traffic from outside the cluster can arrive. */
const isExternal = ({ type, externalIPs = [] }: Draft) =>
  type === "NodePort" || type === "LoadBalancer" || (type === "ClusterIP" && externalIPs.length > 0);

export const ServicePort = object("k8s.io.api.core.v1.ServicePort", {
  name: optional(1, string(), "Names the port within the service."),
  protocol: optional(2, string({ enum: ["SCTP", "TCP", "UDP"] }), "TCP, UDP or SCTP.", {
    default: "TCP",
    judgedByRule: true,
  }),
  appProtocol: pointer(6, string(), "The protocol spoken above."),
  port: required(3, int32(), "The port of the service."),
  targetPort: optional(4, intOrString(), "The pods' port, by number or name.", {
    default: (port: { readonly port?: number }) => port.port,
  }),
  nodePort: optional(5, int32(), "The port on every node."),
});
export interface ServicePort extends ValueIn<typeof ServicePort> {}

export const ClientIPConfig = object("k8s.io.api.core.v1.ClientIPConfig", {
  timeoutSeconds: pointer(1, int32(), "How long a client stays with its pod.", { default: CLIENT_IP_SECONDS }),
});
export interface ClientIPConfig extends ValueIn<typeof ClientIPConfig> {}

export const SessionAffinityConfig = object("k8s.io.api.core.v1.SessionAffinityConfig", {
  clientIP: pointer(1, ClientIPConfig, "Settings for ClientIP.", { default: { timeoutSeconds: CLIENT_IP_SECONDS } }),
});
export interface SessionAffinityConfig extends ValueIn<typeof SessionAffinityConfig> {}

export const ServiceSpec = object("k8s.io.api.core.v1.ServiceSpec", {
  ports: optional(1, listMap(ServicePort, ["port", "protocol"]), "The ports that it listens on.", {
    merge: { strategy: ["merge"], key: "port" },
  }),
  selector: optional(2, map(string(), { atomic: true }), "Labels of the pods behind it."),
  clusterIP: optional(3, string(), "Its virtual address; None for a headless service."),
  clusterIPs: optional(18, listAtomic(string()), "Its virtual addresses, one a family; the first is clusterIP."),
  type: optional(4, string({ enum: ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"] }), "How it is reached.", {
    default: "ClusterIP",
  }),
  externalIPs: optional(5, listAtomic(string()), "Further addresses whose traffic nodes accept."),
  sessionAffinity: optional(7, string({ enum: ["ClientIP", "None"] }), "Whether a client stays with one pod.", {
    default: "None",
  }),
  loadBalancerIP: optional(8, string(), "An address wished of the load balancer."),
  loadBalancerSourceRanges: optional(9, listAtomic(string()), "Who may use the load balancer."),
  externalName: optional(10, string(), "The name that DNS answers with, for ExternalName."),
  externalTrafficPolicy: optional(
    11,
    string({ enum: ["Cluster", "Local"] }),
    "Whether traffic from outside stays on the node.",
    { default: (spec: Draft) => (isExternal(spec) ? "Cluster" : undefined), judgedByRule: true },
  ),
  healthCheckNodePort: optional(12, int32(), "Where a load balancer asks whether the node has endpoints."),
  publishNotReadyAddresses: optional(13, boolean(), "Whether DNS and slices treat pods as ready before they are."),
  sessionAffinityConfig: pointer(14, SessionAffinityConfig, "How sessions are kept.", {
    default: ({ sessionAffinity }: Draft) =>
      sessionAffinity === "ClientIP" ? { clientIP: { timeoutSeconds: CLIENT_IP_SECONDS } } : undefined,
  }),
  ipFamilies: optional(
    19,
    listAtomic(string({ enum: ["", "IPv4", "IPv6"] })),
    "The address families, first one first.",
    { judgedByRule: true },
  ),
  ipFamilyPolicy: pointer(
    17,
    string({ enum: ["PreferDualStack", "RequireDualStack", "SingleStack"] }),
    "How many address families it wants.",
  ),
  allocateLoadBalancerNodePorts: pointer(20, boolean(), "Whether a LoadBalancer gets node ports.", {
    default: ({ type }: Draft) => (type === "LoadBalancer" ? true : undefined),
  }),
  loadBalancerClass: pointer(21, string(), "Which load balancer is meant."),
  internalTrafficPolicy: pointer(
    22,
    string({ enum: ["Cluster", "Local"] }),
    "Whether traffic from inside stays on the node.",
    { default: ({ type = "" }: Draft) => (ADDRESSED.includes(type) ? "Cluster" : undefined) },
  ),
  trafficDistribution: pointer(23, string(), "Which endpoints are preferred."),
});
export interface ServiceSpec extends ValueIn<typeof ServiceSpec> {}

export const PortStatus = object("k8s.io.api.core.v1.PortStatus", {
  port: required(1, int32(), "The port of the service."),
  protocol: required(2, string({ enum: ["SCTP", "TCP", "UDP"] }), "TCP, UDP or SCTP.", { demanded: false }),
  error: pointer(3, string(), "Why the port does not work."),
});
export interface PortStatus extends ValueIn<typeof PortStatus> {}

export const LoadBalancerIngress = object("k8s.io.api.core.v1.LoadBalancerIngress", {
  ip: optional(1, string(), "Its address."),
  hostname: optional(2, string(), "Its name."),
  ipMode: pointer(3, string(), "How traffic to the address arrives: VIP or Proxy.", {
    default: ({ ip }: { readonly ip?: string }) => (ip ? "VIP" : undefined),
  }),
  ports: optional(4, listAtomic(PortStatus), "What became of each port."),
});
export interface LoadBalancerIngress extends ValueIn<typeof LoadBalancerIngress> {}

export const LoadBalancerStatus = object("k8s.io.api.core.v1.LoadBalancerStatus", {
  ingress: optional(1, listAtomic(LoadBalancerIngress), "Its points of entry."),
});
export interface LoadBalancerStatus extends ValueIn<typeof LoadBalancerStatus> {}

export const ServiceStatus = object("k8s.io.api.core.v1.ServiceStatus", {
  loadBalancer: optional(1, LoadBalancerStatus, "Where the load balancer is."),
  conditions: optional(2, listMap(Condition, ["type"]), "How the service is.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface ServiceStatus extends ValueIn<typeof ServiceStatus> {}

export const serviceSchema = object(
  "k8s.io.api.core.v1.Service",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ServiceSpec, "What the service offers and to whom."),
    status: plain(3, ServiceStatus, "What is observed of the service."),
  },
  { doc: "A stable name and address for pods that come and go." },
);
export interface Service extends ValueIn<typeof serviceSchema> {}
