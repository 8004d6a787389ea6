// Cluster IPs and node ports of Services. It refuses what is taken or out of range, with upstream's words, and keeps the lower
// part of each range for those who ask by number (KEP-3070, KEP-3668).
import { cidrContains, cidrSize, formatCIDR, nthAddress, parseCIDR } from "../../base/cidr.ts";
import type { CIDR } from "../../base/cidr.ts";
import { canonicalIP, formatIP, parseIP } from "../../base/ip.ts";
import type { Random } from "../../base/random.ts";
import { Service } from "../../resources/core/service.ts";
import type { ServiceSpec } from "../../resources/core/service.ts";
import { isGivenAddress } from "../../resources/networking/given-address.ts";
import { IPAddress } from "../../resources/networking/ip-address.ts";
import { ServiceCIDR } from "../../resources/networking/service-cidr.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { internalError, invalid } from "../../schema/meta/status.ts";
import type { Lookup } from "../admission/plugin.ts";
import type { Allocator } from "./allocator.ts";
import { InUse } from "./allocator.ts";

/** Random tries before the range is searched in order. */
const TRIES = 64;

export interface ServiceAllocatorOptions {
  readonly lookup: Lookup;
  readonly random: Random;
  /** The ranges of cluster IPs, one a family, e.g. `10.96.0.0/16`. */
  readonly serviceCidrs: readonly string[];
  readonly nodePorts: { readonly first: number; readonly last: number };
}

type Part = { readonly spec: ServiceSpec; readonly errors: readonly FieldError[] };

export function serviceAllocator(options: ServiceAllocatorOptions): Allocator {
  const { lookup, random, nodePorts } = options;
  const ranges = rangesOf(lookup, options.serviceCidrs);
  const given = derived(lookup, Service, (s) => s.spec?.clusterIPs ?? []);
  /** By hand, for something that is no Service. */
  const isHeld = (ip: string) => {
    const found = lookup.get(IPAddress, "", ip);
    return found !== undefined && !isGivenAddress(found);
  };
  const revision = () => lookup.revision(Service);
  const addresses = new InUse({ has: (ip) => given().has(ip) || isHeld(ip), revision });
  const usedPorts = derived(lookup, Service, portsOf);
  const ports = new InUse({ has: (port) => usedPorts().has(port), revision });

  function allocate(service: Service, old: Service | undefined) {
    const taken: { ip: string[]; port: string[] } = { ip: [], port: [] };
    const settle = (at: number | undefined) => {
      addresses.settle(taken.ip, at);
      ports.settle(taken.port, at);
    };
    try {
      const withIps = giveAddresses(service.spec ?? {}, old?.spec, taken.ip);
      const withPorts = givePorts(withIps.spec, old?.spec, taken.port);
      const errors = [...withIps.errors, ...withPorts.errors];
      if (errors.length > 0) throw invalid(Service, service.metadata.name ?? "", errors);
      return { object: { ...service, spec: withPorts.spec }, settle };
    } catch (error) {
      settle(undefined);
      throw error;
    }
  }

  function giveAddresses(spec: ServiceSpec, old: ServiceSpec | undefined, taken: string[]): Part {
    if (spec.type === "ExternalName" || spec.clusterIP === "None" || spec.clusterIPs?.[0] === "None")
      return { spec, errors: [] };
    const asked = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP ? [spec.clusterIP] : [];
    const families = spec.ipFamilies?.length ? spec.ipFamilies : ["IPv4"];
    const errors: FieldError[] = [];
    const given: string[] = [];
    for (const [i, family] of families.entries()) {
      const possible = ranges().filter((r) => r.family === family);
      const wish = asked[i];
      const kept = wish && old?.clusterIPs?.includes(wish);
      if (possible.length === 0 && !kept) continue;
      const ip = kept ? wish : wish ? claimAddress(wish, possible, asked, errors) : freeAddress(possible);
      if (!ip) continue;
      given.push(ip);
      if (kept) continue;
      addresses.reserve(ip);
      taken.push(ip);
    }
    return { spec: { ...spec, clusterIP: given[0] ?? "", clusterIPs: given }, errors };
  }

  function claimAddress(
    wish: string,
    possible: readonly CIDR[],
    all: readonly string[],
    errors: FieldError[],
  ): string | undefined {
    const ip = parseIP(wish);
    const fail = (why: string) =>
      errors.push(fieldInvalid(FieldPath.of("spec", "clusterIPs"), all, `failed to allocate IP ${wish}: ${why}`));
    if (!ip || !possible.some((range) => cidrContains(range, ip))) {
      const [range] = possible;
      fail(`the provided IP (${wish}) is not in the valid range. The range of valid IPs is ${formatCIDR(range!)}`);
      return undefined;
    }
    const text = formatIP(ip);
    if (addresses.has(text)) {
      fail("provided IP is already allocated");
      return undefined;
    }
    return text;
  }

  /** Of the first range that has one left. */
  function freeAddress(possible: readonly CIDR[]): string {
    for (const range of possible) {
      const ip = freeIn(range);
      if (ip !== undefined) return ip;
    }
    throw internalError(`failed to allocate a serviceIP: range is full`);
  }

  /** A random address of the upper band, else the first free one, upper band first. Network and broadcast stay out. */
  function freeIn(range: CIDR): string | undefined {
    const size = Number(cidrSize(range) > 65536n ? 65536n : cidrSize(range));
    const reserved = Math.min(Math.max(16, Math.floor(size / 16)), 256, Math.floor(size / 2));
    const at = (n: number) => formatIP(nthAddress(range, n)!);
    for (let i = 0; i < TRIES; i++) {
      const ip = at(reserved + random.below(size - reserved - 1));
      if (!addresses.has(ip)) return ip;
    }
    for (const [from, to] of [
      [reserved, size - 1],
      [1, reserved],
    ] as const) {
      for (let n = from; n < to; n++) if (!addresses.has(at(n))) return at(n);
    }
    return undefined;
  }

  function givePorts(spec: ServiceSpec, old: ServiceSpec | undefined, taken: string[]): Part {
    const wants =
      spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
    const errors: FieldError[] = [];
    const had = new Set(portsOf({ spec: old } as Service));
    const mine = new Set<string>();
    const take = (port: number, protocol: string): boolean => {
      const value = `${port}/${protocol}`;
      if (mine.has(value) || (!had.has(value) && ports.has(value))) return false;
      mine.add(value);
      if (!had.has(value)) {
        ports.reserve(value);
        taken.push(value);
      }
      return true;
    };
    const listed = (spec.ports ?? []).map((port, i) => {
      const protocol = port.protocol ?? "TCP";
      if (port.nodePort) {
        const path = FieldPath.of("spec", "ports").index(i).child("nodePort");
        const problem = portProblem(port.nodePort);
        if (problem) errors.push(fieldInvalid(path, port.nodePort, problem));
        else if (!take(port.nodePort, protocol))
          errors.push(fieldInvalid(path, port.nodePort, "provided port is already allocated"));
        return port;
      }
      if (!wants) return port;
      // One number for the TCP and the UDP half of the same port, as users expect.
      const sibling = (spec.ports ?? []).slice(0, i).find((p) => p.port === port.port && p.nodePort);
      if (sibling?.nodePort && take(sibling.nodePort, protocol)) return { ...port, nodePort: sibling.nodePort };
      return { ...port, nodePort: freePort((p) => take(p, protocol)) };
    });
    const health = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local" && !spec.healthCheckNodePort;
    const healthCheckNodePort = health ? { healthCheckNodePort: freePort((p) => take(p, "TCP")) } : {};
    return { spec: { ...spec, ...(spec.ports && { ports: listed }), ...healthCheckNodePort }, errors };
  }

  function portProblem(port: number): string | undefined {
    if (port >= nodePorts.first && port <= nodePorts.last) return undefined;
    return `provided port is not in the valid range. The range of valid ports is ${nodePorts.first}-${nodePorts.last}`;
  }

  function freePort(take: (port: number) => boolean): number {
    const size = nodePorts.last - nodePorts.first + 1;
    const reserved = size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
    for (let i = 0; i < TRIES; i++) {
      const port = nodePorts.first + reserved + random.below(size - reserved);
      if (take(port)) return port;
    }
    for (let n = 0; n < size; n++) {
      const port = nodePorts.first + ((reserved + n) % size);
      if (take(port)) return port;
    }
    throw internalError("failed to allocate a nodePort: range is full");
  }

  return {
    group: "",
    plural: "services",
    allocate: (object, old) => allocate(object as Service, old as Service | undefined),
  };
}

