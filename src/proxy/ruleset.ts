// The rules of a node's proxy as data: a pure function of Services and EndpointSlices. It refuses to write text (text.ts) and to
// choose packets' ways itself: the kernel does, by looking up maps (one element more for one endpoint more).
import { isIPv4 } from "../base/ip.ts";
import type { Service, ServicePort } from "../resources/core/service.ts";
import type { Endpoint, EndpointSlice } from "../resources/discovery/endpoint-slice.ts";

/** What the kernel's tables hold. Keys and values are nft expressions (`10.96.0.1 . tcp . 80`). */
export interface Ruleset {
  /** The chains that verdicts go to, by name; see text.ts for what each does. */
  readonly chains: ReadonlySet<string>;
  readonly maps: Readonly<Record<MapName, ReadonlyMap<string, string>>>;
  readonly sets: Readonly<Record<SetName, ReadonlySet<string>>>;
}

export const MAPS = ["services", "endpoints", "node_ports", "node_endpoints"] as const;
export const SETS = ["no_endpoints", "no_node_endpoints", "hairpin"] as const;
export type MapName = (typeof MAPS)[number];
export type SetName = (typeof SETS)[number];

export interface ProxyFacts {
  readonly services: Iterable<Service>;
  readonly slices: (service: Service) => readonly EndpointSlice[];
  readonly nodeName: string;
  /** The node's `topology.kubernetes.io/zone`, if it has one. */
  readonly zone?: string | undefined;
}

interface Target {
  readonly ip: string;
  readonly port: number;
}

/** Where a kind of traffic has its entries. */
interface How {
  readonly verdicts: MapName;
  readonly endpoints: MapName;
  readonly none: SetName;
  readonly chain: string;
  /** Seconds that a client stays with its endpoint. */
  readonly affinity: number | undefined;
}

/**
 * The mark under which the endpoint number i of a service is looked up. The mark stays on the first packet of a connection,
 * so the numbers begin where no routing rule of a host looks.
 */
export const FIRST_MARK = 0x4b00_0000;

/** One thing that a service adds: an entry of a map (with a value), of a set, or a chain. */
type Entry =
  | { readonly map: MapName; readonly key: string; readonly value: string }
  | { readonly set: SetName; readonly key: string }
  | { readonly chain: string };

class Builder {
  readonly entries: Entry[] = [];

  /** A verdict for `key` and its targets under `map`, or an entry among those that have none. */
  spread(key: string, targets: readonly Target[], how: How): void {
    if (targets.length === 0) {
      this.entries.push({ set: how.none, key });
      return;
    }
    const base = `${how.chain}_${targets.length}`;
    const chain = how.affinity === undefined ? base : `affine_${base}_${how.affinity}`;
    this.entries.push({ chain }, { map: how.verdicts, key, value: `goto ${chain}` });
    for (const [i, { ip, port }] of targets.entries()) {
      const numbered = `${key} . 0x${(FIRST_MARK + i).toString(16)}`;
      this.entries.push({ map: how.endpoints, key: numbered, value: `${ip} . ${port}` });
    }
  }
}

/** What one service gave, and the slices from which it did. */
interface Part {
  readonly slices: readonly EndpointSlice[];
  readonly entries: readonly Entry[];
}

/**
 * Compiles again and again for one node, remembering what each service gives as long as it and its slices are the same
 * objects: one change among ten thousand services costs a walk over them, not their making.
 */
export class Compiler {
  readonly #parts = new WeakMap<Service, Part>();
  readonly #node: Pick<ProxyFacts, "nodeName" | "zone">;

  constructor(node: Pick<ProxyFacts, "nodeName" | "zone">) {
    this.#node = node;
  }

  compile({ services, slices }: Pick<ProxyFacts, "services" | "slices">): Ruleset {
    const chains = new Set<string>();
    const maps = Object.fromEntries(MAPS.map((name) => [name, new Map<string, string>()])) as Record<
      MapName,
      Map<string, string>
    >;
    const sets = Object.fromEntries(SETS.map((name) => [name, new Set<string>()])) as Record<SetName, Set<string>>;
    for (const service of services) {
      for (const entry of this.#entriesOf(service, slices(service))) {
        if ("map" in entry) maps[entry.map].set(entry.key, entry.value);
        else if ("set" in entry) sets[entry.set].add(entry.key);
        else chains.add(entry.chain);
      }
    }
    return { chains, maps, sets };
  }

