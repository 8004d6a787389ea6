// Spreads endpoints over slices with as few changes as possible. Pure: the slices there are and the endpoints wanted in, what
// to create, update and delete out. It refuses to know services and pods.
import type { Endpoint, EndpointPort, EndpointSlice } from "../../resources/discovery/endpoint-slice.ts";
import { equalJson } from "../../schema/equality.ts";

/** Endpoints in a slice that this controller fills. */
export const MAX_ENDPOINTS = 100;

/** Endpoints that share their ports. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** What a slice is to hold. */
export interface Content {
  readonly ports?: readonly EndpointPort[];
  readonly endpoints?: readonly Endpoint[];
}

export interface SliceChanges {
  readonly create: Content[];
  readonly update: Map<EndpointSlice, Content>;
  readonly remove: EndpointSlice[];
}

/** Whose endpoint it is: the pod, or the address where there is none. */
const identity = ({ targetRef, addresses }: Endpoint): string => targetRef?.uid ?? addresses.join(",");

const portsKey = (ports: readonly EndpointPort[] | undefined): string =>
  JSON.stringify(
    (ports ?? [])
      .map(({ name = "", protocol = "TCP", port = 0, appProtocol = "" }) => [name, protocol, port, appProtocol])
      .sort((a, b) => (String(a) < String(b) ? -1 : 1)),
  );

/** `existing` are the slices of one service, owner and address type. Without any endpoints one empty slice stays. */
export function spread(
  existing: readonly EndpointSlice[],
  groups: readonly PortGroup[],
  max = MAX_ENDPOINTS,
): SliceChanges {
  const changes: SliceChanges = { create: [], update: new Map(), remove: [] };
  const byPorts = Map.groupBy(existing, ({ ports }) => portsKey(ports));
  const wanted = new Map(
    groups.filter(({ endpoints }) => endpoints.length > 0).map((group) => [portsKey(group.ports), group]),
  );
  for (const [key, slices] of byPorts) if (!wanted.has(key)) changes.remove.push(...slices);
  for (const [key, group] of wanted) spreadGroup(byPorts.get(key) ?? [], group, changes, max);
  if (changes.create.length === 0 && changes.remove.length === existing.length) keepOneEmpty(changes);
  // A slice that would go is filled anew instead of one being made: one write less, and its name stays.
  while (changes.create.length > 0 && changes.remove.length > 0)
    changes.update.set(changes.remove.pop()!, changes.create.pop()!);
  return changes;
}

function keepOneEmpty(changes: SliceChanges): void {
  const empty = changes.remove.findIndex(
    ({ endpoints = [], ports = [] }) => endpoints.length === 0 && ports.length === 0,
  );
  if (empty >= 0) changes.remove.splice(empty, 1);
  else changes.create.push({});
}

/**
 * One group over its slices: what stays is updated in place, what is new goes first into slices that change anyway, then
 * into the fullest slice that has room for all of the rest, at last into new ones.
 */
function spreadGroup(
  slices: readonly EndpointSlice[],
  { ports, endpoints }: PortGroup,
  changes: SliceChanges,
  max: number,
): void {
  const left = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const kept = new Map<EndpointSlice, Endpoint[]>();
  const dirty = new Set<EndpointSlice>();
  for (const slice of slices) {
    const stays: Endpoint[] = [];
    for (const old of slice.endpoints ?? []) {
      const next = left.get(identity(old));
      left.delete(identity(old));
      if (next) stays.push(next);
      if (!next || !equalJson(next, old)) dirty.add(slice);
    }
    kept.set(slice, stays);
  }
  const rest = [...left.values()];
  const room = (slice: EndpointSlice) => max - kept.get(slice)!.length;
  const fill = (slice: EndpointSlice) => {
    kept.get(slice)!.push(...rest.splice(0, room(slice)));
    dirty.add(slice);
  };
  const byFullness = (a: EndpointSlice, b: EndpointSlice) => kept.get(b)!.length - kept.get(a)!.length;
  for (const slice of slices.filter((s) => dirty.has(s) && kept.get(s)!.length > 0).sort(byFullness))
    if (rest.length > 0) fill(slice);
  if (rest.length > 0 && rest.length < max) {
    const fitting = slices
      .filter((slice) => room(slice) >= rest.length && kept.get(slice)!.length > 0)
      .sort(byFullness)[0];
    if (fitting) fill(fitting);
  }
  while (rest.length > 0) changes.create.push({ ports, endpoints: rest.splice(0, max) });
  for (const slice of slices) {
    const stays = kept.get(slice)!;
    if (stays.length === 0) changes.remove.push(slice);
    else if (dirty.has(slice)) changes.update.set(slice, { ports, endpoints: stays });
  }
}
