// What of a definition's schema clients see, in each version of OpenAPI.
import assert from "node:assert/strict";
import { test } from "node:test";
import { publishedKind } from "./openapi-custom.ts";

const identity = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { $ref: "meta" } };
const fieldOf = (schema: object, dialect: "v2" | "v3") => {
  const kind = { type: "object", properties: { x: schema }, required: ["x"] };
  const { properties, required } = publishedKind(kind, dialect, identity) as unknown as {
    readonly properties: { readonly x: object };
    readonly required?: readonly string[];
  };
  return { x: properties.x, required };
};

test("what is stated is shown: order of enums, defaults that are false, no keyword that says nothing", () => {
  const stated = {
    type: "string",
    description: "d",
    enum: ["Great", "Down"],
    default: "",
    format: "color",
    pattern: "",
    nullable: false,
    "x-kubernetes-validations": [{ rule: "true" }],
    $schema: "no keyword of definitions",
  };
  const { pattern: _p, nullable: _n, $schema: _s, ...shown } = stated;
  for (const dialect of ["v2", "v3"] as const) assert.deepEqual(fieldOf(stated, dialect).x, shown);
  const kind = publishedKind({ type: "object", description: "K" }, "v2", identity);
  assert.deepEqual(kind, { type: "object", description: "K", properties: identity });
});

test("logic, null and unknown fields are for version 3 alone", () => {
  const logic = { type: "integer", anyOf: [{ minimum: 1 }], oneOf: [{ maximum: 3 }], allOf: [{}], not: { enum: [2] } };
  assert.deepEqual(fieldOf(logic, "v2").x, { type: "integer" });
  assert.deepEqual(fieldOf(logic, "v3").x, logic);
  const nullable = { type: "object", nullable: true, properties: { a: { type: "string" } } };
  assert.deepEqual(fieldOf(nullable, "v2"), { x: {}, required: undefined });
  assert.deepEqual(fieldOf(nullable, "v3"), { x: nullable, required: ["x"] });
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { a: { type: "string" } } };
  assert.deepEqual(fieldOf(open, "v2").x, { "x-kubernetes-preserve-unknown-fields": true });
  assert.deepEqual(fieldOf(open, "v3").x, open);
  assert.deepEqual(publishedKind(open, "v2", identity), { type: "object" });
  assert.deepEqual(fieldOf({ type: "array" }, "v2").x, {});
});

test("an integer or a text says so in words that every client of version 3 reads", () => {
  const both = [{ type: "integer" }, { type: "string" }];
  const stated = { "x-kubernetes-int-or-string": true };
  assert.deepEqual(fieldOf(stated, "v2").x, stated);
  assert.deepEqual(fieldOf(stated, "v3").x, { ...stated, anyOf: both });
  assert.deepEqual(fieldOf({ ...stated, anyOf: both }, "v3").x, { ...stated, anyOf: both });
  const other = [{ pattern: "^a" }];
  assert.deepEqual(fieldOf({ ...stated, anyOf: other }, "v3").x, { ...stated, anyOf: other, allOf: [{ anyOf: both }] });
});

test("objects inside others are described like whole ones", () => {
  const embedded = { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: { type: "string" } } };
  assert.deepEqual(fieldOf(embedded, "v2").x, {
    ...embedded,
    properties: { ...identity, spec: { type: "string" } },
    required: ["kind", "apiVersion"],
  });
});
