// The elements of the table's maps and sets that a frontend stands for. It refuses to keep them: at ten thousand services
// they are made when they are written, and forgotten.
import type { Target } from "./targets.ts";

/** Maps of the table; keys and values are nft expressions (`10.96.0.1 . tcp . 80`). */
export const MAPS = ["services", "endpoints", "draws", "node_ports", "node_endpoints", "node_draws"] as const;
export const SETS = ["no_endpoints", "no_node_endpoints", "hairpin", "guarded", "allowed"] as const;
export type MapName = (typeof MAPS)[number];
export type SetName = (typeof SETS)[number];

/** An address and port of a service, or a port of the node, and what becomes of packets to it. */
export interface Frontend {
  /** `10.96.0.1 . tcp . 80`, or `tcp . 30080` for a port of the node. */
  readonly key: string;
  readonly isNode: boolean;
  /** The chain that such packets go to, by name (see chains.ts); "": they are refused. */
  readonly chain: string;
  readonly pools: readonly Pool[];
  /** Where clients of a load balancer may come from; undefined: from everywhere. */
  readonly sources?: readonly string[] | undefined;
}

/**
 * Endpoints under consecutive numbers from `first` on. `own`: a client stays with its endpoint; it is remembered with a number of
 * the endpoint's own, to be added to `first`, which others that come and go do not change.
 */
export interface Pool {
  readonly first: number;
  readonly targets: readonly Target[];
  readonly own?: readonly number[];
}

/** Under these numbers the endpoints of a frontend are looked up: all of them, and those of this node alone. */
export const FIRST_MARK = 0x4b00_0000;
export const FIRST_LOCAL_MARK = 0x4b01_0000;

/**
 * Calls `visit` for each element that the frontend has in the map or set; `value` is "" in sets, and the name of a chain in
 * `services` and `node_ports`.
 */
export function visitElements(
  { key, isNode, chain, pools, sources }: Frontend,
  name: MapName | SetName,
  visit: (key: string, value: string) => void,
): void {
  switch (name) {
    case "services":
    case "node_ports":
      if (chain !== "" && isNode === (name === "node_ports")) visit(key, chain);
      break;
    case "endpoints":
    case "node_endpoints":
      if (isNode === (name === "node_endpoints")) for (const pool of pools) visitEndpoints(key, pool, visit);
      break;
    case "draws":
    case "node_draws":
      if (isNode === (name === "node_draws")) for (const pool of pools) visitDraws(key, pool, visit);
      break;
    case "no_endpoints":
    case "no_node_endpoints":
      if (chain === "" && isNode === (name === "no_node_endpoints")) visit(key, "");
      break;
    case "guarded":
      if (sources) visit(key, "");
      break;
    case "allowed":
      for (const range of sources ?? []) visit(`${key} . ${range}`, "");
      break;
    case "hairpin":
      break;
  }
}

function visitEndpoints(key: string, { first, targets, own }: Pool, visit: (key: string, value: string) => void): void {
  for (let i = 0; i < targets.length; i++) visit(`${key} . ${hex(first + (own ? own[i]! : i))}`, targets[i]!);
}

function visitDraws(key: string, { first, targets, own }: Pool, visit: (key: string, value: string) => void): void {
  if (own) for (let i = 0; i < targets.length; i++) visit(`${key} . ${hex(first + i)}`, hex(first + own[i]!));
}

const hex = (mark: number) => `0x${mark.toString(16)}`;
