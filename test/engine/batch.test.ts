// Jobs and CronJobs on a real server in virtual time: the test is kubelet and scheduler.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime } from "../../src/base/timestamp.ts";
import { cronJob } from "../../src/controllers/cronjob.ts";
import { garbageCollector } from "../../src/controllers/garbage-collector.ts";
import { job } from "../../src/controllers/job.ts";
import { ttlAfterFinished } from "../../src/controllers/ttl-after-finished.ts";
import { CronJob } from "../../src/resources/batch/cron-job.ts";
import { Job, jobState } from "../../src/resources/batch/job.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { podConflicts } from "./pod-conflicts.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "app:1" }] } };
const place = { namespace: "demo", name: "j" };
const INDEX = "batch.kubernetes.io/job-completion-index";

const open = (lagMs = 0) =>
  openWorld({ controllers: [job(), cronJob, ttlAfterFinished, garbageCollector], lagMs: () => lagMs });
const make = ({ client }: World, spec: object) =>
  client.create(Job, { metadata: place, spec: { template, ...spec } } as unknown as Job);
const read = ({ client }: World) => client.get(Job, place);
const podsOf = async ({ client }: World, index?: number) =>
  (await client.list(Pod, { namespace: "demo" })).items.filter(
    ({ metadata }) => index === undefined || metadata.annotations?.[INDEX] === String(index),
  );
const running = async (world: World, index?: number) =>
  (await podsOf(world, index)).filter(
    ({ status, metadata }) => status.phase === "Pending" && !metadata.deletionTimestamp,
  );

/** What a kubelet reports of a pod that has ended. */
async function end(
  world: World,
  pod: Pod,
  exitCode: number,
  conditions: Pod["status"]["conditions"] = [],
): Promise<void> {
  const finishedAt = formatTime(world.clock.now());
  const state = { terminated: { exitCode, finishedAt } };
  const status = {
    ...pod.status,
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    conditions,
    containerStatuses: [{ name: "c", image: "app:1", imageID: "", ready: false, restartCount: 0, state }],
  };
  const fresh = await world.client.get(Pod, { namespace: "demo", name: pod.metadata.name! });
  await world.client.update(Pod, { ...fresh, status } as unknown as Pod, { subresource: "status" });
  await world.pass(100);
}

async function endOne(world: World, exitCode: number, index?: number): Promise<void> {
  const [pod] = await running(world, index);
  assert.ok(pod, "a pod runs");
  await end(world, pod, exitCode);
}

const reasonOf = ({ status }: Job) => status.conditions?.at(-1)?.reason;

test("each failure doubles the wait; a success forgets them", async () => {
  const world = await open();
  await make(world, { completions: 3, backoffLimit: 9 });
  await world.pass(100);
  for (const wait of [10, 20, 40]) {
    await endOne(world, 1);
    await world.pass((wait - 1) * SECOND);
    assert.equal((await running(world)).length, 0, `nothing within ${wait} s`);
    await world.pass(2 * SECOND);
    assert.equal((await running(world)).length, 1);
  }
  await endOne(world, 0);
  assert.equal((await running(world)).length, 1, "at once after a success");
  await world.pass(5 * SECOND);
  await endOne(world, 1);
  await world.pass(11 * SECOND);
  assert.equal((await running(world)).length, 1);
  const { status } = await read(world);
  assert.deepEqual([status.failed, status.succeeded, status.active], [4, 1, 1]);
  await world.stop();
});

test("with caches that lag each pod is made and counted once", async () => {
  const world = await open(5 * SECOND);
  await make(world, { completions: 6, parallelism: 3 });
  for (let round = 0; round < 6; round++) {
    await world.pass(30 * SECOND);
    for (const pod of await running(world)) await end(world, pod, 0);
  }
  await world.pass(MINUTE);
  const { status } = await read(world);
  assert.deepEqual(
    [status.succeeded, status.active, reasonOf(await read(world))],
    [6, undefined, "CompletionsReached"],
  );
  const pods = await podsOf(world);
  assert.equal(pods.length, 6);
  assert.ok(pods.every(({ metadata }) => !metadata.finalizers));
  assert.equal(world.writes.filter((write) => write === "create pods").length, 6);
  await world.stop();
});

test("a success policy ends a job early, and what still ran is no failure", async () => {
  const world = await open();
  const successPolicy = { rules: [{ succeededIndexes: "0-2", succeededCount: 1 }] };
  await make(world, { completionMode: "Indexed", completions: 5, parallelism: 5, successPolicy });
  await world.pass(100);
  await endOne(world, 0, 4);
  assert.equal(jobState(await read(world)), "Running");
  await endOne(world, 0, 1);
  await world.pass(SECOND);
  const done = await read(world);
  assert.deepEqual([jobState(done), reasonOf(done), done.status.failed], ["Complete", "SuccessPolicy", undefined]);
  assert.equal(done.status.conditions?.[0]?.message, "Matched rules at index 0");
  assert.equal(done.status.completedIndexes, "1,4");
  await world.stop();
});

