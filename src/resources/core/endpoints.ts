// Endpoints: the addresses behind a Service, all in one object. EndpointSlice has taken its place.
import { int32, listAtomic, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "./object-reference.ts";

export const EndpointAddress = object(
  "k8s.io.api.core.v1.EndpointAddress",
  {
    ip: required(1, string(), "The address."),
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
    protocol: optional(3, string({ enum: ["SCTP", "TCP", "UDP"] }), "TCP, UDP or SCTP."),
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

const schema = object("k8s.io.api.core.v1.Endpoints", {
  ...typeMeta,
  metadata,
  subsets: optional(2, listAtomic(EndpointSubset), "Addresses and ports that go together."),
});
export interface Endpoints extends ValueIn<typeof schema> {}

export const Endpoints = resource<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  scope: "Namespaced",
  schema,
});
