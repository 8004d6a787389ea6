// The schema of a CustomResourceDefinition as OpenAPI shows it: all that it states in version 3, what clients of version 2
// can read in version 2. Pure. It refuses to judge the schema: the definition's own validation has.
// Specification: Kubernetes "Publish Validation Schema in OpenAPI".
import { isJsonObject } from "./freeze.ts";
import type { JsonObject } from "./node.ts";

const PRESERVED = "x-kubernetes-preserve-unknown-fields";
const EMBEDDED = "x-kubernetes-embedded-resource";
const SELECTABLE = "x-kubernetes-selectable-fields";
const INT_OR_STRING = "x-kubernetes-int-or-string";

/** Keywords that are shown as they are, where they say anything. */
const PLAIN = [
  "description",
  "title",
  "type",
  "format",
  "externalDocs",
  "enum",
  "required",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "exclusiveMinimum",
  "maximum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "nullable",
  PRESERVED,
  EMBEDDED,
  INT_OR_STRING,
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-validations",
  SELECTABLE,
] as const;
/** Values of their own: false and empty ones too. */
const VALUES = ["default", "example"] as const;
const LOGIC = ["allOf", "anyOf", "oneOf"] as const;

/** What objects have that stand inside others: `apiVersion`, `kind` and `metadata`, as the document describes them. */
type Identity = JsonObject;

/**
 * The whole definition of a kind. In version 2 a kind that takes any field has no properties at all: kubectl would take
 * those that are named for all that there are.
 */
export function publishedKind(schema: JsonObject, dialect: "v2" | "v3", identity: Identity): JsonObject {
  if (dialect === "v2" && schema[PRESERVED] === true)
    return { type: "object", ...(says(schema[SELECTABLE]) && { [SELECTABLE]: schema[SELECTABLE] }) };
  const shown = shownSchema(schema, dialect, identity);
  const named = isJsonObject(shown["properties"]) ? shown["properties"] : {};
  return { ...shown, properties: sorted({ ...named, ...identity }) };
}

function shownSchema(schema: JsonObject, dialect: "v2" | "v3", identity: Identity): JsonObject {
  const shown: Record<string, unknown> = {};
  for (const key of PLAIN) if (says(schema[key])) shown[key] = schema[key];
  for (const key of VALUES) if (schema[key] !== undefined && schema[key] !== null) shown[key] = schema[key];
  const inner = (value: unknown): unknown => (isJsonObject(value) ? shownSchema(value, dialect, identity) : value);
  if (says(schema["properties"])) shown["properties"] = mapped(schema["properties"], inner);
  if (schema["items"] !== undefined) shown["items"] = inner(schema["items"]);
  if (schema["additionalProperties"] !== undefined)
    shown["additionalProperties"] = inner(schema["additionalProperties"]);
  if (dialect === "v2") asVersion2(shown, schema);
  else withLogic(shown, schema);
  if (schema[EMBEDDED] === true && !(dialect === "v2" && schema[PRESERVED] === true)) embed(shown, identity);
  return shown;
}

/** No and empty are as if not said. */
function says(value: unknown): boolean {
  if (value === undefined || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}

const mapped = (value: unknown, shown: (one: unknown) => unknown): JsonObject =>
  sorted(Object.fromEntries(Object.entries(value as JsonObject).map(([key, one]) => [key, shown(one)])));

const sorted = (map: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

function withLogic(shown: Record<string, unknown>, schema: JsonObject): void {
  for (const key of LOGIC) if (says(schema[key])) shown[key] = schema[key];
  if (schema["not"] !== undefined) shown["not"] = schema["not"];
  // What an integer or a text is follows from its own keyword; clients without it are told as well.
  if (schema[INT_OR_STRING] !== true) return;
  const both = [{ type: "integer" }, { type: "string" }];
  const text = JSON.stringify(both);
  const all = Array.isArray(schema["allOf"]) ? (schema["allOf"] as readonly unknown[]) : [];
  const stated =
    JSON.stringify(schema["anyOf"]) === text ||
    all.some((one) => isJsonObject(one) && JSON.stringify(one["anyOf"]) === text);
  if (stated) return;
  if (schema["anyOf"] === undefined) shown["anyOf"] = both;
  else shown["allOf"] = [{ anyOf: both }, ...all];
}

/** Version 2 knows no logic and no null, and kubectl's reading of it less still. */
function asVersion2(shown: Record<string, unknown>, schema: JsonObject): void {
  const nullable = schema["nullable"] === true;
  const preserved = schema[PRESERVED] === true;
  if (nullable) {
    delete shown["type"];
    delete shown["nullable"];
  }
  if (nullable || preserved) {
    delete shown["items"];
    delete shown["properties"];
  }
  if (shown["items"] === undefined && shown["type"] === "array") delete shown["type"];
  if (preserved && shown["type"] === "object") delete shown["type"];
  const properties = isJsonObject(shown["properties"]) ? (schema["properties"] as JsonObject) : {};
  const isNullable = (one: unknown) => isJsonObject(one) && one["nullable"] === true;
  const required = Array.isArray(shown["required"]) ? (shown["required"] as readonly string[]) : [];
  const kept = isNullable(schema["additionalProperties"])
    ? []
    : required.filter((name) => !isNullable(properties[name]));
  if (kept.length > 0) shown["required"] = kept;
  else delete shown["required"];
}

function embed(shown: Record<string, unknown>, identity: Identity): void {
  const named = isJsonObject(shown["properties"]) ? shown["properties"] : {};
  shown["properties"] = sorted({ ...named, ...identity });
  const required = Array.isArray(shown["required"]) ? (shown["required"] as readonly string[]) : [];
  shown["required"] = [...required, ...["kind", "apiVersion"].filter((name) => !required.includes(name))];
}
