// Endpoints: the addresses behind a Service, all in one object. EndpointSlice has taken its place.
import { int32, listAtomic, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { ObjectReference } from "./object-reference.ts";
import { formats, portNumberErrors } from "../../base/formats.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults, unroutable } from "../faults.ts";

export const EndpointAddress = object(
  "k8s.io.api.core.v1.EndpointAddress",
  {
    ip: required(1, string(), "The address.", { judgedByRule: true }),
    hostname: optional(3, string(), "Its host name."),
    nodeName: pointer(4, string(), "The node that it is on."),
    targetRef: pointer(2, ObjectReference, "The object behind it."),
  },
  { atomic: true },
);
export interface EndpointAddress extends ValueIn<typeof EndpointAddress> {}

export const EndpointPort = object(
  "k8s.io.api.core.v1.EndpointPort",
  {
    name: optional(1, string(), "The port's name in the service."),
    port: required(2, int32(), "The number."),
    protocol: optional(3, string({ enum: ["SCTP", "TCP", "UDP"] }), "TCP, UDP or SCTP.", { default: "TCP" }),
    appProtocol: pointer(4, string(), "The protocol spoken above."),
  },
  { atomic: true },
);
export interface EndpointPort extends ValueIn<typeof EndpointPort> {}

export const EndpointSubset = object("k8s.io.api.core.v1.EndpointSubset", {
  addresses: optional(1, listAtomic(EndpointAddress), "Those that are ready."),
  notReadyAddresses: optional(2, listAtomic(EndpointAddress), "Those that are not."),
  ports: optional(3, listAtomic(EndpointPort), "Ports of each of the addresses."),
});
export interface EndpointSubset extends ValueIn<typeof EndpointSubset> {}

const schema = object(
  "k8s.io.api.core.v1.Endpoints",
  {
    ...typeMeta,
    metadata,
    subsets: optional(2, listAtomic(EndpointSubset), "Addresses and ports that go together."),
  },
  { doc: "The addresses behind a service, all in one object; EndpointSlice replaced it." },
);
export interface Endpoints extends ValueIn<typeof schema> {}

/** Each subset: some address, names where there are several ports, all of it reachable. Old addresses pass. */
const subsetsValid: Rule<Endpoints> = function* ({ subsets = [] }, { old }) {
  const known = new Set(old?.subsets?.flatMap(allAddresses).map((address) => address.ip));
  for (const [i, subset] of subsets.entries()) {
    const path = FieldPath.of("subsets").index(i);
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      yield fieldRequired(path, "must specify `addresses` or `notReadyAddresses`");
    }
    for (const [j, one] of addresses.entries()) yield* addressFaults(one, path.child("addresses").index(j), known);
    for (const [j, one] of notReadyAddresses.entries()) {
      yield* addressFaults(one, path.child("notReadyAddresses").index(j), known);
    }
    for (const [j, port] of ports.entries()) yield* portFaults(port, ports.length > 1, path.child("ports").index(j));
  }
};

const allAddresses = ({ addresses = [], notReadyAddresses = [] }: EndpointSubset) => [
  ...addresses,
  ...notReadyAddresses,
];

/** `known`: addresses that the stored object had; they were taken under older, laxer rules. */
function* addressFaults(address: EndpointAddress, path: FieldPath, known: ReadonlySet<string>): Generator<FieldError> {
  const { ip = "", hostname = "", nodeName } = address;
  const faults = known.has(ip) ? [] : formats.ip(ip);
  for (const fault of faults) yield fieldInvalid(path.child("ip"), ip, fault);
  if (hostname !== "") yield* formatFaults(path.child("hostname"), hostname, "dns1123Label");
  if (nodeName !== undefined) yield* formatFaults(path.child("nodeName"), nodeName, "dns1123Subdomain");
  // What is no address at all is told twice.
  const unfit = formats.ipSloppy(ip).length > 0 ? "must be a valid IP address" : unroutable(ip);
  if (unfit !== undefined) yield fieldInvalid(path.child("ip"), ip, unfit);
}

/** `named`: there are several, so that each needs a name to be told by. */
function* portFaults(port: EndpointPort, named: boolean, path: FieldPath): Generator<FieldError> {
  const { name = "", appProtocol } = port;
  if (named && name === "") yield fieldRequired(path.child("name"));
  else if (name !== "") yield* formatFaults(path.child("name"), name, "dns1123Label");
  for (const fault of portNumberErrors(port.port)) yield fieldInvalid(path.child("port"), port.port, fault);
  if (appProtocol !== undefined) yield* formatFaults(path.child("appProtocol"), appProtocol, "qualifiedName");
}

/** How many endpoints the column shows. */
const SHOWN = 3;

/** `10.1.2.3:80,10.1.2.4:80 + 2 more...` */
function endpointsText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map(({ ip }) => ip);
    return ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`));
  });
  const text = all.slice(0, SHOWN).join(",");
  return all.length > SHOWN ? `${text} + ${all.length - SHOWN} more...` : text;
}

export const Endpoints = resource<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  singular: "endpoints",
  listKind: "EndpointsList",
  plural: "endpoints",
  shortNames: ["ep"],
  scope: "Namespaced",
  schema,
  createOnUpdate: true,
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  columns: [
    nameColumn,
    { name: "Endpoints", type: "string", doc: "The first few that are ready.", cell: endpointsText },
    ageColumn,
  ],
  rules: [subsetsValid],
});
