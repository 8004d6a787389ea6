// Rules about how a Service is reached from outside, by name and by load balancer, and where its traffic goes.
import { formats, portNumberErrors } from "../../../../base/formats.ts";
import {
  fieldForbidden,
  fieldInvalid,
  fieldNotAmong,
  fieldNotSupported,
  fieldRequired,
} from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { formatFaults, unroutable } from "../../../faults.ts";
import { isExternallyReachable, needsHealthCheckPort } from "../needs.ts";
import type { Service } from "../object.ts";

// Paths and limits
const SPEC = FieldPath.of("spec");
const BALANCED = "may only be used when `type` is 'LoadBalancer'";
const MOST_AFFINITY_SECONDS = 86_400;

/** DNS answers with this name, so that it must be one. */
export const externalName: Rule<Service> = function* ({ spec }) {
  if (spec.type !== "ExternalName") return;
  // A trailing dot says that the name is complete.
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") yield fieldRequired(SPEC.child("externalName"));
  else yield* formatFaults(SPEC.child("externalName"), name, "dns1123Subdomain");
};

/** Errors name the whole map, as for labels. */
export const selectorLabels: Rule<Service> = function* ({ spec }) {
  for (const [key, value] of Object.entries(spec.selector ?? {})) {
    yield* formatFaults(SPEC.child("selector"), key, "qualifiedName");
    yield* formatFaults(SPEC.child("selector"), value, "labelValue");
  }
};

/** Up to a day. */
export const affinity: Rule<Service> = function* ({ spec }) {
  const path = SPEC.child("sessionAffinityConfig");
  if (spec.sessionAffinity !== "ClientIP") return;
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
  if (seconds > 0 && seconds <= MOST_AFFINITY_SECONDS) return;
  const why = `must be greater than 0 and less than ${MOST_AFFINITY_SECONDS}`;
  yield fieldInvalid(path.child("clientIP", "timeoutSeconds"), seconds, why);
};

/** Addresses that the old object had pass. */
export const externalAddresses: Rule<Service> = function* ({ spec }, { old }) {
  const { externalIPs = [] } = spec;
  for (const [i, address] of externalIPs.entries()) {
    const path = SPEC.child("externalIPs").index(i);
    const faults = old?.spec.externalIPs?.includes(address) ? [] : formats.ip(address);
    for (const fault of faults) yield fieldInvalid(path, address, fault);
    const unfit = faults.length === 0 ? unroutable(address) : undefined;
    if (unfit !== undefined) yield fieldInvalid(path, address, unfit);
  }
};

/** Upstream names this field as in Go. */
export const sourceRanges: Rule<Service> = function* ({ spec }, { old }) {
  const { loadBalancerSourceRanges: ranges = [], type } = spec;
  if (ranges.length === 0) return;
  const path = SPEC.child("LoadBalancerSourceRanges");
  if (type !== "LoadBalancer") yield fieldForbidden(path, BALANCED);
  for (const [i, range] of ranges.entries()) {
    if (old?.spec.loadBalancerSourceRanges?.includes(range)) continue;
    // These came from an annotation once, where blanks were allowed.
    for (const fault of formats.cidr(range.trim())) yield fieldInvalid(path.index(i), range.trim(), fault);
  }
};

/** Fields of LoadBalancers alone; the class decides who is responsible, so that it stays. */
export const balancer: Rule<Service> = function* ({ spec }, { old }) {
  const { type, allocateLoadBalancerNodePorts, loadBalancerClass } = spec;
  if (type !== "LoadBalancer") {
    if (allocateLoadBalancerNodePorts !== undefined) {
      yield fieldForbidden(SPEC.child("allocateLoadBalancerNodePorts"), BALANCED);
    }
    if (loadBalancerClass !== undefined) yield fieldForbidden(SPEC.child("loadBalancerClass"), BALANCED);
    return;
  }
  if (allocateLoadBalancerNodePorts === undefined) {
    yield fieldRequired(SPEC.child("allocateLoadBalancerNodePorts"), "must be set");
  }
  const path = SPEC.child("loadBalancerClass");
  if (old?.spec.type === "LoadBalancer" && old.spec.loadBalancerClass !== loadBalancerClass) {
    yield fieldInvalid(path, loadBalancerClass, "may not change once set");
  }
  if (loadBalancerClass !== undefined) yield* formatFaults(path, loadBalancerClass, "qualifiedName");
};

