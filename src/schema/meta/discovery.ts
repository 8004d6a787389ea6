// The plain documents of discovery as schema values: for clients that want them in protobuf. It refuses to fill them
// in: schema/discovery.ts does.
import { boolean, list, listAtomic, object, optional, plain, required, string } from "../node.ts";
import type { ValueIn } from "../node.ts";
import { typeMeta } from "./object-meta.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

export const APIResource = object(`${META}.APIResource`, {
  name: required(1, string(), "The plural name, with the subresource after a slash."),
  singularName: required(6, string(), "The singular name."),
  namespaced: required(2, boolean(), "Whether objects lie in namespaces."),
  group: optional(8, string(), "The kind's group, where it is not the list's."),
  version: optional(9, string(), "The kind's version, where it is not the list's."),
  kind: required(3, string(), "The kind."),
  verbs: required(4, list(string(), { wrapper: `${META}.Verbs` }), "What can be done."),
  shortNames: optional(5, listAtomic(string()), "Short names for typing."),
  categories: optional(7, listAtomic(string()), "Names for sets of kinds, such as all."),
  storageVersionHash: optional(10, string(), "Differs between stored versions."),
});
export interface APIResource extends ValueIn<typeof APIResource> {}

export const APIResourceList = object(`${META}.APIResourceList`, {
  ...typeMeta,
  groupVersion: required(1, string(), "Whose resources these are."),
  resources: required(2, listAtomic(APIResource), "The resources."),
});
export interface APIResourceList extends ValueIn<typeof APIResourceList> {}

export const GroupVersionForDiscovery = object(`${META}.GroupVersionForDiscovery`, {
  groupVersion: required(1, string(), "Group and version, as in apiVersion."),
  version: required(2, string(), "The version alone."),
});
export interface GroupVersionForDiscovery extends ValueIn<typeof GroupVersionForDiscovery> {}

export const ServerAddressByClientCIDR = object(`${META}.ServerAddressByClientCIDR`, {
  clientCIDR: required(1, string(), "The clients that this is for."),
  serverAddress: required(2, string(), "Where they reach the server."),
});
export interface ServerAddressByClientCIDR extends ValueIn<typeof ServerAddressByClientCIDR> {}

export const APIGroup = object(`${META}.APIGroup`, {
  ...typeMeta,
  name: required(1, string(), "The group."),
  versions: required(2, listAtomic(GroupVersionForDiscovery), "Its versions, the preferred one first."),
  preferredVersion: plain(3, GroupVersionForDiscovery, "The version to use when in doubt."),
  serverAddressByClientCIDRs: optional(4, listAtomic(ServerAddressByClientCIDR), "Where clients reach the server."),
});
export interface APIGroup extends ValueIn<typeof APIGroup> {}

export const APIGroupList = object(`${META}.APIGroupList`, {
  ...typeMeta,
  groups: required(1, listAtomic(APIGroup), "The groups."),
});
export interface APIGroupList extends ValueIn<typeof APIGroupList> {}

export const APIVersions = object(`${META}.APIVersions`, {
  ...typeMeta,
  versions: required(1, listAtomic(string()), "The versions of the core group."),
  serverAddressByClientCIDRs: required(2, listAtomic(ServerAddressByClientCIDR), "Where clients reach the server."),
});
export interface APIVersions extends ValueIn<typeof APIVersions> {}
