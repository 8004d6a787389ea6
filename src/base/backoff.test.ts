// Proves delays: growth, cap, jitter, counts by key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, keyedBackoff } from "./backoff.ts";
import { seededRandom } from "./random.ts";

test("delays grow to the cap and start again after a reset", () => {
  const delays = backoff({ initialMs: 5, maxMs: 40 }, seededRandom(1));
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => delays.next()),
    [5, 10, 20, 40, 40],
  );
  delays.reset();
  assert.equal(delays.next(), 5);
});

test("jitter only lengthens, by its fraction at most, and a cap stays finite after thousands of failures", () => {
  const delays = backoff({ initialMs: 100, maxMs: 1000, factor: 3, jitter: 0.5 }, seededRandom(7));
  for (let i = 0; i < 2000; i++) {
    const base = Math.min(100 * 3 ** i, 1000);
    const delay = delays.next();
    assert.ok(delay >= base && delay < base * 1.5, `${delay} from ${base}`);
  }
});

test("keys count by themselves", () => {
  const delays = keyedBackoff<string>({ initialMs: 1, maxMs: 100 }, seededRandom(1));
  assert.deepEqual([delays.next("a"), delays.next("a"), delays.next("b")], [1, 2, 1]);
  delays.forget("a");
  assert.deepEqual([delays.failures("a"), delays.failures("b"), delays.next("a")], [0, 1, 1]);
});
