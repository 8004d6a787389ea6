// /openapi/v2 and /openapi/v3: the schemas of all kinds, live. It refuses to make the documents (schema/openapi-v2.ts,
// schema/openapi-v3.ts) and keeps their bytes until the kinds change.
import { isJsonObject } from "../../schema/freeze.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { Served } from "../../schema/openapi-operations.ts";
import type { Clock } from "../../base/clock.ts";
import { openapiV2InSteps } from "../../schema/openapi-v2.ts";
import { OPENAPI_V2_PROTOBUF, openapiV2ProtobufInSteps } from "../../schema/openapi-v2-protobuf.ts";
import { documentHash, openapiV3, openapiV3Index, openapiV3Paths } from "../../schema/openapi-v3.ts";
import { remoteDocuments } from "../aggregation/openapi.ts";
import type { RemoteDocument } from "../aggregation/openapi.ts";
import { withOpenapiV2 } from "../aggregation/openapi-merge.ts";
import { handOn } from "../aggregation/proxy.ts";
import type { Parts } from "../parts.ts";
import type { HttpRequest } from "../pipeline.ts";
import { JSON_TYPE, parseAccept } from "../negotiation.ts";
import { groupVersionsOf } from "./discovery.ts";
import { VERSION } from "./version.ts";

/** How clients ask for it; the answer's type has a dot for the `@`. */
const V2_PROTOBUF_ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const INFO = { title: "Kubernetes", version: VERSION.gitVersion };

interface Document {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

interface Memory {
  readonly generation: string;
  /** Those under way as well: nothing is made twice. */
  readonly documents: Map<string, Promise<Document>>;
}

/** The longest that the making of a document may hold the event loop. */
const MOST_MS_AT_ONCE = 6;

type Steps<T> = Generator<undefined, T>;

const kept = new WeakMap<Parts, Memory>();

export async function openapi(request: HttpRequest, parts: Parts, rest: readonly string[]): Promise<boolean> {
  const { method } = request.exchange;
  if (method !== "GET" && method !== "HEAD") return false;
  const [version, ...path] = rest;
  if (version === "v2" && path.length === 0) return v2(request, parts);
  if (version === "v3") return v3(request, parts, path.join("/"));
  return false;
}

const servedOf = (parts: Parts): Served => ({
  groups: groupVersionsOf(parts),
  bodies: [...parts.bodies.values()].map((one) => one.resource),
});

/** What the steps make, with breaks for others. */
async function finished<T>(steps: Steps<T>, clock: Clock): Promise<T> {
  let began = clock.monotonic();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.monotonic() - began <= MOST_MS_AT_ONCE) continue;
    await clock.sleep(0);
    began = clock.monotonic();
  }
}

/** `others`: what of other servers goes into it. */
function document(
  parts: Parts,
  name: string,
  make: (served: Served) => Steps<Uint8Array>,
  others: readonly RemoteDocument[] = NONE,
): Promise<Document> {
  const generation = String(parts.kinds.generation);
  const key = [name, ...others.flatMap(({ hash, groupVersions }) => [hash, ...groupVersions])].join(" ");
  let memory = kept.get(parts);
  if (memory?.generation !== generation) kept.set(parts, (memory = { generation, documents: new Map() }));
  // A document with others in it replaces the one before.
  if (others.length > 0)
    for (const known of memory.documents.keys())
      if (known.startsWith(`${name} `) && known !== key) memory.documents.delete(known);
  let found = memory.documents.get(key);
  if (found === undefined) {
    found = finished(make(servedOf(parts)), parts.clock).then((bytes) => ({ bytes, hash: documentHash(bytes) }));
    memory.documents.set(key, found);
  }
  return found;
}

const json = (value: JsonObject | object) => Buffer.from(JSON.stringify(value));

function answer(request: HttpRequest, contentType: string, { bytes, hash }: Document): true {
  const etag = `"${hash}"`;
  const headers = {
    "audit-id": request.auditId,
    "cache-control": "no-cache, private",
    "content-type": contentType,
    etag,
    vary: "Accept",
  };
  if (request.exchange.header("if-none-match") === etag) request.exchange.send(304, headers, new Uint8Array());
  else request.exchange.send(200, headers, bytes);
  return true;
}

