// Proves instants against Go's reading of RFC 3339.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatInstant, formatMicroTime, formatTime, parseMicroTime, parseTime } from "./timestamp.ts";

test("instants are written in whole seconds or with six decimals", () => {
  assert.equal(formatTime(1_700_000_000_999), "2023-11-14T22:13:20Z");
  assert.equal(formatMicroTime(1_700_000_000_999.5), "2023-11-14T22:13:20.999500Z");
  assert.equal(formatMicroTime(0), "1970-01-01T00:00:00.000000Z");
  assert.equal(formatInstant({ ms: 1500, nanos: 500_000_001 }), "1970-01-01T00:00:01.500000001Z");
});

test("zones and fractions are read", () => {
  assert.deepEqual(parseTime("2023-11-14T22:13:20Z"), { ms: 1_700_000_000_000, nanos: 0 });
  assert.deepEqual(parseTime("2023-11-15T00:13:20+02:00"), { ms: 1_700_000_000_000, nanos: 0 });
  assert.deepEqual(parseTime("2023-11-14T20:43:20.123456789-01:30"), { ms: 1_700_000_000_123, nanos: 123_456_789 });
  assert.deepEqual(parseTime("0001-01-01T00:00:00Z"), { ms: -62_135_596_800_000, nanos: 0 });
  assert.deepEqual(parseMicroTime("1970-01-01T00:00:00.000001Z"), { ms: 0, nanos: 1000 });
});

test("errors are Go's", () => {
  const layout = '"2006-01-02T15:04:05Z07:00"';
  const cases: [string, string][] = [
    ["", `parsing time "" as ${layout}: cannot parse "" as "2006"`],
    ["x", `parsing time "x" as ${layout}: cannot parse "x" as "2006"`],
    ["2020/01/01", `parsing time "2020/01/01" as ${layout}: cannot parse "/01/01" as "-"`],
    ["2020-13-01T00:00:00Z", 'parsing time "2020-13-01T00:00:00Z": month out of range'],
    ["2021-02-29T00:00:00Z", 'parsing time "2021-02-29T00:00:00Z": day out of range'],
    ["2020-01-01T24:00:00Z", 'parsing time "2020-01-01T24:00:00Z": hour out of range'],
    ["2020-01-01T00:00:00", `parsing time "2020-01-01T00:00:00" as ${layout}: cannot parse "" as "Z07:00"`],
    ["2020-01-01T00:00:00Zx", 'parsing time "2020-01-01T00:00:00Zx": extra text: "x"'],
  ];
  for (const [text, message] of cases) assert.throws(() => parseTime(text), { message }, text);
  const micro = '"2006-01-02T15:04:05.000000Z07:00"';
  assert.throws(() => parseMicroTime("2020-01-01T00:00:01Z"), {
    message: `parsing time "2020-01-01T00:00:01Z" as ${micro}: cannot parse "Z" as ".000000"`,
  });
});

test("what was written is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.nat(999), (second, ms) => {
      assert.equal(parseTime(formatTime(second * 1000)).ms, second * 1000);
      assert.equal(parseMicroTime(formatMicroTime(second * 1000 + ms)).ms, second * 1000 + ms);
    }),
  );
});
