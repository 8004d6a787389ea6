// /api, /apis and what lies below them, plain and aggregated, with an ETag. It refuses to make the documents
// (schema/discovery.ts) and keeps each until the kinds change.
import { createHash } from "node:crypto";
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from "../../schema/discovery.ts";
import type { DiscoveryVersion, GroupVersions } from "../../schema/discovery.ts";
import { encodeDiscovery } from "../encoding/discovery-message.ts";
import { protobufPlain } from "../encoding/plain.ts";
import type { Parts } from "../parts.ts";
import type { HttpRequest } from "../pipeline.ts";
import { JSON_TYPE, notAcceptable, parseAccept, PROTOBUF_TYPE, YAML_TYPE } from "../negotiation.ts";
import { noSuchMethod, noSuchResource } from "../no-such.ts";
import { yamlOf } from "../encoding/yaml.ts";

const AGGREGATED = /^v2$/;

/** What was made for one generation of kinds: documents by their path and form, and the groups in their orders. */
interface Memory {
  readonly generation: string;
  readonly documents: Map<string, { readonly body: Uint8Array; readonly etag: string }>;
  readonly groups: Map<string, GroupVersions>;
}

const kept = new WeakMap<Parts, Memory>();

function memoryOf(parts: Parts): Memory {
  const generation = generationOf(parts);
  let memory = kept.get(parts);
  if (memory?.generation !== generation)
    kept.set(parts, (memory = { generation, documents: new Map(), groups: new Map() }));
  return memory;
}

export function discovery(request: HttpRequest, parts: Parts, path: readonly string[]): boolean {
  const groups = allGroups(parts, "service");
  const [root, first, second] = path;
  if (path.length === 1) return roots(request, parts, groups, root as "api" | "apis");
  const group = root === "api" ? "" : first!;
  const version = root === "api" ? first! : second;
  if (!groups.has(group)) return false;
  if (path.length > (root === "api" ? 2 : 3)) throw noSuchResource();
  if (version === undefined) {
    const document = apiGroup(groups, group);
    return document !== undefined && plain(request, parts, path, document);
  }
  const document = apiResourceList(groups, group, version);
  if (document === undefined) {
    if (!parts.kinds.hasBuiltIn(group)) return false;
    throw noSuchResource();
  }
  return plain(request, parts, path, document);
}

export function groupVersionsOf({ kinds }: Parts): GroupVersions {
  return new Map(
    kinds
      .groups()
      .map(({ group, versions }) => [
        group,
        new Map(versions.map(({ version, kinds: served }) => [version, served.map((one) => one.resource)])),
      ]),
  );
}

/** Those of other servers too, without resources. */
export function allGroups(parts: Parts, by: "group" | "service"): GroupVersions {
  const { groups } = memoryOf(parts);
  let found = groups.get(by);
  if (found === undefined) {
    const local = groupVersionsOf(parts);
    found = parts.aggregation?.services.merged(local, by) ?? local;
    groups.set(by, found);
  }
  return found;
}

/** What the documents are made of: it moves when they do. */
const generationOf = ({ kinds, aggregation }: Parts) =>
  `${kinds.generation} ${aggregation?.services.revision ?? 0} ${aggregation?.discovery.generation ?? 0}`;

/** `/api` and `/apis` answer any method, as upstream. */
function roots(request: HttpRequest, parts: Parts, groups: GroupVersions, root: "api" | "apis"): boolean {
  const header = request.exchange.header("accept") ?? "";
  for (const { type, parameters } of parseAccept(header)) {
    const { g, v = "", as } = parameters;
    if (g === "apidiscovery.k8s.io" && as === "APIGroupDiscoveryList" && AGGREGATED.test(v)) {
      if (type === JSON_TYPE || type === PROTOBUF_TYPE)
        return aggregated(request, parts, root, v as DiscoveryVersion, type);
      continue;
    }
    if (g === undefined && (type === JSON_TYPE || type === YAML_TYPE || type === PROTOBUF_TYPE || type === "*/*")) {
      return plain(request, parts, [root], rootDocument(parts, groups, root), false);
    }
  }
  if (header !== "") throw notAcceptable([JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE]);
  return plain(request, parts, [root], rootDocument(parts, groups, root), false);
}

const rootDocument = (parts: Parts, groups: GroupVersions, root: string) =>
  root === "api" ? apiVersions(parts.address()) : apiGroupList(groups);

function aggregated(
  request: HttpRequest,
  parts: Parts,
  root: "api" | "apis",
  version: DiscoveryVersion,
  media: string,
): boolean {
  const make = () => {
    const document = withRemotes(parts, aggregatedDiscovery(allGroups(parts, "group"), root, version));
    return media === PROTOBUF_TYPE ? encodeDiscovery(document) : Buffer.from(`${JSON.stringify(document)}\n`);
  };
  return answer(
    request,
    parts,
    `${root} ${version} ${media}`,
    `${media};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    make,
  );
}

type Aggregated = ReturnType<typeof aggregatedDiscovery>;

/** What other servers have said of themselves, in its places. */
function withRemotes({ aggregation }: Parts, document: Aggregated): Aggregated {
  if (aggregation === undefined || aggregation.services.remotes.size === 0) return document;
  const { services, discovery: remote } = aggregation;
  const items = document.items.map((item) => ({
    ...item,
    versions: item.versions.map((one) => {
      const groupVersion = `${item.metadata.name ?? ""}/${one.version}`;
      return services.remotes.has(groupVersion) ? { ...one, ...remote.get(groupVersion) } : one;
    }),
  }));
  return { ...document, items } as Aggregated;
}

function plain(
  request: HttpRequest,
  parts: Parts,
  path: readonly string[],
  document: object,
  readsOnly = true,
): boolean {
  const { method } = request.exchange;
  if (readsOnly && method !== "GET" && method !== "HEAD") throw noSuchMethod();
  const media = mediaOf(request.exchange.header("accept") ?? "");
  const make = () => {
    if (media === PROTOBUF_TYPE) return protobufPlain(document);
    return Buffer.from(media === YAML_TYPE ? yamlOf(document) : `${JSON.stringify(document)}\n`);
  };
  return answer(request, parts, `${path.join("/")} ${media}`, media, make);
}

function mediaOf(header: string): string {
  for (const { type, parameters } of parseAccept(header)) {
    if (parameters["as"] !== undefined) continue;
    if (type === JSON_TYPE || type === "*/*") return JSON_TYPE;
    if (type === YAML_TYPE || type === PROTOBUF_TYPE) return type;
  }
  if (header !== "" && !/json/.test(header)) throw notAcceptable([JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE]);
  return JSON_TYPE;
}

function answer(request: HttpRequest, parts: Parts, key: string, contentType: string, make: () => Uint8Array): boolean {
  const memory = memoryOf(parts);
  let document = memory.documents.get(key);
  if (document === undefined) {
    const body = make();
    document = { body, etag: `"${createHash("sha256").update(body).digest("hex").toUpperCase()}"` };
    memory.documents.set(key, document);
  }
  const headers = {
    "audit-id": request.auditId,
    "cache-control": "public",
    "content-type": contentType,
    etag: document.etag,
    vary: "Accept",
  };
  if (request.exchange.header("if-none-match") === document.etag) request.exchange.send(304, headers, new Uint8Array());
  else request.exchange.send(200, headers, document.body);
  return true;
}
