import assert from "node:assert/strict";
import { test } from "node:test";
import { cloneJson, copyJson, deepFreeze, setKey } from "./freeze.ts";

test("freezing goes all the way down", () => {
  const value = deepFreeze({ a: [{ b: 1 }], c: null });
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.a) && Object.isFrozen(value.a[0]));
});

test("a clone can be edited without touching its original", () => {
  const original = deepFreeze({ a: [{ b: 1 }] });
  const copy = cloneJson(original) as { a: { b: number }[] };
  copy.a[0]!.b = 2;
  copy.a.push({ b: 3 });
  assert.deepEqual(original, { a: [{ b: 1 }] });
});

test("__proto__ from outside is a key like any other", () => {
  const hostile = JSON.parse('{"__proto__":{"polluted":true}}') as object;
  for (const copy of [cloneJson(hostile), copyJson(hostile)] as object[]) {
    assert.deepEqual(Object.keys(copy), ["__proto__"]);
    assert.equal((copy as { polluted?: boolean }).polluted, undefined);
  }
  const target: Record<string, unknown> = {};
  setKey(target, "__proto__", 1);
  assert.deepEqual(Object.entries(target), [["__proto__", 1]]);
});

test("copies leave undefined out and refuse what JSON cannot say", () => {
  assert.deepEqual(copyJson({ a: undefined, b: [1, null] }), { b: [1, null] });
  for (const bad of [Symbol("s"), () => 1, NaN, new Map(), [undefined]]) assert.throws(() => copyJson(bad), TypeError);
});
