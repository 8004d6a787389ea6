import assert from "node:assert/strict";
import { test } from "node:test";
import { equalJson, isZeroValue, semanticEqual } from "./equality.ts";
import { int32, list, map, object, optional, plain, pointer, quantity, rawExtension, string, time } from "./node.ts";

const Inner = object("a.v1.Inner", { s: optional(1, string(), ""), p: pointer(2, string(), "") });
const Outer = object("a.v1.Outer", {
  q: optional(1, quantity(), ""),
  t: pointer(2, time(), ""),
  l: optional(3, list(Inner), ""),
  m: optional(4, map(quantity()), ""),
  inner: plain(5, Inner, ""),
  there: pointer(6, Inner, ""),
  n: pointer(7, int32(), ""),
  raw: optional(8, rawExtension(), ""),
});
const same = (a: object, b: object) =>
  semanticEqual(Outer, a as never, b as never) && semanticEqual(Outer, b as never, a as never);

test("quantities by amount, times by instant", () => {
  assert.ok(same({ q: "1", m: { cpu: "1000m" } }, { q: "1000m", m: { cpu: "1" } }));
  assert.ok(!same({ m: { cpu: "1" } }, { m: { cpu: "2" } }));
  assert.ok(same({ t: "2020-01-01T00:00:00Z" }, { t: "2020-01-01T01:00:00+01:00" }));
  assert.ok(!same({ t: "2020-01-01T00:00:00Z" }, { t: "2020-01-01T00:00:01Z" }));
});

test("nothing is the same as empty, and a plain field's absence as its zero", () => {
  assert.ok(same({}, { l: [], m: {}, inner: {}, q: "0" }));
  assert.ok(same({ inner: { s: "" } }, {}));
  assert.ok(!same({ inner: { p: "" } }, {}));
});

test("a pointer tells absent from zero", () => {
  assert.ok(!same({ n: 0 }, {}));
  assert.ok(!same({ there: {} }, {}));
});

test("order counts in lists, not in objects", () => {
  assert.ok(!same({ l: [{ s: "a" }, { s: "b" }] }, { l: [{ s: "b" }, { s: "a" }] }));
  assert.ok(same({ raw: { a: 1, b: [1] } }, { raw: { b: [1], a: 1 } }));
  assert.ok(!same({ raw: { a: 1 } }, { raw: { a: 1, b: null } }));
});

test("zero values by node", () => {
  assert.ok(isZeroValue(Inner, { s: "" }) && !isZeroValue(Inner, { p: "" }) && isZeroValue(quantity(), "0Ki"));
});

test("JSON: undefined members are none, types are kept apart", () => {
  assert.ok(equalJson({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(!equalJson([], {}) && !equalJson(1, "1") && !equalJson({ a: null }, {}) && equalJson(null, null));
});
