// How fast pods may be driven off the nodes of a zone: slowly, slower when much of it fails, not at all when everything
// does (then it is more likely our own connection that failed). It refuses to know which pods.
import type { Node } from "../../resources/core/node.ts";
import { readyStatus } from "../../resources/core/node/readiness.ts";

export interface EvictionRates {
  /** Nodes a second that may be tainted in a zone. */
  readonly normal: number;
  /** The same in a large zone of which much has failed. */
  readonly secondary: number;
  /** From so many nodes on a zone counts as large. */
  readonly largeZone: number;
  /** The part of a zone that must have failed for "much". */
  readonly unhealthyPart: number;
}

const LABELS = { region: "topology.kubernetes.io/region", zone: "topology.kubernetes.io/zone" } as const;

export const zoneOf = (node: Node): string =>
  `${node.metadata.labels?.[LABELS.region] ?? ""}:${node.metadata.labels?.[LABELS.zone] ?? ""}`;

type ZoneState = "Normal" | "Partial" | "Full";

function stateOf(nodes: readonly Node[], { unhealthyPart }: EvictionRates): ZoneState {
  const failed = nodes.filter((node) => readyStatus(node) !== "True").length;
  if (failed > 0 && failed === nodes.length) return "Full";
  return failed > 2 && failed / nodes.length >= unhealthyPart ? "Partial" : "Normal";
}

/** Gives out one taint at a time, by zone. */
export class EvictionLimiter {
  readonly #rates: EvictionRates;
  readonly #nextAt = new Map<string, number>();

  constructor(rates: EvictionRates) {
    this.#rates = rates;
  }

  /**
   * Whether `node` may be tainted now, beside `all` nodes: 0, or in how many milliseconds to ask again. `now` in
   * milliseconds.
   */
  waitMs(node: Node, all: readonly Node[], now: number): number {
    const zones = Map.groupBy(all, zoneOf);
    const states = new Map([...zones].map(([zone, nodes]) => [zone, stateOf(nodes, this.#rates)]));
    if ([...states.values()].every((state) => state === "Full")) return 5000;
    const zone = zoneOf(node);
    const rate = this.#rateOf(states.get(zone) ?? "Normal", zones.get(zone)?.length ?? 0);
    if (rate <= 0) return 5000;
    const at = this.#nextAt.get(zone) ?? 0;
    if (at > now) return at - now;
    this.#nextAt.set(zone, now + 1000 / rate);
    return 0;
  }

  #rateOf(state: ZoneState, size: number): number {
    const { normal, secondary, largeZone } = this.#rates;
    return state === "Partial" ? (size > largeZone ? secondary : 0) : normal;
  }
}
