// EndpointSlice: some of the addresses behind a Service. Which of them serve is endpoints.ts.
import {
  boolean,
  int32,
  listAtomic,
  listSet,
  map,
  object,
  optional,
  pointer,
  required,
  string,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "../core/object-reference.ts";
import { formats } from "../../base/formats.ts";
import { isIPv4, isIPv6 } from "../../base/ip.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldDuplicate, fieldInvalid, fieldRequired, fieldTooMany } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { ObjectMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults, unroutable } from "../faults.ts";

export const EndpointConditions = object("k8s.io.api.discovery.v1.EndpointConditions", {
  ready: pointer(1, boolean(), "Takes new traffic; unset means yes."),
  serving: pointer(2, boolean(), "Works, even if it terminates; unset means as ready."),
  terminating: pointer(3, boolean(), "Is going away; unset means no."),
});
export interface EndpointConditions extends ValueIn<typeof EndpointConditions> {}

export const ForZone = object("k8s.io.api.discovery.v1.ForZone", {
  name: required(1, string(), "Name of the zone."),
});
export interface ForZone extends ValueIn<typeof ForZone> {}

export const ForNode = object("k8s.io.api.discovery.v1.ForNode", {
  name: required(1, string(), "Name of the node."),
});
export interface ForNode extends ValueIn<typeof ForNode> {}

export const EndpointHints = object("k8s.io.api.discovery.v1.EndpointHints", {
  forZones: optional(1, listAtomic(ForZone), "The zones that should use it."),
  forNodes: optional(2, listAtomic(ForNode), "The nodes that should use it."),
});
export interface EndpointHints extends ValueIn<typeof EndpointHints> {}

export const Endpoint = object("k8s.io.api.discovery.v1.Endpoint", {
  addresses: required(1, listSet(string(), { maxItems: 100 }), "Its addresses; consumers use the first.", {
    demanded: true,
    toldLast: true,
  }),
  conditions: optional(2, EndpointConditions, "How it is."),
  hostname: pointer(3, string(), "Its host name."),
  targetRef: pointer(4, ObjectReference, "The object behind it."),
  deprecatedTopology: optional(5, map(string()), "Topology as v1beta1 told it."),
  nodeName: pointer(6, string(), "The node that it is on."),
  zone: pointer(7, string(), "The zone that it is in."),
  hints: pointer(8, EndpointHints, "For whom it is meant."),
});
export interface Endpoint extends ValueIn<typeof Endpoint> {}

export const EndpointPort = object(
  "k8s.io.api.discovery.v1.EndpointPort",
  {
    name: pointer(1, string(), "The port's name in the service.", { default: "" }),
    protocol: pointer(2, string({ enum: ["SCTP", "TCP", "UDP"] }), "TCP, UDP or SCTP.", { default: "TCP" }),
    port: pointer(3, int32(), "The number; unset means all."),
    appProtocol: pointer(4, string(), "The protocol spoken above."),
  },
  { atomic: true },
);
export interface EndpointPort extends ValueIn<typeof EndpointPort> {}

const schema = object(
  "k8s.io.api.discovery.v1.EndpointSlice",
  {
    ...typeMeta,
    metadata,
    addressType: required(4, string({ enum: ["FQDN", "IPv4", "IPv6"] }), "What the addresses are.", {
      immutable: true,
      toldLast: true,
    }),
    endpoints: optional(2, listAtomic(Endpoint, { maxItems: 1000 }), "The endpoints, at most 1000.", { always: true }),
    ports: optional(3, listAtomic(EndpointPort), "Ports of each endpoint, at most 100.", { always: true }),
  },
  { doc: "A part of the addresses behind a service." },
);
export interface EndpointSlice extends ValueIn<typeof schema> {}

// Paths and limits
const ENDPOINTS = FieldPath.of("endpoints");
const MOST_PORTS = 20_000;
const MOST_HINTS = 8;

/** Unchanged endpoints pass: slices are written often, and their addresses were checked. */
const endpointsValid: Rule<EndpointSlice> = function* ({ addressType, endpoints = [] }, { old }) {
  if (old && equalJson(endpoints, old.endpoints ?? [])) return;
  for (const [i, endpoint] of endpoints.entries()) {
    const path = ENDPOINTS.index(i);
    yield* addressFaults(addressType, endpoint.addresses ?? [], path.child("addresses"));
    const { nodeName, hostname, hints } = endpoint;
    if (nodeName !== undefined) yield* formatFaults(path.child("nodeName"), nodeName, "dns1123Subdomain");
    if (hostname !== undefined) yield* formatFaults(path.child("hostname"), hostname, "dns1123Label");
    yield* hintFaults(hints?.forZones ?? [], path.child("hints", "forZones"));
    yield* hintFaults(hints?.forNodes ?? [], path.child("hints", "forNodes"));
  }
};

/** Addresses of the slice's type that traffic can be sent to. */
function* addressFaults(type: string, addresses: readonly string[], path: FieldPath): Generator<FieldError> {
  for (const [i, address] of addresses.entries()) {
    const at = path.index(i);
    if (type === "FQDN") yield* formatFaults(at, address, "fullyQualifiedDomainName");
    if (type !== "IPv4" && type !== "IPv6") continue;
    const faults = formats.ip(address);
    for (const fault of faults) yield fieldInvalid(at, address, fault);
    if (faults.length > 0) continue;
    // The wrong family is told of the whole list, not of the item.
    if (type === "IPv4" && !isIPv4(address)) yield fieldInvalid(path, address, "must be an IPv4 address");
    if (type === "IPv6" && !isIPv6(address)) yield fieldInvalid(path, address, "must be an IPv6 address");
    const unfit = unroutable(address);
    if (unfit !== undefined) yield fieldInvalid(at, address, unfit);
  }
}

/** A few places, each once. */
function* hintFaults(hints: readonly { readonly name: string }[], path: FieldPath): Generator<FieldError> {
  if (hints.length > MOST_HINTS) yield fieldTooMany(path, hints.length, MOST_HINTS);
  const seen = new Set<string>();
  for (const [i, { name }] of hints.entries()) {
    const at = path.index(i).child("name");
    if (seen.has(name)) yield fieldDuplicate(at, name);
    seen.add(name);
    yield* formatFaults(at, name, "dns1123Subdomain");
  }
}

/** Names tell ports apart; the empty one is a name, too. */
const portsValid: Rule<EndpointSlice> = function* ({ ports = [] }) {
  const path = FieldPath.of("ports");
  if (ports.length > MOST_PORTS) return yield fieldTooMany(path, ports.length, MOST_PORTS);
  const names = new Set<string>();
  for (const [i, { name = "", protocol, appProtocol }] of ports.entries()) {
    const at = path.index(i);
    if (name !== "") yield* formatFaults(at.child("name"), name, "dns1123Label");
    if (names.has(name)) yield fieldDuplicate(at.child("name"), name);
    names.add(name);
    if (protocol === undefined) yield fieldRequired(at.child("protocol"));
    if (appProtocol !== undefined) yield* formatFaults(at.child("appProtocol"), appProtocol, "qualifiedName");
  }
};

/** Metadata as far as it makes a slice another one. */
const outward = ({ generation: _, resourceVersion: __, managedFields: ___, ...metadata }: ObjectMeta) => metadata;

/** The generation rises with every change, of labels too. */
function prepare(object: EndpointSlice, old: EndpointSlice | undefined): EndpointSlice {
  const { metadata, ...rest } = object;
  if (!old) return { ...object, metadata: { ...metadata, generation: 1 } };
  const { metadata: before, ...oldRest } = old;
  const same = equalJson(rest, oldRest) && equalJson(outward(metadata), outward(before));
  const generation = (before.generation ?? 0) + (same ? 0 : 1);
  return { ...object, metadata: { ...metadata, generation } };
}

/** How many ports or addresses a column shows. */
const SHOWN = 3;

/** The first few, and how many there are beyond. */
function shortList(all: readonly string[]): string {
  if (all.length === 0) return "<unset>";
  const text = all.slice(0, SHOWN).join(",");
  return all.length > SHOWN ? `${text} + ${all.length - SHOWN} more...` : text;
}

export const EndpointSlice = resource<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
  schema,
  columns: [
    nameColumn,
    { name: "AddressType", type: "string", doc: "What the addresses are.", cell: ({ addressType }) => addressType },
    {
      name: "Ports",
      type: "string",
      doc: "The first few ports.",
      cell: ({ ports = [] }) =>
        shortList(ports.map(({ port, name }) => (port === undefined ? name || "*" : String(port)))),
    },
    {
      name: "Endpoints",
      type: "string",
      doc: "The first few addresses.",
      cell: ({ endpoints = [] }) => shortList(endpoints.flatMap(({ addresses }) => addresses)),
    },
    ageColumn,
  ],
  prepare,
  rules: [endpointsValid, portsValid],
});
