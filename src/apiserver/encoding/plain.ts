// Discovery documents in protobuf. It refuses to make them.
import { boolean, list, object, optional, string } from "../../schema/node.ts";
import type { AnyObjectNode } from "../../schema/node.ts";
import { typeMeta } from "../../schema/meta/object-meta.ts";
import { encodeObject } from "../../schema/protobuf-envelope.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";
const text = (tag: number) => optional(tag, string(), "");
const texts = (tag: number, wrapper?: string) =>
  optional(tag, list(string(), wrapper === undefined ? {} : { wrapper }), "");

const ServerAddress = object(`${META}.ServerAddressByClientCIDR`, { clientCIDR: text(1), serverAddress: text(2) });
const GroupVersion = object(`${META}.GroupVersionForDiscovery`, { groupVersion: text(1), version: text(2) });
const APIGroup = object(`${META}.APIGroup`, {
  ...typeMeta,
  name: text(1),
  versions: optional(2, list(GroupVersion), ""),
  preferredVersion: optional(3, GroupVersion, ""),
  serverAddressByClientCIDRs: optional(4, list(ServerAddress), ""),
});
const APIResource = object(`${META}.APIResource`, {
  name: text(1),
  singularName: text(6),
  namespaced: optional(2, boolean(), ""),
  group: text(8),
  version: text(9),
  kind: text(3),
  verbs: texts(4, `${META}.Verbs`),
  shortNames: texts(5),
  categories: texts(7),
  storageVersionHash: text(10),
});

const MESSAGES: Readonly<Record<string, AnyObjectNode>> = {
  APIVersions: object(`${META}.APIVersions`, {
    ...typeMeta,
    versions: texts(1),
    serverAddressByClientCIDRs: optional(2, list(ServerAddress), ""),
  }),
  APIGroupList: object(`${META}.APIGroupList`, { ...typeMeta, groups: optional(1, list(APIGroup), "") }),
  APIGroup,
  APIResourceList: object(`${META}.APIResourceList`, {
    ...typeMeta,
    groupVersion: text(1),
    resources: optional(2, list(APIResource), ""),
  }),
};

export function protobufPlain(document: object): Uint8Array {
  const { kind, apiVersion = "v1" } = document as { readonly kind: string; readonly apiVersion?: string };
  const node = MESSAGES[kind];
  if (node === undefined) throw new Error(`${kind} has no message`);
  return encodeObject(node, document as never, { apiVersion, kind });
}
