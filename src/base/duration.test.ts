// Proves durations against Go's documented forms and kubectl's ages.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDuration, humanDuration, parseDuration } from "./duration.ts";

test("Go's forms are read", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["-0", 0],
    ["5s", 5000],
    ["1h2m3.5s", 3_723_500],
    ["-1.5h", -5_400_000],
    ["+5s", 5000],
    [".5s", 500],
    ["1.s", 1000],
    ["100ms", 100],
    ["10us", 0.01],
    ["10µs", 0.01],
    ["10μs", 0.01],
    ["1ns", 0.000001],
    ["39h9m14.425s", 140_954_425],
    ["0.3s", 300],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test("errors are Go's", () => {
  const cases: [string, string][] = [
    ["", 'time: invalid duration ""'],
    ["-", 'time: invalid duration "-"'],
    ["x", 'time: invalid duration "x"'],
    [".s", 'time: invalid duration ".s"'],
    ["5", 'time: missing unit in duration "5"'],
    ["5d", 'time: unknown unit "d" in duration "5d"'],
    ["1h5", 'time: missing unit in duration "1h5"'],
    ["3000000h", 'time: invalid duration "3000000h"'],
  ];
  for (const [text, message] of cases) assert.throws(() => parseDuration(text), { message }, text);
});

test("durations are written as Go writes them", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [0.000001, "1ns"],
    [0.0011, "1.1µs"],
    [2.2, "2.2ms"],
    [3300, "3.3s"],
    [60_000, "1m0s"],
    [245_000, "4m5s"],
    [3_600_000, "1h0m0s"],
    [18_367_001, "5h6m7.001s"],
    [-1500, "-1.5s"],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

test("what was written is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e10, max: 1e10 }), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
  );
});

test("ages are as kubectl shows them", () => {
  const s = 1000;
  const [m, h, d] = [60 * s, 3600 * s, 86_400 * s];
  const cases: [number, string][] = [
    [-2 * s, "<invalid>"],
    [-1.5 * s, "0s"],
    [0, "0s"],
    [119 * s, "119s"],
    [2 * m, "2m"],
    [3 * m + 20 * s, "3m20s"],
    [10 * m + 5 * s, "10m"],
    [179 * m, "179m"],
    [3 * h, "3h"],
    [5 * h + 12 * m, "5h12m"],
    [8 * h + 12 * m, "8h"],
    [47 * h, "47h"],
    [2 * d + 3 * h, "2d3h"],
    [8 * d + 3 * h, "8d"],
    [729 * d, "729d"],
    [730 * d, "2y"],
    [3 * 365 * d + 2 * d, "3y2d"],
    [9 * 365 * d + 2 * d, "9y"],
  ];
  for (const [ms, text] of cases) assert.equal(humanDuration(ms), text);
});
