import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deepFreeze } from "./freeze.ts";
import { fieldInvalid } from "./meta/field-error.ts";
import { metadata, typeMeta } from "./meta/object-meta.ts";
import { FieldPath } from "./meta/path.ts";
import {
  boolean,
  double,
  int32,
  list,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
} from "./node.ts";
import type { Node } from "./node.ts";
import { resource } from "./resource.ts";
import type { KubeObject, RequestFacts } from "./resource.ts";
import { validate, validateFacts } from "./validate.ts";

const request: RequestFacts = {
  operation: "create",
  subresource: "",
  user: { name: "u", groups: [] },
  now: 0,
  enabled: () => true,
};
const texts = (node: Node, value: unknown, old?: unknown) =>
  validateFacts(node, value, old).map(({ field, body }) => `${field}: ${body}`);
const spec = (field: ReturnType<typeof optional>) => object("a.v1.S", { f: field as never });

describe("facts", () => {
  test("required: strings and pointers to objects by themselves, others when demanded", () => {
    const node = object("a.v1.S", {
      name: required(1, string(), ""),
      ref: pointer(2, object("a.v1.R", {}), "", { required: true }),
      count: required(3, int32(), ""),
      list: required(4, list(string()), "", { demanded: "at least one" }),
      odd: required(5, string(), "", { demanded: false }),
    });
    assert.deepEqual(texts(node, { name: "", count: 0, list: [], odd: "" }), [
      "name: Required value",
      "ref: Required value",
      "list: Required value: at least one",
    ]);
    assert.deepEqual(texts(node, { name: "n", ref: {}, count: 0, list: ["a"], odd: "" }), []);
  });
  test("enum, format, numbers", () => {
    assert.deepEqual(texts(spec(optional(1, string({ enum: ["B", "A"] }), "")), { f: "C" }), [
      'f: Unsupported value: "C": supported values: "A", "B"',
    ]);
    assert.deepEqual(texts(spec(optional(1, string({ format: "uuid" }), "")), { f: "C" }), [
      'f: Invalid value: "C": must be a lowercase UUID in 8-4-4-4-12 format',
    ]);
    const number = (facts: object, f: number) => texts(spec(pointer(1, double(facts), "")), { f });
    assert.deepEqual(number({ minimum: 0 }, -1), ["f: Invalid value: -1: must be greater than or equal to 0"]);
    assert.deepEqual(number({ minimum: 0, exclusiveMinimum: true }, 0), [
      "f: Invalid value: 0: must be greater than 0",
    ]);
    assert.deepEqual(number({ minimum: 1, maximum: 65535 }, 0), [
      "f: Invalid value: 0: must be between 1 and 65535, inclusive",
    ]);
    assert.deepEqual(number({ maximum: 5 }, 6), ["f: Invalid value: 6: must be less than or equal to 5"]);
    assert.deepEqual(number({ multipleOf: 3 }, 4), ["f: Invalid value: 4: must be a multiple of 3"]);
  });
  test("the zero of a plain field is absence, of a pointer a value", () => {
    assert.deepEqual(texts(spec(optional(1, string({ enum: ["A"] }), "")), { f: "" }), []);
    assert.deepEqual(texts(spec(pointer(1, string({ enum: ["A"] }), "")), { f: "" }), [
      'f: Unsupported value: "": supported values: "A"',
    ]);
  });
  test("lists: limits, equals where they are forbidden, items at their index", () => {
    const Item = object("a.v1.I", { name: required(1, string(), ""), port: optional(2, int32(), "") });
    const items = (facts: object) => spec(optional(1, listMap(Item, ["name"], facts), ""));
    const twice = { f: [{ name: "a" }, { name: "a", port: 1 }] };
    assert.deepEqual(texts(items({}), twice), [], "a list type alone forbids nothing");
    assert.deepEqual(texts(items({ unique: "key" }), twice), ['f[1].name: Duplicate value: "a"']);
    assert.deepEqual(texts(items({ unique: "item" }), twice), ['f[1]: Duplicate value: {"name":"a","port":1}']);
    assert.deepEqual(texts(items({ maxItems: 1 }), twice), ["f: Too many: 2: must have at most 1 items"]);
    assert.deepEqual(texts(items({}), { f: [{ name: "a" }, { name: "" }] }), ["f[1].name: Required value"]);
  });
  test("maps: keys by format, sorted; values below their key", () => {
    const node = spec(optional(1, map(string({ enum: ["x"] }), { keyFormat: "uuid" }), ""));
    assert.deepEqual(texts(node, { f: { b: "x", a: "y" } }), [
      'f[a]: Invalid value: "a": must be a lowercase UUID in 8-4-4-4-12 format',
      'f[a]: Unsupported value: "y": supported values: "x"',
      'f[b]: Invalid value: "b": must be a lowercase UUID in 8-4-4-4-12 format',
    ]);
  });
  test("one of several fields", () => {
    const one = (facts: { required: boolean; message?: string }) =>
      object(
        "a.v1.O",
        { a: pointer(1, boolean(), ""), b: pointer(2, boolean(), "") },
        { oneOf: { fields: ["a", "b"], ...facts } },
      );
    const named = one({ required: true, message: "volume type" });
    assert.deepEqual(texts(named, {}), ["<nil>: Required value: must specify a volume type"]);
    assert.deepEqual(texts(named, { a: true, b: false }), ["b: Forbidden: may not specify more than 1 volume type"]);
    assert.deepEqual(texts(one({ required: true }), {}), ['<nil>: Invalid value: "": must specify one of: `a`, `b`']);
    assert.deepEqual(texts(one({ required: false }), {}), []);
  });
  test("values may be told in an order of their own, and faults after all others", () => {
    const node = object("a.v1.S", {
      first: required(1, string(), "", { toldLast: true }),
      mode: required(2, string({ enum: ["A", "B"], told: ["B", "A"] }), ""),
      left: optional(3, object("a.v1.L", { name: required(1, string(), "") }), ""),
    });
    assert.deepEqual(texts({ ...node, unjudged: ["left"] }, { mode: "C", left: {} }), [
      'mode: Unsupported value: "C": supported values: "B", "A"',
      "first: Required value",
    ]);
  });
  test("a field that a rule judges keeps the facts of what is inside it", () => {
    const Item = object("a.v1.I", { name: required(1, string(), "") });
    const node = object("a.v1.S", {
      items: required(1, listMap(Item, ["name"], { unique: "key", maxItems: 1 }), "", {
        judgedByRule: true,
        demanded: true,
      }),
      kind: required(2, string({ enum: ["A"] }), "", { judgedByRule: true }),
    });
    assert.deepEqual(texts(node, { items: [], kind: "" }), []);
    assert.deepEqual(texts(node, { items: [{ name: "" }, { name: "" }], kind: "Z" }), [
      "items[0].name: Required value",
      "items[1].name: Required value",
    ]);
  });
});

