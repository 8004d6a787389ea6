// What can be done at which path, said once for both versions of OpenAPI. It refuses to know how either is written.
//
// Names, order and oddities are upstream's: `/watch/…` paths are still described, a connection has one operation for
// each
// method, and group names become words (`rbac.authorization.k8s.io/v1` → `RbacAuthorizationV1`).
import { responseKind } from "./discovery.ts";
import type { GroupVersions } from "./discovery.ts";
import { QUERY_OF } from "./openapi-parameters.ts";
import { apiVersionOf } from "./resource.ts";
import type { Resource, Subresource } from "./resource.ts";
import type { AnyObjectNode } from "./node.ts";

export type HttpVerb = "get" | "put" | "post" | "delete" | "options" | "head" | "patch";

/** What stands in a body: a node, the list of one, a definition by name, or text. */
export type Body =
  | { readonly of: "kind"; readonly node: AnyObjectNode }
  | { readonly of: "list"; readonly node: AnyObjectNode; readonly kind: string }
  | { readonly of: "meta"; readonly name: MetaName }
  | { readonly of: "text" };

export type MetaName =
  | "Status"
  | "DeleteOptions"
  | "Patch"
  | "WatchEvent"
  | "APIVersions"
  | "APIResourceList"
  | "APIGroup"
  | "APIGroupList"
  | "Info";

export interface Operation {
  readonly path: string;
  readonly verb: HttpVerb;
  readonly operationId: string;
  readonly doc: string;
  readonly tag: string;
  readonly action?: string;
  readonly gvk?: { readonly group: string; readonly kind: string; readonly version: string };
  readonly query: readonly string[];
  readonly body?: Body;
  readonly bodyRequired: boolean;
  readonly codes: readonly number[];
  readonly answer: Body;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
}

const JSON_TYPES = ["application/json"];
const ALL_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const CUSTOM_TYPES = ["application/json", "application/yaml"];
const WATCH_TYPES = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];
const CUSTOM_PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/apply-patch+yaml",
];
const ANY = ["*/*"];

/** What a document is made of. */
export interface Served {
  readonly groups: GroupVersions;
  /** Kinds that only subresources take or answer. */
  readonly bodies: readonly Resource[];
}

const meta = (name: MetaName): Body => ({ of: "meta", name });
const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);

/** `CoreV1`, `AppsV1`, `RbacAuthorizationV1`, `StableExampleComV1`. */
export function operationPrefix(group: string, version: string): string {
  const words = group === "" ? ["core"] : group.replace(/\.k8s\.io$/, "").split(".");
  return [...words, version].map((word) => word.split("-").map(capital).join("")).join("");
}

const tagOf = (group: string, version: string) => {
  const prefix = operationPrefix(group, version);
  return (
    prefix.slice(0, 1).toLowerCase() +
    prefix.slice(1).replace(/(V\d+(?:(?:alpha|beta)\d+)?)$/i, (v) => `_${v.toLowerCase()}`)
  );
};

/** The operations of one group version, discovery of it included. */
export function operationsOf(served: Served, group: string, version: string): readonly Operation[] {
  return [...operationsByResource(served, group, version)].flat();
}

/** The same in parts: discovery, then each resource with its subresources. No path is in two parts. */
export function* operationsByResource(
  served: Served,
  group: string,
  version: string,
): Generator<readonly Operation[], undefined> {
  const resources = served.groups.get(group)?.get(version) ?? [];
  const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const tag = tagOf(group, version);
  const id = `get${operationPrefix(group, version)}APIResources`;
  yield [discovery(`${base}/`, id, tag, "APIResourceList", "get available resources")];
  for (const resource of resources) yield resourceOperations(served, resource, version, base, tag);
  return undefined;
}

/**
 * `/api/`, `/apis/`, each `/apis/<group>/`, `/version/` and what tells of service account tokens: path → operations.
 */
export function serverOperations(groups: GroupVersions): readonly Operation[] {
  const named = [...groups.keys()].filter((group) => group !== "");
  return [
    text("/.well-known/openid-configuration/", "getServiceAccountIssuerOpenIDConfiguration", "WellKnown", JSON_TYPES),
    text("/openid/v1/jwks/", "getServiceAccountIssuerOpenIDKeyset", "openid", ["application/jwk-set+json"]),
    discovery("/api/", "getCoreAPIVersions", "core", "APIVersions", "get available API versions"),
    discovery("/apis/", "getAPIVersions", "apis", "APIGroupList", "get available API versions"),
    ...named.map((group) => groupOperation(group)),
    {
      ...discovery("/version/", "getCodeVersion", "version", "Info", "get the version of the server"),
      consumes: JSON_TYPES,
      produces: JSON_TYPES,
    },
  ];
}

export function groupOperation(group: string): Operation {
  const prefix = operationPrefix(group, "");
  return discovery(
    `/apis/${group}/`,
    `get${prefix}APIGroup`,
    prefix.slice(0, 1).toLowerCase() + prefix.slice(1),
    "APIGroup",
    "get information of a group",
  );
}

