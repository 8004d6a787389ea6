// Where packets may go: the endpoints of one port of a service, gathered from its slices. It refuses to choose among them:
// that is resources/discovery/endpoints.ts.
import type { ServicePort } from "../resources/core/service.ts";
import type { Endpoint, EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { Place } from "../resources/discovery/endpoints.ts";
import { isReady, reachable } from "../resources/discovery/endpoints.ts";

/** An address and port as nft writes them: `10.244.0.5 . 8080`. */
export type Target = string;

/** The endpoints of one port. Each is there once, sorted: neither the order of slices nor that of endpoints means anything. */
export interface Reach {
  /** For traffic that may go anywhere. */
  readonly near: readonly Target[];
  /** Those on this node. */
  readonly local: readonly Target[];
  /** How many pods on this node take new traffic. */
  readonly localReady: number;
}

export function reachOf(slices: readonly EndpointSlice[], port: ServicePort, place: Place): Reach {
  const { endpoints, targets } = gather(slices, port);
  const near = targets(reachable(endpoints, "Cluster", place));
  const here = reachable(endpoints, "Local", place);
  if (here.length === 0) return { near, local: NONE, localReady: 0 };
  const local = targets(here);
  return { near, local, localReady: here.some(isReady) ? local.length : 0 };
}

const NONE: readonly Target[] = [];

interface Gathered {
  readonly endpoints: readonly Endpoint[];
  readonly targets: (endpoints: readonly Endpoint[]) => readonly Target[];
}

/** All endpoints that have the port. Slices may give it different numbers, where pods do. */
function gather(slices: readonly EndpointSlice[], port: ServicePort): Gathered {
  const having = slices.filter((slice) => slice.addressType === "IPv4" && numberOf(slice, port) !== undefined);
  const number = having[0] && numberOf(having[0], port);
  if (having.length <= 1 || having.every((slice) => numberOf(slice, port) === number)) {
    const endpoints = having.length === 1 ? (having[0]!.endpoints ?? []) : having.flatMap((s) => s.endpoints ?? []);
    return {
      endpoints,
      targets: (chosen) => sorted(chosen.map((e) => e.addresses[0]!)).map((address) => `${address} . ${number}`),
    };
  }
  const numbers = new Map<Endpoint, number>();
  // Copies: equal endpoints of two slices may be one object.
  const endpoints = having.flatMap((slice) =>
    (slice.endpoints ?? []).map((endpoint) => {
      const own = { ...endpoint };
      numbers.set(own, numberOf(slice, port)!);
      return own;
    }),
  );
  return { endpoints, targets: (chosen) => sorted(chosen.map((e) => `${e.addresses[0]} . ${numbers.get(e)}`)) };
}

function numberOf({ ports }: EndpointSlice, { name = "", protocol = "TCP" }: ServicePort): number | undefined {
  for (const port of ports ?? [])
    if ((port.name ?? "") === name && (port.protocol ?? "TCP") === protocol) return port.port;
  return undefined;
}

/** Each once. Most services have few endpoints, and most are in order. */
function sorted(texts: string[]): string[] {
  let isSorted = true;
  for (let i = 1; i < texts.length && isSorted; i++) isSorted = texts[i - 1]! < texts[i]!;
  if (isSorted) return texts;
  texts.sort();
  return texts.filter((text, i) => i === 0 || text !== texts[i - 1]);
}

export const addressOf = (target: Target): string => target.slice(0, target.indexOf(" "));

/** A number of 16 bits for each target, from its address alone as long as no two want the same; the next free one then. */
export function numbersOf(targets: readonly Target[]): readonly number[] {
  const taken = new Set<number>();
  return targets.map((target) => {
    const [, , c = 0, d = 0] = addressOf(target).split(".").map(Number);
    let number = c * 256 + d;
    while (taken.has(number)) number = (number + 1) & 0xffff;
    taken.add(number);
    return number;
  });
}