test("failures are limited by index: the others go on, and the count of failed indexes ends the job", async () => {
  const world = await open();
  await make(world, { completionMode: "Indexed", completions: 3, parallelism: 3, backoffLimitPerIndex: 1 });
  await world.pass(100);
  await endOne(world, 1, 0);
  await world.pass(5 * SECOND);
  assert.equal((await running(world, 0)).length, 0);
  assert.equal((await read(world)).status.failedIndexes, "");
  await world.pass(6 * SECOND);
  const [again] = await running(world, 0);
  assert.equal(again?.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"], "1");
  await endOne(world, 1, 0);
  assert.equal((await read(world)).status.failedIndexes, "0");
  await endOne(world, 0, 1);
  await endOne(world, 0, 2);
  await world.pass(SECOND);
  const done = await read(world);
  assert.deepEqual([jobState(done), reasonOf(done), done.status.failed], ["Failed", "FailedIndexes", 2]);
  assert.deepEqual([done.status.completedIndexes, done.status.failedIndexes], ["1,2", "0"]);
  await world.stop();
});

test("a failure policy gives an index up at once; too many such indexes end the job", async () => {
  const world = await open();
  const rules = [{ action: "FailIndex", onExitCodes: { operator: "In", values: [42] } }];
  const limits = { backoffLimitPerIndex: 5, maxFailedIndexes: 1, podFailurePolicy: { rules } };
  await make(world, { completionMode: "Indexed", completions: 4, parallelism: 4, ...limits });
  await world.pass(100);
  await endOne(world, 42, 0);
  assert.deepEqual([(await read(world)).status.failedIndexes, (await read(world)).status.failed], ["0", 1]);
  await endOne(world, 42, 2);
  await world.pass(SECOND);
  const done = await read(world);
  assert.deepEqual(
    [jobState(done), reasonOf(done), done.status.failedIndexes],
    ["Failed", "MaxFailedIndexesExceeded", "0,2"],
  );
  await world.stop();
});

test("a failure policy ignores disruptions, and fails the job on an exit code", async () => {
  const world = await open();
  const rules = [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
    { action: "FailJob", onExitCodes: { containerName: "c", operator: "NotIn", values: [1, 2] } },
  ];
  await make(world, { backoffLimit: 0, podFailurePolicy: { rules } });
  await world.pass(100);
  const [first] = await running(world);
  await end(world, first!, 1, [{ type: "DisruptionTarget", status: "True" }]);
  assert.deepEqual([jobState(await read(world)), (await read(world)).status.failed], ["Running", undefined]);
  await world.pass(11 * SECOND);
  const [second] = await running(world);
  await end(world, second!, 42);
  await world.pass(SECOND);
  const done = await read(world);
  assert.deepEqual([jobState(done), reasonOf(done)], ["Failed", "PodFailurePolicy"]);
  assert.equal(
    done.status.conditions?.at(-1)?.message,
    `Container c for pod demo/${second!.metadata.name} failed with exit code 42 matching FailJob rule at index 1`,
  );
  await world.stop();
});

test("the time that a job may take counts from when it was resumed", async () => {
  const world = await open();
  await make(world, { activeDeadlineSeconds: 100, suspend: true });
  await world.pass(500 * SECOND);
  assert.equal((await read(world)).status.startTime, undefined);
  await world.client.patch(Job, place, { type: "merge", body: { spec: { suspend: false } } });
  await world.pass(99 * SECOND);
  assert.equal(jobState(await read(world)), "Running");
  await world.pass(3 * SECOND);
  assert.deepEqual([jobState(await read(world)), reasonOf(await read(world))], ["Failed", "DeadlineExceeded"]);
  await world.stop();
});

test("a released pod is no longer tracked; an orphan is taken back", async () => {
  const world = await open();
  await make(world, { completions: 2, parallelism: 2 });
  await world.pass(100);
  const [one] = await running(world);
  const name = { namespace: "demo", name: one!.metadata.name! };
  await world.client.patch(Pod, name, {
    type: "merge",
    body: { metadata: { ownerReferences: null, finalizers: null } },
  });
  await world.pass(SECOND);
  const taken = await world.client.get(Pod, name);
  assert.deepEqual(
    [taken.metadata.ownerReferences?.[0]?.name, taken.metadata.finalizers],
    ["j", ["batch.kubernetes.io/job-tracking"]],
  );
  await world.client.patch(Pod, name, { type: "merge", body: { metadata: { labels: null } } });
  await world.pass(SECOND);
  const freed = await world.client.get(Pod, name);
  assert.deepEqual([freed.metadata.ownerReferences, freed.metadata.finalizers], [undefined, undefined]);
  assert.equal((await running(world)).length, 3);
  await world.stop();
});

test("a pod that could not be let go for conflicts is let go later, and its job ends", async () => {
  const conflicts = podConflicts("job-controller");
  const world = await openWorld({ controllers: [job()], admission: [conflicts.plugin] });
  await make(world, { completions: 1 });
  await world.pass(100);
  conflicts.begin(world, SECOND);
  await endOne(world, 0);
  assert.equal((await read(world)).status.uncountedTerminatedPods?.succeeded?.length, 1);
  await world.pass(3 * SECOND);
  const [pod] = await podsOf(world);
  assert.deepEqual([jobState(await read(world)), pod!.metadata.finalizers], ["Complete", undefined]);
  await world.stop();
});

test("an orphan that could not be taken for conflicts is taken later", async () => {
  const conflicts = podConflicts("job-controller");
  const world = await openWorld({ controllers: [job()], admission: [conflicts.plugin] });
  await make(world, { completions: 1 });
  await world.pass(100);
  const [one] = await running(world);
  const name = { namespace: "demo", name: one!.metadata.name! };
  conflicts.begin(world, SECOND);
  await world.client.patch(Pod, name, {
    type: "merge",
    body: { metadata: { ownerReferences: null, finalizers: null } },
  });
  await world.pass(3 * SECOND);
  assert.equal((await world.client.get(Pod, name)).metadata.ownerReferences?.[0]?.name, "j");
  await world.stop();
});

test("a finished job stays as long as it says, and its pods with it", async () => {
  const world = await open();
  await make(world, { ttlSecondsAfterFinished: 60 });
  await world.pass(100);
  await endOne(world, 0);
  await world.pass(55 * SECOND);
  assert.equal(jobState(await read(world)), "Complete");
  await world.pass(10 * SECOND);
  await assert.rejects(read(world));
  assert.equal((await podsOf(world)).length, 0);
  await world.stop();
});

const schedule = ({ client }: World, spec: object) =>
  client.create(CronJob, {
    metadata: { namespace: "demo", name: "cron" },
    spec: { schedule: "*/10 * * * *", jobTemplate: { spec: { template } }, ...spec },
  } as unknown as CronJob);
const jobsOf = async ({ client }: World) =>
  (await client.list(Job, { namespace: "demo" })).items.filter(({ metadata }) => !metadata.deletionTimestamp);
const cronOf = ({ client }: World) => client.get(CronJob, { namespace: "demo", name: "cron" });

test("a job for each run, old ones are forgotten", async () => {
  const world = await open();
  await schedule(world, {});
  for (let run = 0; run < 6; run++) {
    await world.pass(10 * MINUTE + SECOND);
    await endOne(world, run === 2 ? 1 : 0);
    if (run === 2) {
      const failing = (await jobsOf(world)).find(({ metadata }) =>
        metadata.name?.endsWith(String(((world.clock.now() - 2 * SECOND) / MINUTE) | 0)),
      );
      assert.ok(failing, "named by the minute of its run");
      await world.client.patch(
        Job,
        { namespace: "demo", name: failing.metadata.name! },
        { type: "merge", body: { spec: { backoffLimit: 0 } } },
      );
      await world.pass(SECOND);
    }
  }
  const jobs = await jobsOf(world);
  assert.deepEqual(jobs.map(jobState).sort(), ["Complete", "Complete", "Complete", "Failed"]);
  const { status } = await cronOf(world);
  assert.equal(status.active, undefined);
  assert.equal(status.lastScheduleTime, "2026-01-01T01:00:00Z");
  assert.ok(status.lastSuccessfulTime! >= "2026-01-01T01:00:00Z");
  await world.stop();
});

test("what becomes of a job that still runs: both, only the old one, only the new one", async () => {
  const counts: Record<string, readonly [number, number]> = { Allow: [3, 3], Forbid: [1, 1], Replace: [1, 1] };
  const names: Record<string, string[]> = {};
  for (const [concurrencyPolicy, expected] of Object.entries(counts)) {
    const world = await open();
    await schedule(world, { concurrencyPolicy });
    await world.pass(31 * MINUTE);
    const jobs = await jobsOf(world);
    assert.deepEqual([jobs.length, (await cronOf(world)).status.active?.length], expected, concurrencyPolicy);
    names[concurrencyPolicy] = jobs.map(({ metadata }) => metadata.name!);
    if (concurrencyPolicy === "Forbid") {
      const told = (await world.client.list(Event, { namespace: "demo" })).items.map(({ reason }) => reason);
      assert.ok(told.includes("JobAlreadyActive"));
    }
    await world.stop();
  }
  assert.equal(names["Forbid"]?.[0], names["Allow"]?.[0]);
  assert.equal(names["Replace"]?.[0], names["Allow"]?.[2]);
});

test("a suspended CronJob makes nothing; resumed, it makes up for the last run alone, unless that is too late", async () => {
  const world = await open();
  await schedule(world, { suspend: true });
  await world.pass(3 * HOUR + 5 * MINUTE);
  assert.equal((await jobsOf(world)).length, 0);
  const body = { spec: { suspend: false, startingDeadlineSeconds: 60 } };
  await world.client.patch(CronJob, { namespace: "demo", name: "cron" }, { type: "merge", body });
  await world.pass(MINUTE);
  assert.equal((await jobsOf(world)).length, 0);
  await world.pass(5 * MINUTE);
  const [made] = await jobsOf(world);
  assert.equal(made?.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"], "2026-01-01T03:10:00Z");
  await world.stop();
});
