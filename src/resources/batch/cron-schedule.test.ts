// Schedules and what they name, in UTC and where clocks change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lastRun, nextRun, parseCron, zoneOffset } from "./cron-schedule.ts";

const at = (text: string) => Date.parse(text);
const shown = (ms: number | undefined) => (ms === undefined ? "never" : new Date(ms).toISOString().slice(0, 16));
const next = (schedule: string, after: string, zone = "UTC") =>
  shown(nextRun(parseCron(schedule), at(after), zoneOffset(zone)));

test("the next run of each form", () => {
  const after = "2024-02-28T10:07:30Z";
  const expected = {
    "* * * * *": "2024-02-28T10:08",
    "*/5 * * * *": "2024-02-28T10:10",
    "0 0 * * *": "2024-02-29T00:00",
    "0 0 29 2 *": "2024-02-29T00:00",
    "30 9-17/4 * JAN-MAR MON,wed": "2024-02-28T13:30",
    "7/20 10 * * ?": "2024-02-28T10:27",
    "0 12 1 * 0": "2024-03-01T12:00",
    "0 0 31 2 *": "never",
    "@yearly": "2025-01-01T00:00",
    "@weekly": "2024-03-03T00:00",
    "@hourly": "2024-02-28T11:00",
  };
  for (const [schedule, run] of Object.entries(expected)) assert.equal(next(schedule, after), run, schedule);
  assert.equal(nextRun(parseCron("@every 90s"), at("2024-01-01T00:00:00Z")), at("2024-01-01T00:01:30Z"));
});

test("either day is enough where both are restricted, a star with a step counts as restricted", () => {
  // Wednesday the 28th: the 1st is a Friday.
  assert.equal(next("0 0 1 * 4", "2024-02-28T00:00:00Z"), "2024-02-29T00:00");
  assert.equal(next("0 0 */2 * 4", "2024-02-29T00:00:00Z"), "2024-03-01T00:00");
  assert.equal(next("0 0 * * 4", "2024-02-29T00:00:00Z"), "2024-03-07T00:00");
});

test("wall clocks: offsets, hours left out, hours repeated", () => {
  assert.equal(next("0 9 * * *", "2024-01-01T00:00:00Z", "Asia/Kathmandu"), "2024-01-01T03:15");
  // On 2024-03-31 Berlin has no 02:30.
  assert.equal(next("30 2 * * *", "2024-03-30T12:00:00Z", "Europe/Berlin"), "2024-04-01T00:30");
  // On 2024-10-27 it has two of them.
  assert.equal(next("30 2 * * *", "2024-10-26T12:00:00Z", "Europe/Berlin"), "2024-10-27T00:30");
  assert.equal(next("30 2 * * *", "2024-10-27T00:30:00Z", "Europe/Berlin"), "2024-10-27T01:30");
  // Beirut's midnight of 2024-03-31 does not exist.
  assert.equal(next("0 1 31 3 *", "2024-03-01T00:00:00Z", "Asia/Beirut"), "2024-03-30T22:00");
  assert.equal(zoneOffset("Mars/Olympus"), undefined);
  assert.equal(zoneOffset("+01:00"), undefined);
});

test("the last run up to an instant", () => {
  const last = (schedule: string, after: string, until: string) =>
    shown(lastRun(parseCron(schedule), at(after), at(until)));
  assert.equal(last("0 0 1 1 *", "2020-06-01T00:00:00Z", "2026-11-24T10:00:00Z"), "2026-01-01T00:00");
  assert.equal(last("* * * * *", "2020-06-01T00:00:00Z", "2026-11-24T10:00:30Z"), "2026-11-24T10:00");
  assert.equal(last("*/7 3 * * *", "2026-11-20T00:00:00Z", "2026-11-24T10:00:00Z"), "2026-11-24T03:56");
  assert.equal(last("0 0 1 1 *", "2026-06-01T00:00:00Z", "2026-11-24T10:00:00Z"), "never");
  assert.equal(last("0 0 31 2 *", "2026-06-01T00:00:00Z", "2026-11-24T10:00:00Z"), "never");
  assert.equal(last("@every 1h", "2026-11-24T00:30:00Z", "2026-11-24T10:00:00Z"), "2026-11-24T09:30");
});

test("what is no schedule says why", () => {
  const faults = {
    "every day": "expected exactly 5 fields, found 2: [every day]",
    "60 * * * *": "end of range (60) above maximum (59): 60",
    "* * 0 * *": "beginning of range (0) below minimum (1): 0",
    "5-1 * * * *": "beginning of range (5) beyond end of range (1): 5-1",
    "*/0 * * * *": "step of range should be a positive number: */0",
    "1/2/3 * * * *": "too many slashes: 1/2/3",
    "1-2-3 * * * *": "too many hyphens: 1-2-3",
    "x * * * *": 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
    "@sometimes": "unrecognized descriptor: @sometimes",
    "@every x": 'failed to parse duration @every x: time: invalid duration "x"',
  };
  for (const [text, message] of Object.entries(faults)) assert.throws(() => parseCron(text), { message }, text);
});
