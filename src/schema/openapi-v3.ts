// The API as OpenAPI 3.0 documents, one for each group version, and the index that names them with a hash of each.
// It refuses to serialise or to cache: documents are made when asked for.
import { createHash } from "node:crypto";
import { Definitions } from "./openapi-definitions.ts";
import { definitionOf } from "./openapi-meta.ts";
import { groupOperation, operationsOf, serverOperations } from "./openapi-operations.ts";
import type { Operation, Served } from "./openapi-operations.ts";
import { PATH_PARAMETERS, QUERY_PARAMETERS } from "./openapi-parameters.ts";
import type { Parameter } from "./openapi-parameters.ts";
import type { JsonObject } from "./node.ts";
import { CODE_TEXT, addKinds, groupVersionList, pathParameters } from "./openapi-v2.ts";
import type { DocumentInfo } from "./openapi-v2.ts";

/** Documents by their path below /openapi/v3: `api`, `api/v1`, `apis`, `apis/apps`, `apis/apps/v1`, `version` … */
export function openapiV3Paths(served: Served): readonly string[] {
  const groups = [...served.groups.keys()].filter((group) => group !== "");
  return [
    ".well-known/openid-configuration",
    "api",
    "apis",
    ...groups.map((group) => `apis/${group}`),
    ...groupVersionList(served).map(({ group, version }) =>
      group === "" ? `api/${version}` : `apis/${group}/${version}`,
    ),
    "openid/v1/jwks",
    "version",
  ].sort();
}

/** One of {@link openapiV3Paths}; undefined for any other path. */
export function openapiV3(served: Served, path: string, info: DocumentInfo): JsonObject | undefined {
  const match = /^(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  const group = match?.[1] ?? "";
  const version = match?.[2] ?? "";
  if (match && served.groups.get(group)?.has(version)) {
    return document(operationsOf(served, group, version), [{ group, version }], info, (definitions) =>
      addKinds(served, definitions, { group, version }),
    );
  }
  const named = /^apis\/([^/]+)$/.exec(path)?.[1];
  const operations =
    named !== undefined && served.groups.has(named)
      ? [groupOperation(named)]
      : serverOperations(served.groups).filter((operation) => operation.path === `/${path}/`);
  return operations.length > 0 ? document(operations, [{ group: "", version: "v1" }], info) : undefined;
}

function document(
  operations: readonly Operation[],
  versions: readonly { group: string; version: string }[],
  info: DocumentInfo,
  complete: (definitions: Definitions) => void = () => undefined,
): JsonObject {
  const definitions = new Definitions("v3");
  const paths = new Map<string, Record<string, unknown>>();
  for (const operation of operations) {
    const item = paths.get(operation.path) ?? pathItem(operation.path);
    paths.set(operation.path, item);
    item[operation.verb] = operationObject(operation, definitions, versions);
  }
  complete(definitions);
  return {
    openapi: "3.0.0",
    info,
    paths: Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: definitions.all,
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer Token authentication",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

function pathItem(path: string): Record<string, unknown> {
  const parameters = pathParameters(path).map((name) => parameter(name, "path", PATH_PARAMETERS[name]!));
  return parameters.length > 0 ? { parameters } : {};
}

const parameter = (name: string, where: "path" | "query", { type, doc }: Parameter): JsonObject => ({
  name,
  in: where,
  ...(doc && { description: doc }),
  ...(where === "path" && { required: true }),
  schema: { type, uniqueItems: true },
});

function operationObject(
  operation: Operation,
  definitions: Definitions,
  versions: readonly { group: string; version: string }[],
): JsonObject {
  const { operationId, doc, tag, action, gvk, query, body, bodyRequired, codes, answer, consumes, produces } =
    operation;
  const bodyName = body && definitionOf(definitions, body, versions, gvk);
  const answerName = definitionOf(definitions, answer, versions, gvk);
  const schema = answerName ? definitions.ref(answerName) : { type: "string" };
  const content = Object.fromEntries(produces.map((type) => [type, { schema }]));
  const responses = Object.fromEntries(codes.map((code) => [code, { description: CODE_TEXT[code], content }]));
  return {
    tags: [tag],
    description: doc,
    operationId,
    ...(query.length > 0 && { parameters: query.map((name) => parameter(name, "query", QUERY_PARAMETERS[name]!)) }),
    ...(bodyName && {
      requestBody: {
        ...(bodyRequired && { required: true }),
        content: Object.fromEntries(consumes.map((type) => [type, { schema: definitions.ref(bodyName) }])),
      },
    }),
    responses: { ...responses, 401: { description: "Unauthorized" } },
    ...(action && { "x-kubernetes-action": action }),
    ...(gvk && { "x-kubernetes-group-version-kind": gvk }),
  };
}

/**
 * The hash that names one state of a document, from its bytes: clients may keep a document as long as it is the same.
 */
export const documentHash = (bytes: Uint8Array | string) =>
  createHash("sha512").update(bytes).digest("hex").toUpperCase();

/** `/openapi/v3`: where each document is, with its hash. */
export const openapiV3Index = (hashes: Iterable<readonly [path: string, hash: string]>) => ({
  paths: Object.fromEntries(
    [...hashes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, hash]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]),
  ),
});
