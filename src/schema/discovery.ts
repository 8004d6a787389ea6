// What an API server says of the kinds that it serves: the documents under /api and /apis, plain and aggregated.
// Pure: resources in, documents out. It refuses to negotiate formats and to know which APIs other servers offer.
//
// Order is meaning: groups come as they first stand in the list, versions with the preferred one first, resources by
// name.
import { createHash } from "node:crypto";
import { apiVersionOf } from "./resource.ts";
import type { Resource, Subresource } from "./resource.ts";

export interface APIResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  /** Only where the kind is of another group and version than the list. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

export interface APIGroup {
  readonly name: string;
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
  readonly preferredVersion: { readonly groupVersion: string; readonly version: string };
}

/** One resource as one version of its group shows it. */
interface Served {
  readonly resource: Resource;
  readonly version: string;
}

/** Groups in order, each with its versions in order of preference and what is served in them. */
export type GroupVersions = ReadonlyMap<string, ReadonlyMap<string, readonly Resource[]>>;

/** All versions of all kinds, grouped. */
export function groupVersions(resources: readonly Resource[]): GroupVersions {
  const groups = new Map<string, Map<string, Resource[]>>();
  for (const { resource, version } of resources.flatMap(servedVersions)) {
    const versions = groups.get(resource.group) ?? new Map<string, Resource[]>();
    groups.set(resource.group, versions);
    const list = versions.get(version) ?? [];
    versions.set(version, list);
    list.push(resource);
  }
  return new Map(
    [...groups].map(([group, versions]) => [
      group,
      new Map(
        [...versions]
          .sort(([a], [b]) => compareVersions(a, b))
          .map(([version, list]) => [version, list.sort((a, b) => (a.plural < b.plural ? -1 : 1))]),
      ),
    ]),
  );
}

const servedVersions = (resource: Resource): Served[] =>
  [resource.version, ...Object.keys(resource.versions)].map((version) => ({ resource, version }));

/**
 * Kubernetes' order of versions, the preferred first: stable before beta before alpha, higher before lower, then
 * others by name.
 */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : a > b ? 1 : 0;
  return y.stage - x.stage || y.major - x.major || y.minor - x.minor;
}

function parseVersion(version: string) {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (!match) return undefined;
  return {
    major: Number(match[1]),
    stage: match[2] === "alpha" ? 0 : match[2] === "beta" ? 1 : 2,
    minor: Number(match[3] ?? 0),
  };
}

/** `/api`. `address` is where clients of any network reach the server. */
export const apiVersions = (address: string) => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});

/** `/apis`. */
export const apiGroupList = (groups: GroupVersions) => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: [...groups.keys()].filter((group) => group !== "").map((group) => groupOf(groups, group)!),
});

/** `/apis/<group>`; undefined for a group that is not served. */
export function apiGroup(groups: GroupVersions, group: string) {
  const found = groupOf(groups, group);
  return found && { kind: "APIGroup", apiVersion: "v1", ...found };
}

function groupOf(groups: GroupVersions, group: string): APIGroup | undefined {
  const versions = groups.get(group);
  if (!versions || group === "") return undefined;
  const named = [...versions.keys()].map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0]! };
}

/** `/api/v1` and `/apis/<group>/<version>`; undefined for a version that is not served. */
export function apiResourceList(groups: GroupVersions, group: string, version: string) {
  const resources = groups.get(group)?.get(version);
  if (!resources) return undefined;
  return {
    kind: "APIResourceList",
    // The core group's list has none upstream.
    ...(group && { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap((resource) => resourceEntries(resource, version)),
  };
}

function resourceEntries(resource: Resource, version: string): APIResource[] {
  const { plural, singular, kind, verbs, shortNames, categories, scope } = resource;
  const namespaced = scope === "Namespaced";
  const hash = storageVersionHash(resource);
  const own: APIResource = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(hash && { storageVersionHash: hash }),
  };
  const others = sortedSubresources(resource).map(([name, subresource]): APIResource => {
    const answer = responseKind(resource, version, subresource);
    return {
      name: `${plural}/${name}`,
      singularName: "",
      namespaced,
      ...(answer.version && { group: answer.group, version: answer.version }),
      kind: answer.kind,
      verbs: verbsOf(subresource),
    };
  });
  return [own, ...others];
}

const sortedSubresources = (resource: Resource) =>
  Object.entries(resource.subresources).sort(([a], [b]) => (a < b ? -1 : 1));

const verbsOf = (subresource: Subresource): readonly string[] =>
  subresource.type === "scale" ? ["get", "patch", "update"] : subresource.verbs;

/** The options that a connection takes stand as its kind, but for logs. */
const CONNECT_KINDS: Readonly<Record<string, string>> = {
  attach: "PodAttachOptions",
  exec: "PodExecOptions",
  portForward: "PodPortForwardOptions",
  podProxy: "PodProxyOptions",
  serviceProxy: "ServiceProxyOptions",
  nodeProxy: "NodeProxyOptions",
};

/** What a subresource answers with. Group and version are "" where they are the list's own. */
export function responseKind(resource: Resource, version: string, subresource: Subresource) {
  const other =
    subresource.type === "scale"
      ? { group: "autoscaling", version: "v1", kind: "Scale" }
      : subresource.type === "command"
        ? subresource.of
        : undefined;
  if (other && (other.group !== resource.group || other.version !== version)) return other;
  const connected = subresource.type === "connect" ? CONNECT_KINDS[subresource.name] : undefined;
  return { group: "", version: "", kind: other?.kind ?? connected ?? resource.kind };
}

/**
 * Tells clients whether the stored form changed: a hash of the kind in the version stored. Undefined for kinds that are
 * not stored.
 */
export function storageVersionHash(resource: Resource): string | undefined {
  if (!resource.verbs.includes("watch")) return undefined;
  const { group, version, kind, storageVersion } = resource.storedAs?.hub ?? resource;
  return createHash("sha256")
    .update(`${group}/${storageVersion ?? version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString("base64");
}

/** The versions of aggregated discovery, which differ in nothing but their name. */
export type DiscoveryVersion = "v2" | "v2beta1";

/** `/api` (`group` "") or `/apis` (all others) as an APIGroupDiscoveryList. */
export function aggregatedDiscovery(groups: GroupVersions, of: "api" | "apis", version: DiscoveryVersion) {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...groups]
      .filter(([group]) => (group === "") === (of === "api"))
      .map(([group, versions]) => ({
        metadata: group ? { name: group } : {},
        versions: [...versions].map(([name, resources]) => ({
          version: name,
          resources: resources.map((resource) => aggregatedResource(resource, name)),
          freshness: "Current",
        })),
      })),
  };
}

function aggregatedResource(resource: Resource, version: string) {
  const { plural, singular, kind, scope, verbs, shortNames, categories } = resource;
  const subresources = sortedSubresources(resource).map(([name, subresource]) => ({
    subresource: name,
    responseKind: responseKind(resource, version, subresource),
    verbs: verbsOf(subresource),
  }));
  return {
    resource: plural,
    responseKind: { group: "", version: "", kind },
    scope,
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
