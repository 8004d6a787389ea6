// What a Service asks of the cluster: addresses, ports, reachability. Pure questions. It refuses to give any of it.
import type { ServiceSpec } from "./object.ts";

/** The clusterIP of a service that has pods behind it but no address of its own. */
export const NO_ADDRESS = "None";

/** Whether it has no address of its own: DNS gives its pods instead. */
export const isHeadless = ({ clusterIP, clusterIPs }: ServiceSpec): boolean =>
  clusterIPs?.length === 1 ? clusterIPs[0] === NO_ADDRESS : clusterIP === NO_ADDRESS;

/** Whether the type has a virtual address (a headless service then says `None`). */
export const hasClusterIP = ({ type }: ServiceSpec): boolean =>
  type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer";

/** Whether the type has node ports; a LoadBalancer may do without them all the same. */
export const hasNodePorts = ({ type }: ServiceSpec): boolean => type === "NodePort" || type === "LoadBalancer";

/** Whether a load balancer must be able to ask the node for endpoints of its own. */
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === "LoadBalancer" && externalTrafficPolicy === "Local";

/** Whether traffic from outside the cluster can arrive. */
export const isExternallyReachable = (spec: ServiceSpec): boolean =>
  hasNodePorts(spec) || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
