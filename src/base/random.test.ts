// Proves chance: forms, ranges, and that a seed repeats itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameSuffix, type Random, seededRandom, systemRandom, uuid } from "./random.ts";

const draw = (random: Random) => [
  random.float(),
  random.below(1000),
  ...random.bytes(4),
  nameSuffix(random),
  uuid(random),
];

test("a seed gives the same sequence, another seed another", () => {
  assert.deepEqual(draw(seededRandom(42)), draw(seededRandom(42)));
  assert.notDeepEqual(draw(seededRandom(42)), draw(seededRandom(43)));
  assert.notDeepEqual(draw(systemRandom), draw(systemRandom));
});

test("both sources keep their ranges and reach all of them", () => {
  for (const random of [seededRandom(1), systemRandom]) {
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const n = random.below(7);
      assert.ok(Number.isInteger(n) && n >= 0 && n < 7);
      seen.add(n);
      const f = random.float();
      assert.ok(f >= 0 && f < 1);
    }
    assert.equal(seen.size, 7);
    assert.equal(random.bytes(10).length, 10);
    assert.ok(random.below(2 ** 32) < 2 ** 32);
    assert.equal(random.below(1), 0);
  }
});

test("names and uuids have their forms", () => {
  const random = seededRandom(3);
  for (let i = 0; i < 200; i++) {
    assert.match(nameSuffix(random), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.match(uuid(random), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
