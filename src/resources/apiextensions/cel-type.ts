// The schema of a custom resource as a type of CEL, with the sizes that it allows. It refuses to judge schemas.
// Specification: "Validation rules": names are escaped, unknown fields are out of reach.
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP } from "../../cel/type.ts";
import type { ObjectType, Type } from "../../cel/type.ts";
import type { JSONSchemaProps } from "./definition/json-schema.ts";

/** The largest request body: nothing in it is longer. */
export const MOST_BYTES = 3 * 1024 * 1024;

const KEYWORDS = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** The name that expressions use for a field; undefined for names that cannot be written. */
export function escapedName(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(name)) return undefined;
  return name.replace(/__|[.\-/]/g, (part) => ESCAPES[part]!);
}

const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

const isObject = (value: unknown): value is JSONSchemaProps =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `isRoot`: an object of the API, which has apiVersion, kind and a little of its metadata. */
export function celTypeOf(schema: JSONSchemaProps, isRoot = false): Type {
  if (schema["x-kubernetes-int-or-string"]) return DYN;
  switch (schema.type) {
    case "boolean":
      return BOOL;
    case "integer":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return textType(schema);
    case "array": {
      const items = isObject(schema.items) ? schema.items : {};
      return { kind: "list", items: celTypeOf(items), most: schema.maxItems ?? mostItems(items) };
    }
    case "object":
      return objectType(schema, isRoot);
    default:
      return DYN;
  }
}

function textType(schema: JSONSchemaProps): Type {
  switch (schema.format) {
    case "byte":
      return { ...BYTES, most: schema.maxLength ?? MOST_BYTES } as Type;
    case "date":
    case "date-time":
      return TIMESTAMP;
    case "duration":
      return DURATION;
    default: {
      const values = schema.enum?.map((one) => String(one).length);
      const longest = values === undefined ? MOST_BYTES - 2 : Math.max(0, ...values);
      return { ...STRING, most: schema.maxLength ?? longest } as Type;
    }
  }
}

function objectType(schema: JSONSchemaProps, isRoot: boolean): Type {
  const { properties, additionalProperties } = schema;
  if (isObject(additionalProperties) && properties === undefined) {
    const most = schema.maxProperties ?? Math.floor(MOST_BYTES / (leastBytes(additionalProperties) + 4));
    return { kind: "map", keys: STRING, values: celTypeOf(additionalProperties), most };
  }
  return declaredType(schema, isRoot || schema["x-kubernetes-embedded-resource"] === true);
}

const METADATA: ObjectType = {
  kind: "object",
  name: "ObjectMeta",
  field: (name) =>
    name === "name" || name === "generateName" ? { json: name, type: { ...STRING, most: 253 } as Type } : undefined,
};

/** Types are made when they are asked for: most fields are never named. */
function declaredType({ properties = {} }: JSONSchemaProps, isWhole: boolean): ObjectType {
  const fields = new Map<string, { json: string; schema: JSONSchemaProps }>();
  for (const [json, schema] of Object.entries(properties)) {
    const name = escapedName(json);
    if (name !== undefined) fields.set(name, { json, schema });
  }
  const made = new Map<string, { json: string; type: Type }>();
  return {
    kind: "object",
    name: "object",
    field(name) {
      if (isWhole && (name === "apiVersion" || name === "kind")) return { json: name, type: STRING };
      if (isWhole && name === "metadata") return { json: name, type: METADATA };
      let found = made.get(name);
      const field = fields.get(name);
      if (found === undefined && field !== undefined)
        made.set(name, (found = { json: field.json, type: celTypeOf(field.schema) }));
      return found;
    },
  };
}

const mostItems = (items: JSONSchemaProps) => Math.floor((MOST_BYTES - 2) / (leastBytes(items) + 1));

/** The fewest bytes that a value takes as JSON. */
export function leastBytes(schema: JSONSchemaProps): number {
  switch (schema.type) {
    case "string":
      return 2 + (schema.minLength ?? 0);
    case "array":
      return 2 + (schema.minItems ?? 0) * (isObject(schema.items) ? leastBytes(schema.items) + 1 : 2);
    case "object": {
      const needed = (schema.required ?? []).map(
        (name) => name.length + 4 + leastBytes(schema.properties?.[name] ?? {}),
      );
      return 2 + needed.reduce((sum, one) => sum + one, 0);
    }
    case "boolean":
      return 4;
    default:
      return 1;
  }
}
