// Aggregated discovery in protobuf (apidiscovery.k8s.io). It refuses to make the document.
import { list, object, optional, pointer, string } from "../../schema/node.ts";
import { ListMeta, ObjectMeta, typeMeta } from "../../schema/meta/object-meta.ts";
import { encodeObject } from "../../schema/protobuf-envelope.ts";

const PACKAGE = "k8s.io.api.apidiscovery.v2";
const text = (tag: number) => optional(tag, string(), "");
const texts = (tag: number) => optional(tag, list(string()), "");

const GroupVersionKind = object("k8s.io.apimachinery.pkg.apis.meta.v1.GroupVersionKind", {
  group: text(1),
  version: text(2),
  kind: text(3),
});

const Subresource = object(`${PACKAGE}.APISubresourceDiscovery`, {
  subresource: text(1),
  responseKind: pointer(2, GroupVersionKind, ""),
  acceptedTypes: optional(3, list(GroupVersionKind), ""),
  verbs: texts(4),
});

const Resource = object(`${PACKAGE}.APIResourceDiscovery`, {
  resource: text(1),
  responseKind: pointer(2, GroupVersionKind, ""),
  scope: text(3),
  singularResource: text(4),
  verbs: texts(5),
  shortNames: texts(6),
  categories: texts(7),
  subresources: optional(8, list(Subresource), ""),
});

const Version = object(`${PACKAGE}.APIVersionDiscovery`, {
  version: text(1),
  resources: optional(2, list(Resource), ""),
  freshness: text(3),
});
const Group = object(`${PACKAGE}.APIGroupDiscovery`, {
  metadata: optional(1, ObjectMeta, ""),
  versions: optional(2, list(Version), ""),
});
const Groups = object(`${PACKAGE}.APIGroupDiscoveryList`, {
  ...typeMeta,
  metadata: optional(1, ListMeta, ""),
  items: optional(2, list(Group), ""),
});

export function encodeDiscovery(document: object): Uint8Array {
  return encodeObject(Groups, document as never);
}
