// What is wrong with a custom resource's value by its schema: types, limits, enums, patterns, formats, logic, list types,
// with the texts of upstream's validator. It refuses to prune, to default and to run CEL.
// Specification: OpenAPI v3 schemas as far as "structural schemas" take them.
import { formats } from "../../base/formats.ts";
import type { FormatName } from "../../base/formats.ts";
import { equalJson } from "../../schema/equality.ts";
import { isJsonObject } from "../../schema/freeze.ts";
import {
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
  fieldTypeInvalid,
} from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { FieldPath } from "../../schema/meta/path.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { JSONSchemaProps } from "./definition/json-schema.ts";

/** Where a value stands: for the error, and in its text, which upstream counts from where it began to look. */
interface Place {
  readonly path: FieldPath;
  readonly text: string;
}

const child = ({ path, text }: Place, name: string): Place => ({
  path: path.child(name),
  text: text === "" ? name : `${text}.${name}`,
});
const index = ({ path, text }: Place, i: number): Place => ({ path: path.index(i), text: `${text}[${i}]` });

/** All faults. `text` is the path as it stands inside of messages. */
export function* valueFaults(
  schema: JSONSchemaProps,
  value: unknown,
  path: FieldPath,
  text: string,
): Generator<FieldError> {
  yield* faultsAt(schema, value, { path, text });
}

function* faultsAt(schema: JSONSchemaProps, value: unknown, at: Place): Generator<FieldError> {
  if (value === undefined) return;
  if (value === null && schema.nullable) return;
  const wrong = typeFault(schema, value, at);
  if (wrong !== undefined) return yield wrong;
  yield* logicFaults(schema, value, at);
  if (typeof value === "string") yield* stringFaults(schema, value, at);
  else if (typeof value === "number") yield* numberFaults(schema, value, at);
  else if (Array.isArray(value)) yield* listFaults(schema, value, at);
  if (schema.enum !== undefined && !schema.enum.some((one) => equalJson(one, value)))
    yield notIn(at.path, value, schema.enum);
  if (isJsonObject(value)) yield* objectFaults(schema, value, at);
}

/** The JSON type of a value as upstream's messages name it. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function typeFault(schema: JSONSchemaProps, value: unknown, at: Place): FieldError | undefined {
  const found = typeOf(value);
  const { type } = schema;
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true;
  if (isIntOrString ? found === "integer" || found === "string" : !type) return undefined;
  if (type === found || (type === "number" && found === "integer")) return undefined;
  const wanted = isIntOrString ? "integer,string" : type!;
  return fieldTypeInvalid(at.path, found, `${at.text} in body must be of type ${wanted}: ${JSON.stringify(found)}`);
}

/** Upstream stops at the first fault of a text. */
function* stringFaults(schema: JSONSchemaProps, value: string, at: Place): Generator<FieldError> {
  const { maxLength, minLength, pattern, format } = schema;
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) yield fieldTooLong(at.path, maxLength);
  else if (minLength !== undefined && length < minLength)
    yield fieldInvalid(at.path, value, `${at.text} in body should be at least ${minLength} chars long`);
  else if (pattern && !regExpOf(pattern)?.test(value))
    yield fieldInvalid(at.path, value, `${at.text} in body should match '${pattern}'`);
  if (format && !hasFormat(format, value))
    yield fieldInvalid(at.path, value, `${at.text} in body must be of type ${format}: ${JSON.stringify(value)}`);
}

const patterns = new Map<string, RegExp | undefined>();
const MOST_PATTERNS = 1000;

/** RE2's source as a JavaScript expression; undefined for what cannot be one. */
export function regExpOf(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) {
    if (patterns.size >= MOST_PATTERNS) patterns.clear();
    patterns.set(pattern, compiled(pattern));
  }
  return patterns.get(pattern);
}

