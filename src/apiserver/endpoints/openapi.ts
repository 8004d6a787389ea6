// /openapi/v2 and /openapi/v3: the schemas of all kinds, live. It refuses to make the documents (schema/openapi-v2.ts,
// schema/openapi-v3.ts) and keeps their bytes until the kinds change.
import type { JsonObject } from "../../schema/node.ts";
import type { Served } from "../../schema/openapi-operations.ts";
import { openapiV2 } from "../../schema/openapi-v2.ts";
import { OPENAPI_V2_PROTOBUF, openapiV2Protobuf } from "../../schema/openapi-v2-protobuf.ts";
import { documentHash, openapiV3, openapiV3Index, openapiV3Paths } from "../../schema/openapi-v3.ts";
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
  readonly generation: number;
  readonly documents: Map<string, Document>;
}

const kept = new WeakMap<Parts, Memory>();

export function openapi(request: HttpRequest, parts: Parts, rest: readonly string[]): boolean {
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

function document(parts: Parts, key: string, make: (served: Served) => Uint8Array): Document {
  let memory = kept.get(parts);
  if (memory?.generation !== parts.kinds.generation)
    kept.set(parts, (memory = { generation: parts.kinds.generation, documents: new Map() }));
  let found = memory.documents.get(key);
  if (found === undefined) {
    const bytes = make(servedOf(parts));
    memory.documents.set(key, (found = { bytes, hash: documentHash(bytes) }));
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

function v2(request: HttpRequest, parts: Parts): true {
  const plain = () => document(parts, "v2", (served) => json(openapiV2(served, INFO)));
  const clauses = parseAccept(request.exchange.header("accept") || "*/*");
  for (const { type } of clauses) {
    if (type === JSON_TYPE || type === "*/*" || type === "application/*") return answer(request, JSON_TYPE, plain());
    if (type === V2_PROTOBUF_ASKED || type === OPENAPI_V2_PROTOBUF) {
      return answer(
        request,
        OPENAPI_V2_PROTOBUF,
        document(parts, "v2 protobuf", (served) => openapiV2Protobuf(openapiV2(served, INFO))),
      );
    }
  }
  request.exchange.send(406, { "audit-id": request.auditId }, new Uint8Array());
  return true;
}

function v3(request: HttpRequest, parts: Parts, path: string): boolean {
  const one = (name: string) => document(parts, `v3 ${name}`, (served) => json(openapiV3(served, name, INFO) ?? {}));
  const names = openapiV3Paths(servedOf(parts));
  if (path === "") {
    const hashes = names.map((name): readonly [string, string] => [name, one(name).hash]);
    return answer(
      request,
      "text/plain; charset=utf-8",
      document(parts, "v3 index", () => json(openapiV3Index(hashes))),
    );
  }
  if (!names.includes(path)) return false;
  const found = one(path);
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
