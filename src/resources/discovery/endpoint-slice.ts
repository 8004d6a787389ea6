// EndpointSlice: some of the addresses behind a Service. Which of them serve is endpoints.ts.
import { boolean, int32, listAtomic, listSet, map, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "../core/object-reference.ts";

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
  addresses: required(1, listSet(string()), "Its addresses; consumers use the first."),
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
    name: pointer(1, string(), "The port's name in the service."),
    protocol: pointer(2, string({ enum: ["SCTP", "TCP", "UDP"] }), "TCP, UDP or SCTP."),
    port: pointer(3, int32(), "The number; unset means all."),
    appProtocol: pointer(4, string(), "The protocol spoken above."),
  },
  { atomic: true },
);
export interface EndpointPort extends ValueIn<typeof EndpointPort> {}

const schema = object("k8s.io.api.discovery.v1.EndpointSlice", {
  ...typeMeta,
  metadata,
  addressType: required(4, string({ enum: ["FQDN", "IPv4", "IPv6"] }), "What the addresses are."),
  endpoints: optional(2, listAtomic(Endpoint), "The endpoints, at most 1000.", { always: true }),
  ports: optional(3, listAtomic(EndpointPort), "Ports of each endpoint, at most 100.", { always: true }),
});
export interface EndpointSlice extends ValueIn<typeof schema> {}

export const EndpointSlice = resource<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
  schema,
});
