// Which endpoints of a Service take traffic, and what their conditions follow from. Pure: what the proxy, DNS and the
// EndpointSlice controller must agree on. It refuses to gather endpoints from slices of several ports.
import type { Endpoint, EndpointConditions } from "./endpoint-slice.ts";

/** Takes new traffic. Nothing said means yes. */
export const isReady = ({ conditions }: Pick<Endpoint, "conditions">): boolean => conditions?.ready !== false;

/** Works, even if it is going away. Nothing said means as ready. */
export const isServing = ({ conditions }: Pick<Endpoint, "conditions">): boolean =>
  conditions?.serving ?? conditions?.ready ?? true;

export const isTerminating = ({ conditions }: Pick<Endpoint, "conditions">): boolean =>
  conditions?.terminating === true;

/** What is known of the pod behind an endpoint. */
export interface PodFacts {
  readonly ready: boolean;
  readonly terminating: boolean;
}

/** The conditions of a pod's endpoint. A service that publishes unready addresses calls them ready, not serving. */
export function conditionsOf({ ready, terminating }: PodFacts, publishNotReadyAddresses: boolean): EndpointConditions {
  return { ready: publishNotReadyAddresses || (ready && !terminating), serving: ready, terminating };
}

/** The ready ones; where none is, those that still serve while they terminate. */
export function usable<E extends Pick<Endpoint, "conditions">>(endpoints: readonly E[]): readonly E[] {
  const ready = endpoints.filter(isReady);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => isServing(endpoint) && isTerminating(endpoint));
}

/** Where traffic starts. */
export interface Place {
  readonly nodeName: string;
  /** "" where the node has no zone. */
  readonly zone: string;
}

/** The endpoints that traffic starting at `place` goes to, under an internal or external traffic policy. */
export function reachable(
  endpoints: readonly Endpoint[],
  policy: "Cluster" | "Local",
  place: Place,
): readonly Endpoint[] {
  if (policy === "Local") return usable(endpoints.filter(({ nodeName }) => nodeName === place.nodeName));
  return usable(hinted(endpoints, place));
}

/**
 * Hints count only when every ready endpoint has one and one is for this place; hints for nodes go before zones.
 * Otherwise all endpoints stay.
 */
function hinted(endpoints: readonly Endpoint[], { nodeName, zone }: Place): readonly Endpoint[] {
  const ready = endpoints.filter(isReady);
  if (ready.length === 0) return endpoints;
  for (const [field, name] of [
    ["forNodes", nodeName],
    ["forZones", zone],
  ] as const) {
    if (name === "" || !ready.every(({ hints }) => hints?.[field]?.length)) continue;
    const meant = ready.filter(({ hints }) => hints![field]!.some((hint) => hint.name === name));
    if (meant.length > 0) return meant;
  }
  return endpoints;
}
