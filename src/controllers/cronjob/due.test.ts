// What is due, from the state of a CronJob alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CronJob } from "../../resources/batch/cron-job.ts";
import { tryOut } from "../../resources/trial.ts";
import { dueOf, mailDate, zonedTime } from "./due.ts";

const NOW = Date.parse("2026-11-24T10:07:30Z");
const template = { spec: { containers: [{ name: "c", image: "a" }], restartPolicy: "Never" } };

function due(spec: object, lastScheduleTime?: string) {
  const body = {
    metadata: { name: "x" },
    spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template } }, ...spec },
  };
  const { object } = tryOut(CronJob, body);
  const metadata = { ...object.metadata, creationTimestamp: "2026-11-24T10:00:00Z" };
  const found = dueOf({ ...object, metadata, status: lastScheduleTime ? { lastScheduleTime } : {} }, NOW);
  const text = (ms: number | undefined) => ms && new Date(ms).toISOString().slice(11, 16);
  return [text(found.run), text(found.next), found.tooMany, found.fault?.reason];
}

test("the last run since the last one that was, or since the CronJob is there", () => {
  assert.deepEqual(due({}), ["10:05", "10:10", false, undefined]);
  assert.deepEqual(due({}, "2026-11-24T10:05:00Z"), [undefined, "10:10", false, undefined]);
  assert.deepEqual(due({ schedule: "0 * * * *" }), [undefined, "11:00", false, undefined]);
});

test("a deadline for the start forgives what is older; too many missed ones are told", () => {
  assert.deepEqual(due({}, "2026-11-20T00:00:00Z"), ["10:05", "10:10", true, undefined]);
  assert.deepEqual(due({ startingDeadlineSeconds: 600 }, "2026-11-20T00:00:00Z"), ["10:05", "10:10", false, undefined]);
  assert.deepEqual(due({ startingDeadlineSeconds: 60 }, "2026-11-20T00:00:00Z"), [
    undefined,
    "10:10",
    false,
    undefined,
  ]);
});

test("faults that only show when it is due", () => {
  assert.deepEqual(due({ schedule: "0 0 31 2 *" }).at(-1), "InvalidSchedule");
  assert.deepEqual(due({ timeZone: "Mars/Olympus" }).at(-1), "UnknownTimeZone");
  assert.deepEqual(due({ schedule: "x" }).at(-1), "UnparseableSchedule");
});

test("instants in events and annotations", () => {
  assert.equal(mailDate(NOW), "Tue, 24 Nov 2026 10:07:30 +0000");
  assert.equal(zonedTime(NOW, undefined), "2026-11-24T10:07:30Z");
  assert.equal(zonedTime(NOW, "America/St_Johns"), "2026-11-24T06:37:30-03:30");
});
