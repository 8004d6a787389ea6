// Whether the schemas of a definition are structural: every value has one type, stated outside of logic, so that values
// can be pruned and defaulted. CEL in x-kubernetes-validations is checked as far as its form goes.
// Specification: "Specifying a structural schema", KEP-1693.
import { isJsonObject } from "../../../../schema/freeze.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { notSupported } from "../../../faults.ts";
import { regExpOf, valueFaults } from "../../custom-value.ts";
import { compileFaults, occurrences, totalFaults } from "../../custom-rules.ts";
import type { Costs } from "../../custom-rules.ts";
import { parseJsonPath } from "../../json-path.ts";
import type { CustomResourceDefinition } from "../../custom-resource-definition.ts";
import { REASONS } from "../json-schema.ts";
import type { JSONSchemaProps, ValidationRule } from "../json-schema.ts";
import { schemasOf } from "../places.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

export const schemasStructural: Rule<CustomResourceDefinition> = function* ({ spec }) {
  for (const { value: schema, path } of schemasOf(spec)) {
    const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
    if (!schema.type) {
      if (!preserves || Object.keys(schema).length > 1)
        yield fieldRequired(path.child("type"), "must not be empty at the root");
    } else if (schema.type !== "object")
      yield fieldInvalid(path.child("type"), schema.type, "must be object at the root");
    const costs: Costs = { total: 0, heavy: [] };
    yield* valueSchema(schema, path, { isRoot: true, costs, times: 1, uncorrelated: undefined });
    yield* totalFaults(costs, path);
  }
};

interface Standing {
  readonly isRoot: boolean;
  /** What rules cost so far. */
  readonly costs: Costs;
  /** How often a value may stand here. */
  readonly times: number;
  /** The list around it whose items have no identity. */
  readonly uncorrelated: FieldPath | undefined;
  /** What an absent type is told as. */
  readonly noType?: string;
}

