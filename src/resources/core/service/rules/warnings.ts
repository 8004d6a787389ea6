// What a Service's writer is warned of. It refuses to say that anything is wrong.
import { formatIP, parseIP, parseIPSloppy } from "../../../../base/ip.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { isHeadless, NO_ADDRESS } from "../needs.ts";
import type { Service } from "../object.ts";

const OLD_HINTS = "service.kubernetes.io/topology-aware-hints";
const HINTS = "service.kubernetes.io/topology-mode";

/** Addresses that are read, but not as anybody should write them. */
function* addressWarnings(path: string, address: string): Generator<string> {
  const sloppy = parseIPSloppy(address);
  if (sloppy === undefined) return;
  const strict = parseIP(address);
  const told = JSON.stringify(address);
  if (strict === undefined || strict.family !== sloppy.family) {
    yield `${path}: non-standard IP address ${told} is invalid: use ${JSON.stringify(formatIP(sloppy))}`;
  } else if (strict.family === "IPv6" && formatIP(strict) !== address) {
    yield `${path}: IPv6 address ${told} should be in RFC 5952 canonical format (${JSON.stringify(formatIP(strict))})`;
  }
}

export const warnings: Rule<Service> = function* ({ metadata, spec }, { request }) {
  if (request.subresource !== "") return;
  const { clusterIPs = [], externalIPs = [], externalName, loadBalancerIP, type } = spec;
  const headless = type === "ClusterIP" && isHeadless(spec);
  if (metadata.annotations?.[OLD_HINTS] !== undefined) {
    yield `annotation ${OLD_HINTS} is deprecated, please use ${HINTS} instead`;
  }
  for (const [i, address] of clusterIPs.entries()) {
    if (address !== NO_ADDRESS) yield* addressWarnings(`spec.clusterIPs[${i}]`, address);
  }
  if (headless) {
    if (loadBalancerIP) yield "spec.loadBalancerIP is ignored for headless services";
    if (externalIPs.length > 0) yield "spec.externalIPs is ignored for headless services";
    if (spec.sessionAffinity !== "None") yield "spec.SessionAffinity is ignored for headless services";
  }
  for (const [i, address] of externalIPs.entries()) yield* addressWarnings(`spec.externalIPs[${i}]`, address);
  if (externalIPs.length > 0 && !headless && type !== "ExternalName") {
    yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters";
  }
  if (loadBalancerIP) yield* addressWarnings("spec.loadBalancerIP", loadBalancerIP);
  if (type === "ExternalName") {
    if (externalIPs.length > 0) yield 'spec.externalIPs is ignored when spec.type is "ExternalName"';
  } else if (externalName) yield 'spec.externalName is ignored when spec.type is not "ExternalName"';
  if (spec.trafficDistribution === "PreferClose") {
    yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"';
  }
};
