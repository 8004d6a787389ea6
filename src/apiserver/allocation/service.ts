// Cluster IPs and node ports of Services. It refuses what is taken or out of range, with upstream's words, and keeps the lower
// part of each range for those who ask by number (KEP-3070, KEP-3668).
import { cidrContains, cidrSize, formatCIDR, nthAddress, parseCIDR } from "../../base/cidr.ts";
import type { CIDR } from "../../base/cidr.ts";
import { canonicalIP, formatIP, parseIP } from "../../base/ip.ts";
import type { Random } from "../../base/random.ts";
import { Service } from "../../resources/core/service.ts";
import type { ServiceSpec } from "../../resources/core/service.ts";
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
  readonly now: () => number;
  /** The ranges of cluster IPs, one a family, e.g. `10.96.0.0/16`. */
  readonly serviceCidrs: readonly string[];
  readonly nodePorts: { readonly first: number; readonly last: number };
}

type Part = { readonly spec: ServiceSpec; readonly errors: readonly FieldError[] };

export function serviceAllocator(options: ServiceAllocatorOptions): Allocator {
  const { lookup, random, now, nodePorts } = options;
  const ranges = options.serviceCidrs.map((text) => {
    const cidr = parseCIDR(text);
    if (!cidr) throw new Error(`${text} is no range of addresses`);
    return cidr;
  });
  const addresses = new InUse(
    derived(lookup, (s) => s.spec?.clusterIPs ?? []),
    now,
  );
  const ports = new InUse(derived(lookup, portsOf), now);

  function allocate(service: Service, old: Service | undefined) {
    const taken: { ip: string[]; port: string[] } = { ip: [], port: [] };
    const undo = (stored: boolean) => {
      addresses.settle(taken.ip, stored);
      ports.settle(taken.port, stored);
    };
    try {
      const withIps = giveAddresses(service.spec ?? {}, old?.spec, taken.ip);
      const withPorts = givePorts(withIps.spec, old?.spec, taken.port);
      const errors = [...withIps.errors, ...withPorts.errors];
      if (errors.length > 0) throw invalid(Service, service.metadata.name ?? "", errors);
      return { object: { ...service, spec: withPorts.spec }, settle: undo };
    } catch (error) {
      undo(false);
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
      const range = ranges.find((r) => r.family === family);
      const wish = asked[i];
      const kept = wish && old?.clusterIPs?.includes(wish);
      if (!range && !kept) continue;
      const ip = kept ? wish : wish ? claimAddress(wish, range!, asked, errors) : freeAddress(range!);
      if (!ip) continue;
      given.push(ip);
      if (kept) continue;
      addresses.reserve(ip);
      taken.push(ip);
    }
    return { spec: { ...spec, clusterIP: given[0] ?? "", clusterIPs: given }, errors };
  }

  function claimAddress(wish: string, range: CIDR, all: readonly string[], errors: FieldError[]): string | undefined {
    const ip = parseIP(wish);
    const fail = (why: string) =>
      errors.push(fieldInvalid(FieldPath.of("spec", "clusterIPs"), all, `failed to allocate IP ${wish}: ${why}`));
    if (!ip || !cidrContains(range, ip)) {
      fail(`the provided IP (${wish}) is not in the valid range. The range of valid IPs is ${formatCIDR(range)}`);
      return undefined;
    }
    const text = formatIP(ip);
    if (addresses.has(text)) {
      fail("provided IP is already allocated");
      return undefined;
    }
    return text;
  }

  /** A random address of the upper band, else the first free one, upper band first. Network and broadcast stay out. */
  function freeAddress(range: CIDR): string {
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
    throw internalError(`failed to allocate a serviceIP: range is full`);
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

/** The values that stored services use; computed again when services have changed. */
function derived(lookup: Lookup, values: (service: Service) => readonly string[]): () => ReadonlySet<string> {
  let at = -1;
  let set: ReadonlySet<string> = new Set();
  return () => {
    const revision = lookup.revision(Service);
    if (revision !== at) {
      at = revision;
      set = new Set(lookup.list(Service).flatMap((s) => values(s).map((v) => canonicalIP(v) ?? v)));
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