function discovery(path: string, operationId: string, tag: string, answer: MetaName, doc: string): Operation {
  return {
    path,
    verb: "get",
    operationId,
    doc,
    tag,
    query: [],
    bodyRequired: false,
    codes: [200],
    answer: meta(answer),
    consumes: ALL_TYPES,
    produces: ALL_TYPES,
  };
}

function text(path: string, operationId: string, tag: string, produces: readonly string[]): Operation {
  const doc = "tells how service account tokens are verified";
  return {
    path,
    verb: "get",
    operationId,
    doc,
    tag,
    query: [],
    bodyRequired: false,
    codes: [200],
    answer: { of: "text" },
    consumes: [],
    produces,
  };
}

/** What is the same for all operations of one resource. */
interface Place {
  readonly resource: Resource;
  readonly version: string;
  readonly node: AnyObjectNode;
  readonly prefix: string;
  /** "Namespaced" or "". */
  readonly scope: string;
  readonly tag: string;
  /** Of the collection. */
  readonly path: string;
  readonly types: readonly string[];
  readonly patchTypes: readonly string[];
}

function resourceOperations(
  served: Served,
  resource: Resource,
  version: string,
  base: string,
  tag: string,
): Operation[] {
  const namespaced = resource.scope === "Namespaced";
  const node = resource.versions[version]?.schema ?? resource.schema;
  const custom = !node.name.startsWith("k8s.io.");
  const place: Place = {
    resource,
    version,
    node,
    prefix: operationPrefix(resource.group, version),
    scope: namespaced ? "Namespaced" : "",
    tag,
    path: `${base}/${namespaced ? "namespaces/{namespace}/" : ""}${resource.plural}`,
    types: custom ? CUSTOM_TYPES : ALL_TYPES,
    patchTypes: custom ? CUSTOM_PATCH_TYPES : PATCH_TYPES,
  };
  return [
    ...collection(place, base),
    ...item(place),
    ...(custom ? [] : watches(place, base)),
    ...Object.entries(resource.subresources).flatMap(([name, sub]) => subresource(served, place, name, sub)),
  ];
}

function operation(
  place: Place,
  init: Partial<Operation> & Pick<Operation, "verb" | "operationId" | "action" | "query">,
): Operation {
  const { resource, version, node, tag, path, types } = place;
  return {
    path,
    tag,
    doc: `${init.action} ${resource.kind}`,
    gvk: { group: resource.group, kind: resource.kind, version },
    bodyRequired: false,
    codes: [200],
    answer: { of: "kind", node },
    consumes: ANY,
    produces: types,
    ...init,
  };
}

function collection(place: Place, base: string): Operation[] {
  const { resource, node, prefix, scope, types } = place;
  const { kind, verbs } = resource;
  const watchable = types === ALL_TYPES ? [...types, ...WATCH_TYPES] : types;
  const list = (path: string, operationId: string) =>
    operation(place, {
      path,
      verb: "get",
      operationId,
      action: "list",
      query: QUERY_OF.list,
      answer: { of: "list", node, kind },
      produces: watchable,
    });
  const found: Operation[] = [];
  if (verbs.includes("list")) {
    if (scope) found.push(list(`${base}/${resource.plural}`, `list${prefix}${kind}ForAllNamespaces`));
    found.push(list(place.path, `list${prefix}${scope}${kind}`));
  }
  if (verbs.includes("create")) {
    found.push(
      write(place, {
        verb: "post",
        operationId: `create${prefix}${scope}${kind}`,
        action: "post",
        query: QUERY_OF.write,
        codes: [200, 201, 202],
      }),
    );
  }
  if (verbs.includes("deletecollection")) {
    found.push(
      operation(place, {
        verb: "delete",
        operationId: `delete${prefix}Collection${scope}${kind}`,
        action: "deletecollection",
        query: QUERY_OF.deletecollection,
        body: meta("DeleteOptions"),
        answer: meta("Status"),
      }),
    );
  }
  return found;
}

/** An operation whose body is the object. */
function write(
  place: Place,
  init: Partial<Operation> & Pick<Operation, "verb" | "operationId" | "action" | "query">,
): Operation {
  return operation(place, { body: { of: "kind", node: place.node }, bodyRequired: true, codes: [200, 201], ...init });
}

function item(place: Place): Operation[] {
  const { resource, node, prefix, scope } = place;
  const { kind, verbs } = resource;
  const at = { ...place, path: `${place.path}/{name}` };
  const found = readAndWrite(at, verbs, `${prefix}${scope}${kind}`);
  if (verbs.includes("delete")) {
    found.push(
      operation(at, {
        verb: "delete",
        operationId: `delete${prefix}${scope}${kind}`,
        action: "delete",
        query: QUERY_OF.delete,
        body: meta("DeleteOptions"),
        codes: [200, 202],
        answer:
          resource.deletion.returns === "object" && !ANSWERS_STATUS.has(kind) ? { of: "kind", node } : meta("Status"),
      }),
    );
  }
  return found;
}

