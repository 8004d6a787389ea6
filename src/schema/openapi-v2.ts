// The whole API as an OpenAPI 2.0 document, as /openapi/v2 gives it. It refuses to serialise: JSON is the caller's,
// protobuf is openapi-v2-protobuf.ts.
import { Definitions } from "./openapi-definitions.ts";
import { definitionOf } from "./openapi-meta.ts";
import { operationsOf, serverOperations } from "./openapi-operations.ts";
import type { Operation, Served } from "./openapi-operations.ts";
import { PATH_PARAMETERS, QUERY_PARAMETERS } from "./openapi-parameters.ts";
import type { Parameter } from "./openapi-parameters.ts";
import type { JsonObject } from "./node.ts";

export interface DocumentInfo {
  readonly title: string;
  /** Of the server: `v1.37.2`. */
  readonly version: string;
}

/** The kinds of each group version get their names in definitions. */
export function openapiV2(served: Served, info: DocumentInfo): JsonObject {
  const definitions = new Definitions("v2");
  const versions = groupVersionList(served);
  const operations = [
    ...serverOperations(served.groups),
    ...versions.flatMap((v) => operationsOf(served, v.group, v.version)),
  ];
  const paths = new Map<string, Operation[]>();
  for (const operation of operations) paths.set(operation.path, [...(paths.get(operation.path) ?? []), operation]);
  const written = Object.fromEntries(
    [...paths]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, list]) => [path, pathItem(path, list, definitions, versions)]),
  );
  addKinds(served, definitions);
  return {
    swagger: "2.0",
    info,
    paths: written,
    definitions: definitions.all,
    securityDefinitions: {
      BearerToken: { description: "Bearer Token authentication", type: "apiKey", name: "authorization", in: "header" },
    },
    security: [{ BearerToken: [] }],
  };
}

export function groupVersionList(served: Served): { group: string; version: string }[] {
  return [...served.groups].flatMap(([group, versions]) => [...versions.keys()].map((version) => ({ group, version })));
}

/** Puts `x-kubernetes-group-version-kind` on every kind's definition. */
export function addKinds(served: Served, definitions: Definitions, only?: { group: string; version: string }): void {
  for (const [group, versions] of served.groups) {
    for (const [version, resources] of versions) {
      if (only && (only.group !== group || only.version !== version)) continue;
      for (const resource of resources) {
        const node = resource.versions[version]?.schema ?? resource.schema;
        definitions.add(node, [{ group, kind: resource.kind, version }]);
      }
    }
  }
  if (only) return;
  for (const { schema, group, version, kind } of served.bodies) definitions.add(schema, [{ group, kind, version }]);
}

function pathItem(
  path: string,
  operations: readonly Operation[],
  definitions: Definitions,
  versions: { group: string; version: string }[],
): JsonObject {
  const parameters = pathParameters(path).map((name) => parameter(name, "path", PATH_PARAMETERS[name]!));
  const item: Record<string, unknown> = {};
  for (const operation of operations) item[operation.verb] = operationObject(operation, definitions, versions);
  if (parameters.length > 0) item["parameters"] = parameters;
  return item;
}

/** The variables of a path, sorted. */
export const pathParameters = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();

function parameter(name: string, where: "path" | "query", { type, doc }: Parameter): JsonObject {
  return {
    ...(doc && { description: doc }),
    in: where,
    name,
    ...(where === "path" && { required: true }),
    type,
    uniqueItems: true,
  };
}

function operationObject(
  operation: Operation,
  definitions: Definitions,
  versions: { group: string; version: string }[],
): JsonObject {
  const { operationId, doc, tag, action, gvk, query, body, bodyRequired, codes, answer, consumes, produces } =
    operation;
  const bodyName = body && definitionOf(definitions, body, versions, gvk);
  const answerName = definitionOf(definitions, answer, versions, gvk);
  const schema = answerName ? definitions.ref(answerName) : { type: "string" };
  const parameters = [
    ...(bodyName
      ? [{ in: "body", name: "body", ...(bodyRequired && { required: true }), schema: definitions.ref(bodyName) }]
      : []),
    ...query.map((name) => parameter(name, "query", QUERY_PARAMETERS[name]!)),
  ];
  const responses = Object.fromEntries(codes.map((code) => [code, { description: CODE_TEXT[code], schema }]));
  return {
    ...(consumes.length > 0 && { consumes }),
    description: doc,
    operationId,
    ...(parameters.length > 0 && { parameters }),
    produces,
    responses: { ...responses, 401: { description: "Unauthorized" } },
    schemes: ["https"],
    tags: [tag],
    ...(action && { "x-kubernetes-action": action }),
    ...(gvk && { "x-kubernetes-group-version-kind": gvk }),
  };
}

export const CODE_TEXT: Readonly<Record<number, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };
