// What one Service gives to the proxy's table, as data: pure, of the service, its slices and the place of this node. It refuses
// to know of other services (ledger.ts) and to write text (text.ts).
import type { CIDR } from "../base/cidr.ts";
import { cidrContains, formatCIDR, parseCIDRSloppy } from "../base/cidr.ts";
import type { Service } from "../resources/core/service.ts";
import type { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { Place } from "../resources/discovery/endpoints.ts";
import type { Frontend, Pool } from "./elements.ts";
import { FIRST_LOCAL_MARK, FIRST_MARK } from "./elements.ts";
import type { Reach, Target } from "./targets.ts";
import { addressOf, numbersOf, reachOf } from "./targets.ts";

export interface Part {
  readonly frontends: readonly Frontend[];
  /** Chains that packets go to; their names say what they do, see chains.ts. */
  readonly chains: readonly string[];
  /** Pods of this node that may meet themselves. */
  readonly hairpins: readonly string[];
  /** What a load balancer is told that asks for the service's health on this node. */
  readonly health?: Health;
}

export interface Health {
  readonly port: number;
  readonly localEndpoints: number;
}

const NOTHING: Part = { frontends: [], chains: [], hairpins: [] };
const OTHER_PROXY = "service.kubernetes.io/service-proxy-name";

/** Services without a cluster IP, and those that name another proxy, give nothing. */
export function partOf(service: Service, slices: readonly EndpointSlice[], place: Place): Part {
  const { spec, metadata } = service;
  if (spec.type === "ExternalName" || !spec.clusterIP || spec.clusterIP === "None") return NOTHING;
  if (metadata.labels?.[OTHER_PROXY] !== undefined) return NOTHING;
  const builder = new Builder(affinityOf(service));
  const balancers = balancerIPs(service);
  const external = spec.externalIPs ? [...new Set([...balancers, ...spec.externalIPs.filter(isIPv4)])] : balancers;
  const sources = balancers.length > 0 ? sourceRanges(spec.loadBalancerSourceRanges ?? []) : undefined;
  const isLocalInside = spec.internalTrafficPolicy === "Local";
  const isLocalOutside = spec.externalTrafficPolicy === "Local";
  let localEndpoints = 0;
  for (const port of spec.ports ?? []) {
    const reach = reachOf(slices, port, place);
    const protocol = (port.protocol ?? "TCP").toLowerCase();
    for (const ip of spec.clusterIPs ?? [spec.clusterIP])
      if (isIPv4(ip)) builder.inside(`${ip} . ${protocol} . ${port.port}`, reach, isLocalInside);
    for (const ip of external) {
      const guard = balancers.includes(ip) ? sources : undefined;
      builder.outside(`${ip} . ${protocol} . ${port.port}`, reach, { isNode: false, isLocal: isLocalOutside, guard });
    }
    if (port.nodePort)
      builder.outside(`${protocol} . ${port.nodePort}`, reach, { isNode: true, isLocal: isLocalOutside });
    builder.meetThemselves(reach.local);
    localEndpoints = Math.max(localEndpoints, reach.localReady);
  }
  const { frontends, chains, hairpins } = builder;
  const port = spec.type === "LoadBalancer" && isLocalOutside && spec.healthCheckNodePort;
  return { frontends, chains, hairpins, ...(port && { health: { port, localEndpoints } }) };
}

/** Seconds that a client stays with its endpoint; undefined where it does not. */
const affinityOf = ({ spec }: Service): number | undefined =>
  spec.sessionAffinity === "ClientIP" ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined;

interface Outside {
  readonly isNode: boolean;
  readonly isLocal: boolean;
  readonly guard?: readonly string[] | undefined;
}

class Builder {
  readonly frontends: Frontend[] = [];
  readonly chains: string[] = [];
  readonly hairpins: string[] = [];
  readonly #isSticky: boolean;
  /** Ends the names of chains in which a client stays with its endpoint. */
  readonly #suffix: string;

  constructor(affinity: number | undefined) {
    this.#isSticky = affinity !== undefined;
    this.#suffix = affinity === undefined ? "" : `_for_${affinity}`;
  }

  /** The cluster's own address. */
  inside(key: string, { near, local }: Reach, isLocal: boolean): void {
    const targets = isLocal ? local : near;
    if (targets.length > 0) {
      const chain = this.#chain(`spread_${targets.length}${this.#suffix}`);
      this.frontends.push({ key, isNode: false, chain, pools: [this.#pool(FIRST_MARK, targets)] });
    } else this.frontends.push({ key, isNode: false, chain: near.length > 0 ? this.#chain("silent") : "", pools: [] });
  }

  /**
   * Addresses and ports for the world outside. With Local the client's address is kept, so only this node's own pods may
   * answer; pods and the node itself reach all endpoints all the same.
   */
  outside(key: string, { near, local }: Reach, { isNode, isLocal, guard: sources }: Outside): void {
    if (near.length === 0) {
      this.frontends.push({ key, isNode, chain: "", pools: [], sources });
      return;
    }
    const node = isNode ? "node_" : "";
    const pools = [this.#pool(FIRST_MARK, near)];
    if (!isLocal) {
      const chain = this.#chain(`${node}external_${near.length}${this.#suffix}`);
      this.frontends.push({ key, isNode, chain, pools, sources });
      return;
    }
    this.#chain(`${node}spread_${near.length}${this.#suffix}`);
    const chain = this.#chain(`${node}local_${local.length}_${near.length}${this.#suffix}`);
    if (local.length > 0) pools.push(this.#pool(FIRST_LOCAL_MARK, local));
    this.frontends.push({ key, isNode, chain, pools, sources });
  }

  meetThemselves(targets: readonly Target[]): void {
    for (const target of targets) {
      const ip = addressOf(target);
      if (!this.hairpins.includes(`${ip} . ${ip}`)) this.hairpins.push(`${ip} . ${ip}`);
    }
  }

  #chain(name: string): string {
    if (!this.chains.includes(name)) this.chains.push(name);
    return name;
  }

  #pool(first: number, targets: readonly Target[]): Pool {
    return this.#isSticky ? { first, targets, own: numbersOf(targets) } : { first, targets };
  }
}

/** The API server has judged the address: only the family is open. */
const isIPv4 = (address: string) => !address.includes(":");

function balancerIPs({ status }: Service): readonly string[] {
  const ips: string[] = [];
  for (const { ip, ipMode } of status.loadBalancer?.ingress ?? [])
    if (ip && isIPv4(ip) && ipMode !== "Proxy" && !ips.includes(ip)) ips.push(ip);
  return ips;
}

/** The ranges without those that others contain; undefined when everybody may come. */
function sourceRanges(texts: readonly string[]): readonly string[] | undefined {
  const ranges = texts
    .map((text) => parseCIDRSloppy(text.trim()))
    .filter((range): range is CIDR => range !== undefined && range.family === "IPv4");
  if (ranges.length === 0 || ranges.some((range) => range.bits === 0)) return undefined;
  return [...new Set(ranges.map(formatCIDR))].filter(
    (text) => !ranges.some((other) => formatCIDR(other) !== text && cidrContains(other, parseCIDRSloppy(text)!)),
  );
}