  #entriesOf(service: Service, slices: readonly EndpointSlice[]): readonly Entry[] {
    const known = this.#parts.get(service);
    if (known?.slices.length === slices.length && known.slices.every((slice, i) => slice === slices[i]))
      return known.entries;
    const builder = new Builder();
    addService(builder, service, { ...this.#node, services: [], slices: () => slices });
    this.#parts.set(service, { slices: [...slices], entries: builder.entries });
    return builder.entries;
  }
}

export const compile = (facts: ProxyFacts): Ruleset => new Compiler(facts).compile(facts);

function addService(builder: Builder, service: Service, facts: ProxyFacts): void {
  const { spec } = service;
  if (spec.type === "ExternalName" || !spec.clusterIP || spec.clusterIP === "None") return;
  const slices = facts.slices(service).filter((slice) => slice.addressType === "IPv4");
  const addresses = [
    ...(spec.clusterIPs ?? [spec.clusterIP]),
    ...(spec.externalIPs ?? []),
    ...balancerIPs(service),
  ].filter(isIPv4);
  const affinity =
    spec.sessionAffinity === "ClientIP" ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined;
  for (const port of spec.ports ?? []) {
    const all = targetsOf(slices, port, facts);
    const inside = spec.internalTrafficPolicy === "Local" ? all.local : all.near;
    const protocol = (port.protocol ?? "TCP").toLowerCase();
    const how = {
      verdicts: "services",
      endpoints: "endpoints",
      none: "no_endpoints",
      chain: "spread",
      affinity,
    } as const;
    for (const ip of addresses) builder.spread(`${ip} . ${protocol} . ${port.port}`, inside, how);
    if (port.nodePort) {
      const local = spec.externalTrafficPolicy === "Local";
      // With Local the client's address is kept: only this node's own pods get the packet, so replies come back this way.
      const chain = local ? "node_local" : "node";
      const nodeHow = {
        verdicts: "node_ports",
        endpoints: "node_endpoints",
        none: "no_node_endpoints",
        chain,
        affinity,
      } as const;
      builder.spread(`${protocol} . ${port.nodePort}`, local ? all.local : all.near, nodeHow);
    }
    for (const { ip } of all.local) builder.entries.push({ set: "hairpin", key: `${ip} . ${ip}` });
  }
}

const balancerIPs = (service: Service): string[] =>
  (service.status.loadBalancer?.ingress ?? []).flatMap((i) => (i.ip && i.ipMode !== "Proxy" ? [i.ip] : []));

/** The endpoints of one port: all (those of this zone alone where hints say so), and those on this node. Sorted, so that order means nothing. */
function targetsOf(
  slices: readonly EndpointSlice[],
  port: ServicePort,
  facts: ProxyFacts,
): { near: Target[]; local: Target[] } {
  const candidates = slices.flatMap((slice) => {
    const number = (slice.ports ?? []).find(
      (p) => (p.name ?? "") === (port.name ?? "") && (p.protocol ?? "TCP") === (port.protocol ?? "TCP"),
    )?.port;
    return number === undefined
      ? []
      : (slice.endpoints ?? []).map((endpoint) => ({ endpoint, target: { ip: endpoint.addresses[0]!, port: number } }));
  });
  const serving = chooseServing(candidates, (c) => c.endpoint);
  const local = chooseServing(
    candidates.filter((c) => c.endpoint.nodeName === facts.nodeName),
    (c) => c.endpoint,
  );
  return { near: sorted(hinted(serving, facts).map((c) => c.target)), local: sorted(local.map((c) => c.target)) };
}

/** Ready ones; when there are none, those that still serve while they terminate (KEP-1669). */
function chooseServing<T>(list: readonly T[], endpoint: (item: T) => Endpoint): readonly T[] {
  const ready = list.filter((item) => endpoint(item).conditions?.ready ?? true);
  if (ready.length > 0) return ready;
  return list.filter((item) => endpoint(item).conditions?.serving && endpoint(item).conditions?.terminating);
}

/** Those meant for this node or zone, provided that every endpoint has a hint of that kind and some are meant for us (KEP-2433). */
function hinted<T extends { readonly endpoint: Endpoint }>(
  list: readonly T[],
  { nodeName, zone }: ProxyFacts,
): readonly T[] {
  if (list.length > 0 && list.every((c) => c.endpoint.hints?.forNodes?.length)) {
    const mine = list.filter((c) => c.endpoint.hints!.forNodes!.some((n) => n.name === nodeName));
    if (mine.length > 0) return mine;
  }
  if (zone && list.length > 0 && list.every((c) => c.endpoint.hints?.forZones?.length)) {
    const mine = list.filter((c) => c.endpoint.hints!.forZones!.some((z) => z.name === zone));
    if (mine.length > 0) return mine;
  }
  return list;
}

function sorted(targets: readonly Target[]): Target[] {
  const byKey = new Map(targets.map((t) => [`${t.ip}:${t.port}`, t]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target);
}