/**
 * Where addresses come from: the ranges the server was started with, then those of ServiceCIDRs that are ready and stay.
 * Worked out again when ServiceCIDRs have changed.
 */
function rangesOf(lookup: Lookup, own: readonly string[]): () => readonly CIDR[] {
  const first = own.map((text) => {
    const cidr = parseCIDR(text);
    if (!cidr) throw new Error(`${text} is no range of addresses`);
    return cidr;
  });
  const more = derived(lookup, ServiceCIDR, ({ metadata, spec, status }) => {
    const ready = status.conditions?.some((c) => c.type === "Ready" && c.status === "True");
    return ready && !metadata.deletionTimestamp ? (spec.cidrs ?? []).filter((text) => !own.includes(text)) : [];
  });
  let from: ReadonlySet<string> | undefined;
  let all: readonly CIDR[] = first;
  return () => {
    const texts = more();
    if (texts !== from) [from, all] = [texts, [...first, ...[...texts].flatMap((text) => parseCIDR(text) ?? [])]];
    return all;
  };
}

/** The values that stored objects use; computed again when objects of this kind have changed. */
function derived<T extends KubeObject>(
  lookup: Lookup,
  kind: Resource<T>,
  values: (object: T) => readonly string[],
): () => ReadonlySet<string> {
  let at = -1;
  let set: ReadonlySet<string> = new Set();
  return () => {
    const revision = lookup.revision(kind as unknown as Resource);
    if (revision !== at) {
      at = revision;
      set = new Set(lookup.list(kind).flatMap((object) => values(object).map((v) => canonicalIP(v) ?? v)));
    }
    return set;
  };
}

/** `port/protocol` of each node port, the health check's included. */
function portsOf(service: Service): readonly string[] {
  const ports = (service.spec?.ports ?? [])
    .filter((p) => p.nodePort)
    .map((p) => `${p.nodePort}/${p.protocol ?? "TCP"}`);
  const health = service.spec?.healthCheckNodePort;
  return health ? [...ports, `${health}/TCP`] : ports;
}