const OUTER_POLICIES: readonly string[] = ["Cluster", "Local"];

/** Policies exist where the traffic does; the health port only where a node must answer for itself. */
export const traffic: Rule<Service> = function* ({ spec }) {
  const { externalTrafficPolicy = "", healthCheckNodePort = 0, internalTrafficPolicy, type } = spec;
  const outer = SPEC.child("externalTrafficPolicy");
  if (!isExternallyReachable(spec)) {
    if (externalTrafficPolicy !== "") {
      yield fieldInvalid(outer, externalTrafficPolicy, "may only be set for externally-accessible services");
    }
  } else if (externalTrafficPolicy === "") yield fieldRequired(outer);
  else if (!OUTER_POLICIES.includes(externalTrafficPolicy))
    yield fieldNotSupported(outer, externalTrafficPolicy, OUTER_POLICIES);
  const health = SPEC.child("healthCheckNodePort");
  if (needsHealthCheckPort(spec)) {
    if (healthCheckNodePort === 0) yield fieldRequired(health);
    else
      for (const fault of portNumberErrors(healthCheckNodePort)) yield fieldInvalid(health, healthCheckNodePort, fault);
  } else if (healthCheckNodePort !== 0) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    yield fieldInvalid(health, healthCheckNodePort, why);
  }
  if (internalTrafficPolicy === undefined && (type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer")) {
    yield fieldRequired(SPEC.child("internalTrafficPolicy"));
  }
};

/** PreferClose is the older name of PreferSameZone. */
const DISTRIBUTIONS = ["PreferClose", "PreferSameZone", "PreferSameNode"];

/** A wish, not a promise: but one of these. */
export const distribution: Rule<Service> = function* ({ spec }) {
  const { trafficDistribution } = spec;
  if (trafficDistribution === undefined || DISTRIBUTIONS.includes(trafficDistribution)) return;
  yield fieldNotAmong(SPEC.child("trafficDistribution"), trafficDistribution, DISTRIBUTIONS);
};

/** Where the load balancer is: addresses and names that can be right. */
export const ingressValid: Rule<Service> = function* ({ spec, status }, { request }) {
  if (request.subresource !== "status") return;
  const path = FieldPath.of("status", "loadBalancer", "ingress");
  const { ingress = [] } = status.loadBalancer ?? {};
  if (ingress.length > 0 && spec.type !== "LoadBalancer") {
    yield fieldForbidden(path, 'may only be used when `spec.type` is "LoadBalancer"');
  }
  for (const [i, { ip = "", hostname = "", ipMode }] of ingress.entries()) {
    const at = path.index(i);
    if (ip !== "") yield* formatFaults(at.child("ip"), ip, "ip");
    if (ip !== "" && ipMode === undefined)
      yield fieldRequired(at.child("ipMode"), "must be specified when `ip` is set");
    if (ip === "" && ipMode !== undefined) {
      yield fieldForbidden(at.child("ipMode"), "may not be specified when `ip` is not set");
    } else if (ipMode !== undefined && ipMode !== "VIP" && ipMode !== "Proxy") {
      yield fieldNotSupported(at.child("ipMode"), ipMode, ["VIP", "Proxy"]);
    }
    if (hostname === "") continue;
    yield* formatFaults(at.child("hostname"), hostname, "dns1123Subdomain");
    if (formats.ip(hostname).length === 0) {
      yield fieldInvalid(at.child("hostname"), hostname, "must be a DNS name, not an IP address");
    }
  }
};
