// The whole API as an OpenAPI 2.0 document, as /openapi/v2 gives it. It refuses to serialise: JSON is the caller's,
// protobuf is openapi-v2-protobuf.ts.
import { Definitions } from "./openapi-definitions.ts";
import { definitionOf } from "./openapi-meta.ts";
import { operationsByResource, serverOperations } from "./openapi-operations.ts";
import type { Operation, Served } from "./openapi-operations.ts";
import { PATH_PARAMETERS, QUERY_PARAMETERS } from "./openapi-parameters.ts";
import type { Parameter } from "./openapi-parameters.ts";
import type { JsonObject } from "./node.ts";

export interface DocumentInfo {
  readonly title: string;
  /** Of the server: `v1.37.2`. */
  readonly version: string;
}

/** The document in one go: some 10 ms for all built-in kinds. */
export function openapiV2(served: Served, info: DocumentInfo): JsonObject {
  return drained(openapiV2InSteps(served, info));
}

/** The document, made piece by piece: whoever must not block goes on with other things between the steps. */
export function* openapiV2InSteps(served: Served, info: DocumentInfo): Generator<undefined, JsonObject> {
  const definitions = new Definitions("v2");
  const versions = groupVersionList(served);
  const paths = new Map<string, JsonObject>();
  const add = (operations: readonly Operation[]) => {
    for (const [path, list] of Map.groupBy(operations, (operation) => operation.path)) {
      paths.set(path, pathItem(path, list, definitions, versions));
    }
  };
  add(serverOperations(served.groups));
  for (const { group, version } of versions) {
    for (const operations of operationsByResource(served, group, version)) {
      add(operations);
      yield;
    }
  }
  addKinds(served, definitions);
  return {
    swagger: "2.0",
    info,
    paths: Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1))),
    definitions: definitions.all,
    securityDefinitions: {
      BearerToken: { description: "Bearer Token authentication", type: "apiKey", name: "authorization", in: "header" },
    },
    security: [{ BearerToken: [] }],
  };
}

/** All steps at once. */
export function drained<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
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
