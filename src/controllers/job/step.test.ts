// What a job does next, from its pods alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { COMPLETION_INDEX, TRACKING_FINALIZER } from "../../resources/batch/job-labels.ts";
import { Job } from "../../resources/batch/job.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { tryOut } from "../../resources/trial.ts";
import { NO_FAILURES } from "./back-off.ts";
import { stepOf } from "./step.ts";
import { tally } from "./tally.ts";
import { verdictOf } from "./verdict.ts";

const NOW = Date.parse("2026-01-01T00:10:00Z");
const spec = { containers: [{ name: "c", image: "a" }], restartPolicy: "Never" };

const jobOf = (more: object, status: object = {}): Job => ({
  ...tryOut(Job, { metadata: { name: "j" }, spec: { template: { spec }, ...more } }).object,
  status: status as Job["status"],
});

let made = 0;
const podOf = (index?: number, { phase = "Running", deleted = false } = {}) =>
  ({
    metadata: {
      name: `p${made}`,
      uid: `u${made++}`,
      creationTimestamp: "2026-01-01T00:00:00Z",
      finalizers: [TRACKING_FINALIZER],
      ...(index !== undefined && { annotations: { [COMPLETION_INDEX]: String(index) } }),
      ...(deleted && { deletionTimestamp: "2026-01-01T00:00:30Z" }),
    },
    spec,
    status: { phase },
  }) as unknown as Pod;

function step(job: Job, pods: readonly Pod[], record = NO_FAILURES) {
  const sum = tally(job, pods);
  return stepOf({ job, sum, verdict: verdictOf(job, sum, NOW), record, now: NOW });
}
const indexes = (job: Job, pods: readonly Pod[]) => step(job, pods).create.map(({ index }) => index);

test("as many pods as may run and are still needed", () => {
  assert.equal(step(jobOf({ completions: 5, parallelism: 3 }), [podOf()]).create.length, 2);
  assert.equal(step(jobOf({ completions: 5, parallelism: 3 }, { succeeded: 4 }), []).create.length, 1);
  assert.equal(step(jobOf({ completions: 5, parallelism: 3 }, { succeeded: 4 }), [podOf(), podOf()]).remove.length, 1);
  const queue = jobOf({ parallelism: 3 }, { succeeded: 1 });
  assert.deepEqual([step(queue, [podOf()]).create, step(queue, [podOf()]).remove], [[], []]);
});

test("nothing is made while failures are waited out, or while a job is suspended", () => {
  const job = jobOf({ completions: 2, parallelism: 2 });
  const waiting = step(job, [podOf()], { failures: 1, lastMs: NOW - 4000 });
  assert.deepEqual([waiting.create, waiting.waitMs], [[], 6000]);
  const suspended = step(jobOf({ suspend: true }), [podOf()]);
  assert.deepEqual([suspended.remove.length, suspended.letsGoFirst], [1, true]);
});

test("the lowest indexes that have no pod", () => {
  const job = jobOf({ completionMode: "Indexed", completions: 6, parallelism: 4 }, { completedIndexes: "1" });
  assert.deepEqual(indexes(job, [podOf(0), podOf(3)]), [2, 4]);
  // A pod that is going holds its index only if its end is waited for.
  const going = podOf(0, { deleted: true });
  assert.equal(indexes(job, [going])[0], 0);
  assert.equal(indexes(jobOf({ ...job.spec, podReplacementPolicy: "Failed" }), [going])[0], 1);
});

test("pods whose index is not theirs alone, or is none, go first", () => {
  const job = jobOf({ completionMode: "Indexed", completions: 2, parallelism: 2 });
  const [a, b, beyond] = [podOf(0), podOf(0), podOf(7)];
  const { remove } = step(job, [a, b, beyond, podOf(1)]);
  assert.equal(remove.length, 2);
  assert.ok(remove.includes(beyond));
});

test("a job that fails removes its pods while they are still its own", () => {
  const { remove, letsGoFirst } = step(jobOf({ backoffLimit: 0, parallelism: 2 }), [
    podOf(),
    podOf(undefined, { phase: "Failed" }),
  ]);
  assert.deepEqual([remove.length, letsGoFirst], [1, false]);
});
