// CronJobs through defaults, prepare and rules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { tryOut } from "../trial.ts";
import { CronJob } from "./cron-job.ts";

const spec = { template: { spec: { containers: [{ name: "c", image: "nginx" }], restartPolicy: "OnFailure" } } };
const cron = (more: object = {}, name = "x") => ({
  metadata: { name },
  spec: { schedule: "*/5 * * * *", jobTemplate: { spec }, ...more },
});
const tried = (more: object, options: { old?: CronJob } = {}) => tryOut(CronJob, cron(more), options);

test("its own fields have defaults, those of its jobs come when they are made", () => {
  const { spec: made } = tried({}).object;
  assert.deepEqual(
    [made.concurrencyPolicy, made.suspend, made.successfulJobsHistoryLimit, made.failedJobsHistoryLimit],
    ["Allow", false, 3, 1],
  );
  const { template, ...others } = made.jobTemplate.spec;
  assert.deepEqual(others, {});
  assert.equal(template.spec.dnsPolicy, "ClusterFirst");
});

test("schedules, zones, policies and names that do not work", () => {
  const expected: readonly (readonly [object, string])[] = [
    [{ schedule: "" }, "spec.schedule: Required value"],
    [
      { schedule: "TZ=UTC 0 * * * *" },
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [{ timeZone: "" }, 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    [
      { timeZone: "local" },
      'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [{ timeZone: "Mars/Olympus" }, 'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
    [
      { concurrencyPolicy: "No" },
      'spec.concurrencyPolicy: Unsupported value: "No": supported values: "Allow", "Forbid", "Replace"',
    ],
    [
      { startingDeadlineSeconds: -1 },
      "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
    ],
    [
      { jobTemplate: { spec: { ...spec, completions: -1 } } },
      "spec.jobTemplate.spec.completions: Invalid value: -1: must be greater than or equal to 0",
    ],
  ];
  for (const [more, message] of expected) assert.deepEqual(tried(more).errors, [message]);
  assert.deepEqual(tried({ timeZone: "Europe/Berlin" }).errors, []);
  const long = "a".repeat(53);
  assert.deepEqual(tryOut(CronJob, cron({}, long)).errors, [
    `metadata.name: Invalid value: "${long}": must be no more than 52 characters`,
  ]);
});

test("the template may change at any time, the status only through its own path", () => {
  const old = tried({}).object;
  const more = { jobTemplate: { spec: { ...spec, completions: 3 } } };
  assert.deepEqual(tried(more, { old }).errors, []);
  const status = { lastScheduleTime: "2020-01-01T00:00:00Z" };
  assert.deepEqual(tryOut(CronJob, { ...old, status }, { old }).object.status, {});
  const written = tryOut(
    CronJob,
    { ...old, status, spec: { ...old.spec, suspend: true } },
    { old, subresource: "status" },
  );
  assert.deepEqual([written.object.status, written.object.spec.suspend], [status, false]);
});