const NONE: readonly RemoteDocument[] = [];

function* v2Whole(served: Served, others: readonly RemoteDocument[]): Steps<JsonObject> {
  let made: JsonObject = yield* openapiV2InSteps(served, INFO);
  for (const { document: theirs, groupVersions } of others) {
    yield;
    made = withOpenapiV2(made, theirs, groupVersions);
  }
  return made;
}

const v2Json = (others: readonly RemoteDocument[]) =>
  function* (served: Served): Steps<Uint8Array> {
    const made = yield* v2Whole(served, others);
    yield;
    return json(made);
  };

const v2Protobuf = (others: readonly RemoteDocument[]) =>
  function* (served: Served): Steps<Uint8Array> {
    return yield* openapiV2ProtobufInSteps(yield* v2Whole(served, others));
  };

async function v2(request: HttpRequest, parts: Parts): Promise<true> {
  const others = await remoteDocuments(parts, "/openapi/v2");
  const clauses = parseAccept(request.exchange.header("accept") || "*/*");
  for (const { type } of clauses) {
    if (type === JSON_TYPE || type === "*/*" || type === "application/*")
      return answer(request, JSON_TYPE, await document(parts, "v2 json", v2Json(others), others));
    if (type === V2_PROTOBUF_ASKED || type === OPENAPI_V2_PROTOBUF) {
      return answer(request, OPENAPI_V2_PROTOBUF, await document(parts, "v2 protobuf", v2Protobuf(others), others));
    }
  }
  request.exchange.send(406, { "audit-id": request.auditId }, new Uint8Array());
  return true;
}

/** One document is a group version: a short step of its own. */
function* v3Json(served: Served, path: string): Steps<Uint8Array> {
  const made = openapiV3(served, path, INFO) ?? {};
  yield;
  return json(made);
}

const v3Index = (others: readonly RemoteDocument[]) =>
  function* (served: Served): Steps<Uint8Array> {
    const hashes: (readonly [string, string])[] = [];
    for (const path of openapiV3Paths(served)) {
      const bytes = yield* v3Json(served, path);
      hashes.push([path, documentHash(bytes)]);
      yield;
    }
    const index = openapiV3Index(hashes);
    return json({ ...index, paths: { ...index.paths, ...Object.fromEntries(others.flatMap(indexed)) } });
  };

/** What the index of another server says of the group versions that it serves here. */
function indexed({ document: index, groupVersions }: RemoteDocument): readonly (readonly [string, unknown])[] {
  const paths = isJsonObject(index["paths"]) ? index["paths"] : {};
  return Object.entries(paths).filter(([path]) => groupVersions.some((one) => path === `apis/${one}`));
}

async function v3(request: HttpRequest, parts: Parts, path: string): Promise<boolean> {
  const names = openapiV3Paths(servedOf(parts));
  if (path === "") {
    const others = await remoteDocuments(parts, "/openapi/v3");
    return answer(request, "text/plain; charset=utf-8", await document(parts, "v3 index", v3Index(others), others));
  }
  const remote = path.startsWith("apis/") ? parts.aggregation?.services.remotes.get(path.slice(5)) : undefined;
  if (remote !== undefined) {
    await handOn(request, parts, remote);
    return true;
  }
  if (!names.includes(path)) return false;
  const found = await document(parts, `v3 ${path}`, (served) => v3Json(served, path));
  const asked = request.query.get("hash");
  // A document named by its hash never changes.
  if (asked !== null && asked === found.hash) {
    request.exchange.send(
      200,
      {
        "audit-id": request.auditId,
        "cache-control": "public, immutable",
        "content-type": JSON_TYPE,
        etag: `"${found.hash}"`,
      },
      found.bytes,
    );
    return true;
  }
  return answer(request, JSON_TYPE, found);
}
