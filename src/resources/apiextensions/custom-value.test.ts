// Values by their schemas: what passes, and the texts of what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FieldPath } from "../../schema/meta/path.ts";
import { valueFaults } from "./custom-value.ts";
import type { JSONSchemaProps } from "./definition/json-schema.ts";

const faults = (schema: JSONSchemaProps, value: unknown) =>
  [...valueFaults(schema, value, FieldPath.of("spec"), "spec")].map(({ field, body }) => `${field}: ${body}`);

const cases: readonly (readonly [name: string, JSONSchemaProps, value: unknown, faults: readonly string[]])[] = [
  ["a type", { type: "string" }, 5, ['spec: Invalid value: "integer": spec in body must be of type string: "integer"']],
  ["a whole number is a number", { type: "number" }, 5, []],
  [
    "a fraction is no integer",
    { type: "integer" },
    1.5,
    ['spec: Invalid value: "number": spec in body must be of type integer: "number"'],
  ],
  ["null where it may be", { type: "string", nullable: true }, null, []],
  [
    "null where it may not",
    { type: "string" },
    null,
    ['spec: Invalid value: "null": spec in body must be of type string: "null"'],
  ],
  ["characters count, not bytes", { type: "string", maxLength: 2 }, "äö", []],
  [
    "an absolute end",
    { type: "string", pattern: "\\A[a-z]+\\z" },
    "A",
    ["spec: Invalid value: \"A\": spec in body should match '\\A[a-z]+\\z'"],
  ],
  ["a flag in front", { type: "string", pattern: "(?i)^abc$" }, "ABC", []],
  [
    "a date",
    { type: "string", format: "date-time" },
    "yesterday",
    ['spec: Invalid value: "yesterday": spec in body must be of type date-time: "yesterday"'],
  ],
  ["an unknown format", { type: "string", format: "colour" }, "x", []],
  [
    "number or text",
    { "x-kubernetes-int-or-string": true },
    true,
    ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
  ],
  [
    "a set holds nothing twice",
    { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    ["a", "a"],
    ['spec[1]: Duplicate value: "a"'],
  ],
  [
    "map-like lists are told apart by their keys",
    { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] },
    [
      { k: 1, v: 1 },
      { k: 1, v: 2 },
    ],
    ['spec[1]: Duplicate value: {"k":1}'],
  ],
  [
    "members that are not named",
    { type: "object", additionalProperties: { type: "integer" } },
    { a: "x" },
    ['spec[a]: Invalid value: "string": spec.a in body must be of type integer: "string"'],
  ],
  ["what must be there", { type: "object", required: ["a"] }, {}, ["spec.a: Required value"]],
  [
    "an embedded object",
    { type: "object", "x-kubernetes-embedded-resource": true },
    { kind: "A" },
    ["spec.apiVersion: Required value: must not be empty"],
  ],
  [
    "one of",
    { type: "integer", oneOf: [{ minimum: 1 }, { minimum: 2 }] },
    3,
    ['spec: Invalid value: "": spec in body must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  [
    "not",
    { type: "integer", not: { minimum: 5 } },
    6,
    ['spec: Invalid value: "": spec in body must not validate the schema (not)'],
  ],
];

for (const [name, schema, value, wanted] of cases) test(name, () => assert.deepEqual(faults(schema, value), wanted));
