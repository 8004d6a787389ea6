// IPAddress: that an address of a service is taken, and by whom.
import { object, optional, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

export const ParentReference = object("k8s.io.api.networking.v1.ParentReference", {
  group: optional(1, string(), "Its group."),
  resource: required(2, string(), "Its resource.", { always: false }),
  namespace: optional(3, string(), "Its namespace."),
  name: required(4, string(), "Its name.", { always: false }),
});
export interface ParentReference extends ValueIn<typeof ParentReference> {}

export const IPAddressSpec = object("k8s.io.api.networking.v1.IPAddressSpec", {
  parentRef: required(1, ParentReference, "The object that uses the address.", { always: false, pointer: true }),
});
export interface IPAddressSpec extends ValueIn<typeof IPAddressSpec> {}

const schema = object("k8s.io.api.networking.v1.IPAddress", {
  ...typeMeta,
  metadata,
  spec: required(2, IPAddressSpec, "Who uses the address.", { always: false }),
});
export interface IPAddress extends ValueIn<typeof schema> {}

export const IPAddress = resource<IPAddress>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  plural: "ipaddresses",
  scope: "Cluster",
  schema,
});
