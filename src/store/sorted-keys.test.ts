// The sorted set against an array, and the order of keys against the order of their bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { endOf, orderOf } from "./keys.ts";
import { SortedKeys } from "./sorted-keys.ts";

test("holds what a sorted array holds, through splits and emptied chunks", () => {
  const aKey = fc.nat(3000).map((n) => `k/${n}`);
  const adds = fc.array(aKey, { minLength: 0, maxLength: 2000, size: "max" });
  fc.assert(
    fc.property(adds, adds, aKey, aKey, (added, deleted, from, end) => {
      const keys = new SortedKeys();
      const model = new Set<string>();
      for (const key of added) assert.equal(keys.add(key), model.size !== model.add(key).size);
      for (const key of deleted) assert.equal(keys.delete(key), model.delete(key));
      const sorted = [...model].sort();
      assert.equal(keys.size, sorted.length);
      assert.deepEqual([...keys.between("", undefined)], sorted);
      const [low, high] = from < end ? [from, end] : [end, from];
      const part = sorted.filter((key) => key >= low && key < high);
      assert.deepEqual([...keys.between(low, high)], part);
      assert.equal(keys.count(low, high), part.length);
    }),
    { numRuns: 40 },
  );
});

test("orderOf orders as bytes do, keeps prefixes and tells keys apart; endOf ends a prefix", () => {
  const aKey = fc.string({ unit: "binary", maxLength: 6 }).filter((key) => key.isWellFormed());
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const byOrder = (a: string, b: string) => (orderOf(a) < orderOf(b) ? -1 : orderOf(a) > orderOf(b) ? 1 : 0);
  fc.assert(
    fc.property(aKey, aKey, (a, b) => {
      assert.equal(Math.sign(byOrder(a, b)), Math.sign(byBytes(a, b)));
      assert.equal(orderOf(a + b).startsWith(orderOf(a)), true);
      const end = endOf(a);
      const isBelow = byBytes(b, a) >= 0 && (end === undefined || byBytes(b, end) < 0);
      assert.equal(isBelow, b.startsWith(a));
      assert.ok(end === undefined || byBytes(a + b, end) < 0);
    }),
    { numRuns: 2000 },
  );
});
