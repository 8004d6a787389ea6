// What creating and updating a Service derives: one address and the list say the same, address families follow the
// policy, what was given before is kept, what a type no longer has goes. It refuses to give addresses or ports.
import { parseIPSloppy } from "../../../base/ip.ts";
import type { IPFamily } from "../../../base/ip.ts";
import type { RequestFacts } from "../../../schema/resource.ts";
import {
  hasClusterIP,
  hasNodePorts,
  isExternallyReachable,
  isHeadless,
  needsHealthCheckPort,
  NO_ADDRESS,
} from "./needs.ts";
import type { Service, ServicePort, ServiceSpec } from "./object.ts";

/** The families that the cluster's service ranges have, the primary one first. */
export const CLUSTER_FAMILIES: readonly IPFamily[] = ["IPv4"];

// In the order in which a dual-stack service without a wish gets them.
const FAMILIES: readonly IPFamily[] = ["IPv4", "IPv6"];

/** See schema/resource.ts: `prepare`. The allocator fills in what the families lack. */
export function prepareService(service: Service, old: Service | undefined, request: RequestFacts): Service {
  if (request.subresource !== "") return service;
  let spec = old ? updated(service.spec, old.spec) : synced(service.spec);
  if (spec.sessionAffinity === "None" && spec.sessionAffinityConfig) spec = without(spec, "sessionAffinityConfig");
  return { ...service, spec: withFamilies(spec), status: old ? old.status : { loadBalancer: {} } };
}

/** The spec without some fields. */
function without<K extends keyof ServiceSpec>(spec: ServiceSpec, ...names: K[]): ServiceSpec {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !names.includes(name as K)));
}

/** Creation: who gives the single address means the list too. The other way round is a fault (rules/). */
function synced(spec: ServiceSpec): ServiceSpec {
  const { clusterIP = "", clusterIPs = [] } = spec;
  return clusterIP !== "" && clusterIPs.length === 0 ? { ...spec, clusterIPs: [clusterIP] } : spec;
}

/** In this order: who sends an object without its address means the same service. */
function updated(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  return withoutForeign(withGiven(syncedWith(spec, old), old), old);
}

const same = (a: readonly unknown[] = [], b: readonly unknown[] = []) => JSON.stringify(a) === JSON.stringify(b);

/** A client that knows only the single address changes only that: the list follows. */
function syncedWith(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const { clusterIP = "" } = spec;
  if (clusterIP === (old.clusterIP ?? "") || !same(spec.clusterIPs, old.clusterIPs)) return spec;
  return clusterIP === "" ? without(spec, "clusterIPs") : { ...spec, clusterIPs: [clusterIP] };
}

/** What the cluster gave before and this update does not mention is kept. */
function withGiven(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let kept = spec;
  if (hasClusterIP(old) && hasClusterIP(spec)) {
    const clusterIP = spec.clusterIP || old.clusterIP;
    if (clusterIP) kept = { ...kept, clusterIP };
    if ((spec.clusterIPs ?? []).length === 0 && clusterIP === old.clusterIP && old.clusterIPs) {
      kept = { ...kept, clusterIPs: old.clusterIPs };
    }
  }
  if (hasNodePorts(old) && hasNodePorts(spec) && kept.ports) kept = { ...kept, ports: withNodePorts(kept.ports, old) };
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort) {
    const { healthCheckNodePort } = old;
    if (healthCheckNodePort) kept = { ...kept, healthCheckNodePort };
  }
  return kept;
}

const portKey = ({ port, protocol }: ServicePort) => `${port}/${protocol}`;

/** By port and protocol, unless another port of the update asks for the same number. */
function withNodePorts(ports: readonly ServicePort[], old: ServiceSpec): readonly ServicePort[] {
  const before = new Map((old.ports ?? []).map((port) => [portKey(port), port.nodePort ?? 0]));
  const used = new Set(ports.map((port) => port.nodePort ?? 0));
  return ports.map((port) => {
    const nodePort = before.get(portKey(port)) ?? 0;
    if (port.nodePort || nodePort === 0 || used.has(nodePort)) return port;
    used.add(nodePort);
    return { ...port, nodePort };
  });
}

/** What the old type had and the new one has not goes, unless the user changed it (which is then a fault). */
function withoutForeign(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let kept = spec;
  if (hasClusterIP(old) && !hasClusterIP(spec)) {
    if (same(spec.clusterIPs, old.clusterIPs)) kept = without(kept, "clusterIP", "clusterIPs");
    if (same(spec.ipFamilies, old.ipFamilies)) kept = without(kept, "ipFamilies");
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) kept = without(kept, "ipFamilyPolicy");
  }
  if (hasNodePorts(old) && !hasNodePorts(spec) && same(nodePorts(spec), nodePorts(old))) {
    kept = { ...kept, ports: (kept.ports ?? []).map(({ nodePort: _, ...port }) => port) };
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) {
    if (spec.healthCheckNodePort === old.healthCheckNodePort) kept = without(kept, "healthCheckNodePort");
  }
  if (old.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    if (spec.loadBalancerClass === old.loadBalancerClass) kept = without(kept, "loadBalancerClass");
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) {
      kept = without(kept, "allocateLoadBalancerNodePorts");
    }
  }
  if (isExternallyReachable(old) && !isExternallyReachable(spec)) {
    if (spec.externalTrafficPolicy === old.externalTrafficPolicy) kept = without(kept, "externalTrafficPolicy");
  }
  return kept;
}

const nodePorts = (spec: ServiceSpec) => (spec.ports ?? []).map((port) => port.nodePort ?? 0).sort();

/** Families and policy, derived from addresses and the cluster where the user leaves them open. */
function withFamilies(spec: ServiceSpec): ServiceSpec {
  if (!hasClusterIP(spec)) return spec;
  const families: string[] = [...(spec.ipFamilies ?? [])];
  const { clusterIPs = [] } = spec;
  for (const address of clusterIPs.slice(families.length)) {
    const family = address === NO_ADDRESS ? undefined : parseIPSloppy(address)?.family;
    if (family === undefined) break;
    families.push(family);
  }
  const add = (more: readonly IPFamily[]) => families.push(...more.filter((family) => !families.includes(family)));
  // Nobody but who fills in the endpoints by hand knows the families of such a service: it gets all of them.
  if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) {
    const ipFamilyPolicy = spec.ipFamilyPolicy ?? "RequireDualStack";
    if (families.length === 0) add([CLUSTER_FAMILIES[0]!]);
    if (ipFamilyPolicy !== "SingleStack") add(FAMILIES);
    return { ...spec, ipFamilies: families as NonNullable<ServiceSpec["ipFamilies"]>, ipFamilyPolicy };
  }
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? "SingleStack";
  if (families.length === 0) add([CLUSTER_FAMILIES[0]!]);
  if (ipFamilyPolicy !== "SingleStack") add(CLUSTER_FAMILIES);
  return { ...spec, ipFamilies: families as NonNullable<ServiceSpec["ipFamilies"]>, ipFamilyPolicy };
}