describe("updates", () => {
  const Item = object("a.v1.I", { name: required(1, string(), ""), mode: optional(2, string({ enum: ["A"] }), "") });
  const node = object("a.v1.S", {
    fixed: optional(1, string(), "", { immutable: true }),
    sure: optional(2, list(string()), "", { immutable: "cannot be changed" }),
    mode: optional(3, string({ enum: ["A"] }), ""),
    items: optional(4, listMap(Item, ["name"]), ""),
  });
  test("immutable fields may not change; empty and absent are the same", () => {
    assert.deepEqual(texts(node, { fixed: "b" }, { fixed: "a", sure: [] }), [
      'fixed: Invalid value: "b": field is immutable',
    ]);
    assert.deepEqual(texts(node, { fixed: "a" }, { fixed: "a", sure: ["x"] }), [
      "sure: Invalid value: null: cannot be changed",
    ]);
    assert.deepEqual(texts(node, { fixed: "a", sure: [] }, { fixed: "a" }), []);
  });
  test("a fault that the old object had in the same place passes", () => {
    const old = { mode: "Z", items: [{ name: "a", mode: "Z" }] };
    assert.deepEqual(texts(node, { ...old, fixed: "" }, old), []);
    assert.deepEqual(
      texts(
        node,
        {
          mode: "Z",
          items: [
            { name: "b", mode: "A" },
            { name: "a", mode: "Z" },
          ],
        },
        old,
      ),
      [],
      "items are found by key",
    );
    assert.deepEqual(texts(node, { mode: "Y", items: [{ name: "b", mode: "Z" }] }, old), [
      'mode: Unsupported value: "Y": supported values: "A"',
      'items[0].mode: Unsupported value: "Z": supported values: "A"',
    ]);
  });
});

describe("a kind", () => {
  interface Thing extends KubeObject {
    readonly spec: { readonly a?: string | undefined };
  }
  const Thing = resource<Thing>({
    group: "x.io",
    version: "v1",
    kind: "Thing",
    plural: "things",
    scope: "Cluster",
    schema: object("x.v1.Thing", {
      ...typeMeta,
      metadata,
      spec: plain(2, object("x.v1.Spec", { a: required(1, string(), "") }), ""),
    }),
    rules: [
      function* ({ spec }, { old }) {
        yield "careful";
        if (old !== undefined) yield fieldInvalid(FieldPath.of("spec", "a"), spec.a, "judged by a rule");
      },
    ],
  });
  const thing = deepFreeze({ metadata: { name: "A_b", resourceVersion: "1" }, spec: { a: "" } });

  test("metadata first, then facts, then rules; warnings apart", () => {
    const { errors, warnings } = validate(Thing, thing, { request });
    assert.deepEqual(
      errors.map(({ field }) => field),
      ["metadata.name", "spec.a"],
    );
    assert.deepEqual(warnings, ["careful"]);
  });
  test("rules see the old object and are never ratcheted", () => {
    const { errors } = validate(Thing, thing, { old: thing, request: { ...request, operation: "update" } });
    assert.deepEqual(
      errors.map(({ field, body }) => `${field}: ${body}`),
      ['spec.a: Invalid value: "": judged by a rule'],
    );
  });
});
