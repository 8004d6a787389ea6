// Merge patch: the examples of RFC 7386, refusals, sharing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyMergePatch } from "./merge-patch.ts";
import { StatusError } from "./meta/status.ts";

test("the examples of RFC 7386", () => {
  const examples: [unknown, unknown, unknown][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of examples) assert.deepEqual(applyMergePatch(target, patch), result);
});

test("scalars are refused, frozen targets kept, untouched parts shared", () => {
  for (const patch of [null, 5, "x", true]) {
    assert.throws(
      () => applyMergePatch({}, patch),
      (e) => e instanceof StatusError && e.code === 400 && e.message === "Invalid JSON Patch",
    );
  }
  const target = Object.freeze({ spec: Object.freeze({ a: 1 }), status: Object.freeze({}) });
  const result = applyMergePatch(target, { spec: { b: 2 } }) as typeof target;
  assert.deepEqual(result, { spec: { a: 1, b: 2 }, status: {} });
  assert.equal(result.status, target.status);
});

test("a key named __proto__ stays a key", () => {
  const result = applyMergePatch({}, JSON.parse('{"data":{"__proto__":"x"}}')) as { data: object };
  assert.deepEqual(Object.keys(result.data), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(result.data), Object.prototype);
});
