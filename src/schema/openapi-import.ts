// The structural OpenAPI v3 schema of a CustomResourceDefinition as a node, so that every walk works on custom
// resources.
// It refuses to judge the schema (the CRD's own validation has), and carries what nodes can say: types, properties,
// required, enums of texts, patterns, limits, constant defaults, list and map topology, preserved and embedded objects.
// Logic (`anyOf`, `not` …), null among items and values, and CEL rules are read by custom resources' own validation from the schema
// itself.
import type { FormatName } from "../base/formats.ts";
import { isJsonObject } from "./freeze.ts";
import { metadata, typeMeta } from "./meta/object-meta.ts";
import type { AnyObjectNode, Field, Fields, JsonObject, ListFacts, Node, NumberFacts, StringFacts } from "./node.ts";

/** OpenAPI's formats that base/formats.ts judges under the same name. */
const FORMATS: ReadonlySet<string> = new Set<FormatName>(["cidr", "duration", "ipv4", "ipv6", "uuid"]);

/** The node of a kind: the schema's properties with apiVersion, kind and metadata as every object has them. */
export function nodeOfCustomKind(schema: JsonObject, name: string): AnyObjectNode {
  const node = objectNode(schema, name);
  return {
    ...node,
    fields: { ...typeMeta, metadata, ...without(node.fields, ["apiVersion", "kind", "metadata"]) },
    untyped: true,
    stated: schema,
  };
}

/** The node of a value. A schema without a type takes any JSON. */
export function nodeOfSchema(schema: JsonObject): Node {
  if (schema["x-kubernetes-int-or-string"] === true) return { type: "intOrString" };
  switch (schema["type"]) {
    case "object":
      return objectOrMap(schema);
    case "array":
      return { type: "list", items: nodeOfSchema(objectAt(schema, "items")), ...listFacts(schema) };
    case "string":
      return { type: "string", ...stringFacts(schema) };
    case "integer":
      return { type: schema["format"] === "int32" ? "int32" : "int64", ...numberFacts(schema) };
    case "number":
      return { type: "double", ...numberFacts(schema) };
    case "boolean":
      return { type: "boolean" };
    default:
      return { type: "json" };
  }
}

function objectOrMap(schema: JsonObject): Node {
  const others = schema["additionalProperties"];
  if (isJsonObject(schema["properties"]) || others === undefined || others === false || keeps(schema))
    return objectNode(schema, "");
  const values: Node = isJsonObject(others) ? nodeOfSchema(others) : { type: "json" };
  return { type: "map", values, ...atomic(schema), ...numbers(schema, ["minProperties", "maxProperties"]) };
}

const keeps = (schema: JsonObject) =>
  schema["x-kubernetes-preserve-unknown-fields"] === true || schema["x-kubernetes-embedded-resource"] === true;

/** Objects inside a custom resource have no name: OpenAPI shows them where they stand. */
function objectNode(schema: JsonObject, name: string): AnyObjectNode {
  const required = Array.isArray(schema["required"]) ? (schema["required"] as readonly string[]) : [];
  const fields: Record<string, Field> = {};
  for (const [key, value] of Object.entries(objectAt(schema, "properties"))) {
    if (isJsonObject(value)) fields[key] = fieldOf(value, required.includes(key));
  }
  const others = schema["additionalProperties"];
  return {
    type: "object",
    name,
    fields,
    ...docOf(schema),
    ...atomic(schema),
    ...(schema["x-kubernetes-preserve-unknown-fields"] === true && { preserveUnknown: true }),
    ...(schema["x-kubernetes-embedded-resource"] === true && { embedded: true }),
    ...(isJsonObject(others) && { additional: nodeOfSchema(others) }),
  };
}

/** Absence and zero differ everywhere in a custom resource. */
function fieldOf(schema: JsonObject, required: boolean): Field {
  const byDefault = schema["default"];
  return {
    tag: null,
    node: nodeOfSchema(schema),
    doc: typeof schema["description"] === "string" ? schema["description"] : "",
    pointer: true,
    ...(schema["nullable"] === true && { nullable: true }),
    ...(required && { required: true }),
    ...(byDefault !== undefined && { default: byDefault }),
  };
}

function stringFacts(schema: JsonObject): StringFacts {
  const values = schema["enum"];
  const { format, pattern } = schema;
  return {
    ...(Array.isArray(values) && { enum: values.filter((value): value is string => typeof value === "string") }),
    ...(typeof format === "string" && FORMATS.has(format) && { format: format as FormatName }),
    ...(typeof pattern === "string" && { pattern }),
    ...numbers(schema, ["minLength", "maxLength"]),
  };
}

const numberFacts = (schema: JsonObject): NumberFacts => ({
  ...numbers(schema, ["minimum", "maximum", "multipleOf"]),
  ...(schema["exclusiveMinimum"] === true && { exclusiveMinimum: true }),
  ...(schema["exclusiveMaximum"] === true && { exclusiveMaximum: true }),
});

function listFacts(schema: JsonObject): ListFacts {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  return {
    ...(typeof listType === "string" && { listType: listType as NonNullable<ListFacts["listType"]> }),
    ...(Array.isArray(keys) && { keys: keys as readonly string[] }),
    ...numbers(schema, ["minItems", "maxItems"]),
  };
}

const atomic = (schema: JsonObject) => (schema["x-kubernetes-map-type"] === "atomic" ? { atomic: true } : {});

const docOf = (schema: JsonObject) => (typeof schema["description"] === "string" ? { doc: schema["description"] } : {});

function numbers<K extends string>(schema: JsonObject, names: readonly K[]): { readonly [N in K]?: number } {
  const found: { [N in K]?: number } = {};
  for (const name of names) {
    const value = schema[name];
    if (typeof value === "number") found[name] = value;
  }
  return found;
}

function objectAt(schema: JsonObject, key: string): JsonObject {
  const value = schema[key];
  return isJsonObject(value) ? value : {};
}

const without = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