/** A schema outside of logic: it states the type. */
function* valueSchema(schema: JSONSchemaProps, path: FieldPath, standing: Standing): Generator<FieldError> {
  yield* unsupported(schema, path);
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const intOrString = schema["x-kubernetes-int-or-string"] === true;
  const { type = "", items, properties, additionalProperties } = schema;
  if (type !== "" && !TYPES.includes(type)) yield fieldNotSupported(path.child("type"), type, TYPES);
  // A reference stands for all of a schema, and is refused for itself.
  if (!standing.isRoot && type === "" && !intOrString && !preserves && schema.$ref === undefined)
    yield fieldRequired(path.child("type"), standing.noType ?? "must not be empty for specified object fields");
  if (schema["x-kubernetes-embedded-resource"] && type !== "object")
    yield fieldInvalid(path.child("type"), type, "must be object if x-kubernetes-embedded-resource is true");
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    yield fieldInvalid(path.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined");
  if (properties !== undefined && additionalProperties !== undefined && additionalProperties !== false)
    yield fieldForbidden(
      path.child("additionalProperties"),
      "additionalProperties and properties are mutual exclusive",
    );
  if (type === "array" && items === undefined) yield fieldRequired(path.child("items"), "must be specified");
  yield* listFacts(schema, path);
  yield* defaultFaults(schema, path);
  for (const [i, rule] of (schema["x-kubernetes-validations"] ?? []).entries())
    yield* ruleFaults(schema, rule, path.child("x-kubernetes-validations").index(i), standing);
  yield* logic(schema, path);
  for (const [name, inner] of sorted(properties)) {
    const at = path.child("properties").key(name);
    if (standing.isRoot && name === "metadata") yield* metadataFaults(inner, at);
    else yield* valueSchema(inner, at, inside(standing, 1));
  }
  if (typeof additionalProperties === "object")
    yield* valueSchema(
      additionalProperties,
      path.child("additionalProperties"),
      inside(standing, occurrences(schema, additionalProperties, schema.maxProperties)),
    );
  if (Array.isArray(items)) yield fieldForbidden(path.child("items"), "items must be a schema object and not an array");
  else if (items !== undefined)
    yield* valueSchema(items as JSONSchemaProps, path.child("items"), {
      ...inside(standing, occurrences(schema, items as JSONSchemaProps, schema.maxItems)),
      uncorrelated: standing.uncorrelated ?? (schema["x-kubernetes-list-type"] === "map" ? undefined : path),
      noType: "must not be empty for specified array items",
    });
}

const inside = ({ costs, times, uncorrelated }: Standing, each: number): Standing => ({
  isRoot: false,
  costs,
  times: times * each,
  uncorrelated,
});

const sorted = <T>(members: Readonly<Record<string, T>> | undefined): readonly (readonly [string, T])[] =>
  Object.entries(members ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** What no schema may have, in logic or out of it. */
function* unsupported(schema: JSONSchemaProps, path: FieldPath): Generator<FieldError> {
  const { pattern } = schema;
  if (schema.$ref !== undefined) yield fieldForbidden(path.child("$ref"), "$ref is not supported");
  for (const name of ["id", "definitions", "dependencies", "patternProperties", "additionalItems"] as const)
    if (schema[name] !== undefined) yield fieldForbidden(path.child(name), `${name} is not supported`);
  if (schema.uniqueItems)
    yield fieldForbidden(
      path.child("uniqueItems"),
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    );
  if (pattern && regExpOf(pattern) === undefined)
    yield fieldInvalid(
      path.child("pattern"),
      pattern,
      `must be a valid regular expression, but isn't: error parsing regexp: ${regexpFault(pattern)}`,
    );
}

/** What Go's parser says, for the mistakes that are made. */
function regexpFault(pattern: string): string {
  const count = (text: RegExp) => pattern.match(text)?.length ?? 0;
  const [opened, closed] = [count(/(?<!\\)\(/g), count(/(?<!\\)\)/g)];
  if (opened > closed) return `missing closing ): \`${pattern}\``;
  if (closed > opened) return `unexpected ): \`${pattern}\``;
  if (count(/(?<!\\)\[/g) > count(/(?<!\\)\]/g))
    return `missing closing ]: \`${pattern.slice(pattern.lastIndexOf("["))}\``;
  const lookaround = /\(\?<?[=!]/.exec(pattern);
  if (lookaround !== null) return `invalid or unsupported Perl syntax: \`${lookaround[0]}\``;
  const repeated = /^[*+?]|[(|][*+?]/.exec(pattern);
  return repeated === null
    ? `invalid escape sequence: \`${pattern}\``
    : `missing argument to repetition operator: \`${repeated[0].at(-1)}\``;
}

/** Only name and generateName of an object's own metadata may be narrowed. */
function* metadataFaults(schema: JSONSchemaProps, path: FieldPath): Generator<FieldError> {
  const named = Object.keys(schema.properties ?? {});
  const others = Object.keys(schema).filter((key) => !["type", "properties", "description", "title"].includes(key));
  if (named.some((name) => name !== "name" && name !== "generateName") || others.length > 0)
    yield fieldForbidden(
      path,
      "must not specify anything other than name and generateName, but metadata is implicitly specified",
    );
  if (schema.type !== undefined && schema.type !== "object")
    yield fieldInvalid(path.child("type"), schema.type, "must be object");
}

function* listFacts(schema: JSONSchemaProps, path: FieldPath): Generator<FieldError> {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const mapType = schema["x-kubernetes-map-type"];
  const keysAt = path.child("x-kubernetes-list-map-keys");
  if (listType !== undefined) {
    const at = path.child("x-kubernetes-list-type");
    if (!["atomic", "set", "map"].includes(listType)) yield notSupported(at, listType, ["atomic", "map", "set"]);
    if (schema.type !== "array")
      yield fieldInvalid(path.child("type"), schema.type ?? "", "must be array if x-kubernetes-list-type is specified");
  }
  if (listType === "map") {
    if (keys.length === 0) yield fieldRequired(keysAt, "must not be empty if x-kubernetes-list-type is map");
    const items = schema.items as JSONSchemaProps | undefined;
    if (items !== undefined && items.type !== "object")
      yield fieldInvalid(
        path.child("items", "type"),
        items.type ?? "",
        "must be object if parent array's x-kubernetes-list-type is map",
      );
    for (const [i, key] of keys.entries()) {
      const field = items?.properties?.[key];
      if (field === undefined) yield fieldInvalid(keysAt.index(i), key, "entries must all be names of item properties");
      else if (!items?.required?.includes(key) && field.default === undefined)
        yield fieldRequired(
          path.child("items", "properties").key(key).child("default"),
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        );
    }
  } else if (keys.length > 0) yield fieldForbidden(keysAt, "may only be specified if x-kubernetes-list-type is map");
  if (mapType !== undefined) {
    const at = path.child("x-kubernetes-map-type");
    if (mapType !== "granular" && mapType !== "atomic") yield notSupported(at, mapType, ["atomic", "granular"]);
    if (schema.type !== "object")
      yield fieldInvalid(path.child("type"), schema.type ?? "", "must be object if x-kubernetes-map-type is specified");
  }
}

/** A default is a value of its own schema. */
function* defaultFaults(schema: JSONSchemaProps, path: FieldPath): Generator<FieldError> {
  if (schema.default === undefined) return;
  yield* valueFaults(schema, schema.default, path.child("default"), path.child("default").toString());
}

function* ruleFaults(
  schema: JSONSchemaProps,
  rule: ValidationRule,
  path: FieldPath,
  occurrence: Standing,
): Generator<FieldError> {
  if ((rule.rule ?? "").trim() === "") yield fieldRequired(path.child("rule"), "rule is not specified");
  else yield* compileFaults(schema, rule, path, { occurrence, costs: occurrence.costs });
  if (rule.message !== undefined && rule.message !== "" && rule.message.trim() === "")
    yield fieldInvalid(path.child("message"), rule.message, "message must be non-empty if specified");
  else if (rule.message?.includes("\n"))
    yield fieldInvalid(path.child("message"), rule.message, "must not contain line breaks");
  if (rule.message?.trim() === "" && rule.rule.includes("\n"))
    yield fieldRequired(path.child("message"), "message must be specified if rule contains line breaks");
  if (rule.reason !== undefined && !REASONS.includes(rule.reason))
    yield fieldNotSupported(path.child("reason"), rule.reason, REASONS);
  if (rule.fieldPath && !leadsToField(schema, rule.fieldPath))
    yield fieldInvalid(path.child("fieldPath"), rule.fieldPath, "must be a valid path");
}

function leadsToField(schema: JSONSchemaProps, text: string): boolean {
  const steps = parseJsonPath(text);
  if (typeof steps === "string" || steps.length === 0) return false;
  let at: JSONSchemaProps | undefined = schema;
  for (const step of steps) {
    if (step.type !== "field" || at === undefined) return false;
    const others: JSONSchemaProps | boolean | undefined = at.additionalProperties;
    at = at.properties?.[step.name] ?? (isJsonObject(others) ? others : undefined);
  }
  return at !== undefined;
}

function* logic(schema: JSONSchemaProps, path: FieldPath): Generator<FieldError> {
  for (const name of ["allOf", "anyOf", "oneOf"] as const)
    for (const [i, inner] of (schema[name] ?? []).entries()) {
      // An int-or-string says so in just this form.
      if (schema["x-kubernetes-int-or-string"] && (inner.type === "integer" || inner.type === "string")) continue;
      yield* logicSchema(inner, path.child(name).index(i));
    }
  if (schema.not !== undefined) yield* logicSchema(schema.not, path.child("not"));
}

/** A schema inside of logic only narrows. */
function* logicSchema(schema: JSONSchemaProps, path: FieldPath): Generator<FieldError> {
  yield* unsupported(schema, path);
  const forbid = (name: string, what: string) => fieldForbidden(path.child(name), `must be ${what} to be structural`);
  if (schema.description) yield forbid("description", "empty");
  if (schema.type) yield forbid("type", "empty");
  if (schema.title) yield forbid("title", "empty");
  if (schema.default !== undefined) yield forbid("default", "undefined");
  if (schema.nullable) yield forbid("nullable", "false");
  if (schema.additionalProperties !== undefined) yield forbid("additionalProperties", "undefined");
  if (schema["x-kubernetes-preserve-unknown-fields"]) yield forbid("x-kubernetes-preserve-unknown-fields", "false");
  if (schema["x-kubernetes-embedded-resource"]) yield forbid("x-kubernetes-embedded-resource", "false");
  if (schema["x-kubernetes-int-or-string"]) yield forbid("x-kubernetes-int-or-string", "false");
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) yield forbid("x-kubernetes-validations", "empty");
  yield* logic(schema, path);
  for (const [name, inner] of sorted(schema.properties)) yield* logicSchema(inner, path.child("properties").key(name));
  const { items } = schema;
  if (items !== undefined && !Array.isArray(items)) yield* logicSchema(items as JSONSchemaProps, path.child("items"));
}