function compiled(pattern: string): RegExp | undefined {
  // Go writes flags in front, absolute ends as \A and \z, and named groups with a P.
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const source = pattern
    .slice(flags?.[0].length ?? 0)
    .replace(/\\A/g, "^")
    .replace(/\\z/g, "$")
    .replace(/\(\?P</g, "(?<");
  try {
    return new RegExp(source, `u${flags?.[1] ?? ""}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  try {
    // Without the u flag JavaScript takes escapes that RE2 takes as well.
    return new RegExp(source, flags?.[1] ?? "");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const BY_FORMAT: Readonly<Record<string, RegExp | FormatName>> = {
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  cidr: "cidrSloppy",
  date: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  "date-time":
    /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/,
  duration: "duration",
  email: /^[^@\s]+@[^@\s]+$/,
  hostname: "dns1123SubdomainCaseless",
  ipv4: "ipv4",
  ipv6: "ipv6",
  mac: /^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/,
  uri: /^[A-Za-z][A-Za-z0-9+.-]*:/,
  uuid: /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/,
};

/** Formats that nobody knows are taken. */
function hasFormat(format: string, value: string): boolean {
  const judge = Object.hasOwn(BY_FORMAT, format) ? BY_FORMAT[format]! : undefined;
  if (judge === undefined) return true;
  return typeof judge === "string" ? formats[judge](value).length === 0 : judge.test(value);
}

function* numberFaults(schema: JSONSchemaProps, value: number, at: Place): Generator<FieldError> {
  const { maximum, exclusiveMaximum, minimum, exclusiveMinimum, multipleOf } = schema;
  const fault = (why: string) => fieldInvalid(at.path, value, `${at.text} in body should be ${why}`);
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf))
    yield fault(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    yield fault(`less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    yield fault(`greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  if (schema.format === "int32" && (value > 2 ** 31 - 1 || value < -(2 ** 31)))
    yield fieldInvalid(at.path, value, `${at.text} in body must be of type int32: ${JSON.stringify(String(value))}`);
}

const tooMany = (path: FieldPath, count: number, most: number): FieldError => ({
  reason: "FieldValueTooMany",
  field: path.toString(),
  body: `Too many: ${count}: must have at most ${most} ${most === 1 ? "item" : "items"}`,
});

/** Supported values are shown as texts, whatever they are. */
const notIn = (path: FieldPath, value: unknown, supported: readonly unknown[]): FieldError => ({
  reason: "FieldValueNotSupported",
  field: path.toString(),
  body: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported
    .map((one) => JSON.stringify(typeof one === "string" ? one : JSON.stringify(one)))
    .join(", ")}`,
});

function* listFaults(schema: JSONSchemaProps, value: readonly unknown[], at: Place): Generator<FieldError> {
  const { items, minItems, maxItems } = schema;
  if (minItems !== undefined && value.length < minItems)
    yield fieldInvalid(at.path, value.length, `${at.text} in body should have at least ${minItems} items`);
  if (maxItems !== undefined && value.length > maxItems) yield tooMany(at.path, value.length, maxItems);
  if (items !== undefined && !isList(items))
    for (const [i, item] of value.entries()) yield* faultsAt(items, item, index(at, i));
  yield* duplicates(schema, value, at);
}

const isList = (items: JSONSchemaProps | readonly JSONSchemaProps[]): items is readonly JSONSchemaProps[] =>
  Array.isArray(items);

/** Sets and map-like lists hold nothing twice. */
function* duplicates(schema: JSONSchemaProps, value: readonly unknown[], at: Place): Generator<FieldError> {
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== "set" && listType !== "map") return;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    const identity =
      listType === "map" && isJsonObject(item)
        ? Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]))
        : item;
    const text = JSON.stringify(identity);
    if (seen.has(text)) yield fieldDuplicate(at.path.index(i), identity);
    seen.add(text);
  }
}

function* objectFaults(schema: JSONSchemaProps, value: JsonObject, at: Place): Generator<FieldError> {
  const { properties = {}, additionalProperties, required = [], minProperties, maxProperties } = schema;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  if (minProperties !== undefined && names.length < minProperties)
    yield fieldInvalid(at.path, names.length, `${at.text} in body should have at least ${minProperties} properties`);
  if (maxProperties !== undefined && names.length > maxProperties) yield tooMany(at.path, names.length, maxProperties);
  for (const name of required) if (value[name] === undefined) yield fieldRequired(at.path.child(name));
  if (schema["x-kubernetes-embedded-resource"]) yield* embeddedFaults(value, at);
  for (const name of names.sort()) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (inner !== undefined) yield* faultsAt(inner, value[name], child(at, name));
    else if (typeof additionalProperties === "object")
      yield* faultsAt(additionalProperties, value[name], { path: at.path.key(name), text: `${at.text}.${name}` });
  }
}

function* embeddedFaults(value: JsonObject, at: Place): Generator<FieldError> {
  for (const name of ["apiVersion", "kind"])
    if (typeof value[name] !== "string" || value[name] === "")
      yield fieldRequired(at.path.child(name), "must not be empty");
}

function* logicFaults(schema: JSONSchemaProps, value: unknown, at: Place): Generator<FieldError> {
  const { allOf, anyOf, oneOf, not } = schema;
  const holds = (one: JSONSchemaProps) => faultsAt(one, value, at).next().done === true;
  const fault = (why: string) => fieldInvalid(at.path, "", `${at.text} in body ${why}`);
  if (anyOf?.length && !anyOf.some(holds)) {
    yield fault("must validate at least one schema (anyOf)");
    yield* faultsAt(anyOf[0]!, value, at);
  }
  if (oneOf?.length) {
    const count = oneOf.filter(holds).length;
    if (count === 0) yield fault("must validate one and only one schema (oneOf). Found none valid");
    else if (count > 1) yield fault(`must validate one and only one schema (oneOf). Found ${count} valid alternatives`);
  }
  if (allOf?.length && !allOf.every(holds)) {
    yield fault("must validate all the schemas (allOf)");
    for (const one of allOf) yield* faultsAt(one, value, at);
  }
  if (not !== undefined && holds(not)) yield fault("must not validate the schema (not)");
}
