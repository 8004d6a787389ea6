// Paths on frozen objects: reading, copying writes, removal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getAt, removeAt, setAt } from "./pointer.ts";

test("reads by dotted path and by steps", () => {
  const object = { spec: { replicas: 3 }, metadata: { labels: { "a.b/c": "d" } } };
  assert.equal(getAt(object, "spec.replicas"), 3);
  assert.equal(getAt(object, ".spec.replicas"), 3);
  assert.equal(getAt(object, ["metadata", "labels", "a.b/c"]), "d");
  assert.equal(getAt(object, "spec.template.spec"), undefined);
  assert.equal(getAt(object, "spec.toString"), undefined, "inherited names are no fields");
});

test("writing copies the way and keeps the rest", () => {
  const object = Object.freeze({ spec: Object.freeze({ replicas: 3 }), status: Object.freeze({ a: 1 }) });
  const next = setAt(object, "spec.replicas", 4);
  assert.deepEqual(next, { spec: { replicas: 4 }, status: { a: 1 } });
  assert.equal(next.status, object.status);
  assert.equal(setAt(object, "spec.replicas", 3), object, "the same value changes nothing");
  assert.deepEqual(setAt({}, "a.b.c", 1), { a: { b: { c: 1 } } });
  assert.throws(() => setAt({ a: 5 }, "a.b", 1), TypeError);
});

test("removing", () => {
  const object = Object.freeze({ spec: Object.freeze({ replicas: 3, paused: true }) });
  assert.deepEqual(removeAt(object, "spec.replicas"), { spec: { paused: true } });
  assert.equal(removeAt(object, "spec.nothing"), object);
});
