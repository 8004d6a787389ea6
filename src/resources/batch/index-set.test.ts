// Completion indexes as text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { firstShared, indexesIn, indexText, intervalCount, parseIntervals } from "./index-set.ts";

test("three neighbours are an interval, two are not", () => {
  assert.equal(indexText([5, 0, 2, 3]), "0,2,3,5");
  assert.equal(indexText([0, 1, 2, 3, 5]), "0-3,5");
  assert.equal(indexText([1, 0]), "0,1");
  assert.equal(indexText([]), "");
});

test("what is written is read again, up to the number of completions", () => {
  assert.deepEqual([...indexesIn("0-3,5", 6)], [0, 1, 2, 3, 5]);
  assert.deepEqual([...indexesIn("0-3,5", 2)], [0, 1]);
  assert.deepEqual([...indexesIn(undefined, 6)], []);
  assert.deepEqual([...indexesIn("x,1", 6)], [1]);
});

test("intervals must rise and stay below the completions", () => {
  assert.equal(intervalCount(parseIntervals("1,3-5,7", 8)), 5);
  const faults = {
    "5-1": 'too large index: "5"',
    "2-1": "non-increasing order, previous: 2, current: 1",
    "1,1": "non-increasing order, previous: 1, current: 1",
    "a-1": 'cannot convert string to integer for index: "a"',
    "1-2-3":
      "the fragment \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'",
  };
  for (const [text, message] of Object.entries(faults)) assert.throws(() => parseIntervals(text, 5), { message });
});

test("the first index in both", () => {
  assert.equal(firstShared(parseIntervals("0-2,6", 9), parseIntervals("4,6-8", 9)), 6);
  assert.equal(firstShared(parseIntervals("0-2", 9), parseIntervals("4", 9)), undefined);
});