/** Kinds whose deletion answers with the object though upstream documents a Status. */
const ANSWERS_STATUS: ReadonlySet<string> = new Set(["Namespace"]);

function readAndWrite(place: Place, verbs: readonly string[], name: string): Operation[] {
  const found: Operation[] = [];
  if (verbs.includes("get"))
    found.push(operation(place, { verb: "get", operationId: `read${name}`, action: "get", query: QUERY_OF.get }));
  if (verbs.includes("update"))
    found.push(write(place, { verb: "put", operationId: `replace${name}`, action: "put", query: QUERY_OF.write }));
  if (verbs.includes("patch")) {
    found.push(
      write(place, {
        verb: "patch",
        operationId: `patch${name}`,
        action: "patch",
        query: QUERY_OF.patch,
        body: meta("Patch"),
        consumes: place.patchTypes,
      }),
    );
  }
  return found;
}

function watches(place: Place, base: string): Operation[] {
  const { resource, prefix, scope } = place;
  const { kind, plural } = resource;
  if (!resource.verbs.includes("watch")) return [];
  const watch = (path: string, operationId: string, action: string) =>
    operation(place, {
      path,
      verb: "get",
      operationId,
      action,
      doc: `${action} ${kind}; deprecated, list with 'watch' instead`,
      query: QUERY_OF.list,
      answer: meta("WatchEvent"),
      produces: [...ALL_TYPES, ...WATCH_TYPES],
    });
  const inside = `${base}/watch/${scope ? "namespaces/{namespace}/" : ""}${plural}`;
  return [
    ...(scope ? [watch(`${base}/watch/${plural}`, `watch${prefix}${kind}ListForAllNamespaces`, "watchlist")] : []),
    watch(inside, `watch${prefix}${scope}${kind}List`, "watchlist"),
    watch(`${inside}/{name}`, `watch${prefix}${scope}${kind}`, "watch"),
  ];
}

function subresource(served: Served, place: Place, name: string, sub: Subresource): Operation[] {
  const { resource, version, prefix, scope } = place;
  const answer = responseKind(resource, version, sub);
  const gvk = {
    group: answer.version ? answer.group : resource.group,
    kind: answer.kind,
    version: answer.version || version,
  };
  const at = { ...place, path: `${place.path}/{name}/${name}` };
  const id = `${prefix}${scope}${resource.kind}${capital(name)}`;
  if (sub.type === "connect") {
    if (sub.name === "log") {
      return [
        operation(at, {
          verb: "get",
          operationId: `read${id}`,
          action: "get",
          query: QUERY_OF.log,
          answer: { of: "text" },
          produces: ["text/plain", ...ALL_TYPES],
        }),
      ];
    }
    return connections(at, sub, `${scope}${resource.kind}${capital(name)}`, gvk);
  }
  const verbs = sub.type === "scale" ? ["get", "patch", "update"] : sub.verbs;
  const node = gvk.kind === resource.kind ? place.node : nodeOfKind(served, gvk);
  const inner = { ...at, node };
  const named = (operations: Operation[]) =>
    operations.map((o) => ({ ...o, gvk, doc: `${o.action} ${name} of ${resource.kind}` }));
  if (!verbs.includes("create")) return named(readAndWrite(inner, verbs, id));
  return named([
    write(inner, {
      verb: "post",
      operationId: `create${id}`,
      action: "post",
      query: QUERY_OF.write,
      codes: [200, 201, 202],
    }),
  ]);
}

function nodeOfKind(served: Served, gvk: { group: string; version: string; kind: string }): AnyObjectNode {
  const all = [...served.bodies, ...(served.groups.get(gvk.group)?.get(gvk.version) ?? [])];
  const found = all.find((r) => r.kind === gvk.kind && r.group === gvk.group);
  if (!found) throw new Error(`no kind ${gvk.kind} in ${apiVersionOf(gvk)}: a subresource names what nobody describes`);
  return found.schema;
}

/** A stream or proxy: one operation for each method, and with a path after it for proxies. */
function connections(
  place: Place,
  sub: Subresource & { type: "connect" },
  name: string,
  gvk: NonNullable<Operation["gvk"]>,
): Operation[] {
  const proxy = sub.name.endsWith("Proxy");
  const methods: readonly HttpVerb[] = proxy
    ? ["get", "head", "options", "post", "put", "patch", "delete"]
    : ["get", "post"];
  const query = proxy ? QUERY_OF.proxy : QUERY_OF[sub.name as "attach" | "exec" | "portForward"];
  const at = (path: string, suffix: string) =>
    methods.map((verb) =>
      operation(place, {
        path,
        verb,
        operationId: `connect${place.prefix}${capital(verb)}${name}${suffix}`,
        action: "connect",
        doc: `connect ${verb.toUpperCase()} requests to ${gvk.kind.replace(/Options$/, "")}`,
        gvk,
        query,
        answer: { of: "text" },
        produces: ANY,
      }),
    );
  return [...at(place.path, ""), ...(proxy ? at(`${place.path}/{path}`, "WithPath") : [])];
}
