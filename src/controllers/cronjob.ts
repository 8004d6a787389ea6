// cronjob: makes a job for each time that a schedule names, and forgets old ones. It refuses to make up for more than
// the last run that was missed.
import { formatTime, parseTime } from "../base/timestamp.ts";
import type { Draft, ObjectName } from "../client/client.ts";
import { CronJob } from "../resources/batch/cron-job.ts";
import type { CronJobStatus } from "../resources/batch/cron-job-object.ts";
import { SCHEDULED_TIMESTAMP } from "../resources/batch/job-labels.ts";
import { Job, finishOf } from "../resources/batch/job.ts";
import { isTerminating } from "../resources/core/pod/readiness.ts";
import { equalJson } from "../schema/equality.ts";
import { StatusError, hasReason } from "../schema/meta/status.ts";
import { controller } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { controllerReference, isOwnedBy } from "../reconcile/owner.ts";
import { dueOf, mailDate, zonedTime } from "./cronjob/due.ts";
import { isNamespaceGoing } from "./pod-control.ts";

/** Looks a little late, so that a clock which is a little slow has reached the minute. */
const LATE_MS = 100;
/** Looks so often at least: somebody may set the clock meanwhile. */
const MOST_WAIT_MS = 600_000;

type Reference = NonNullable<CronJobStatus["active"]>[number];

const nameOf = ({ namespace, name = "" }: Reference | Job["metadata"]): ObjectName => ({ namespace, name });
const text = (instant: string | undefined) => (instant ? parseTime(instant).ms : 0);

export const cronJob = controller<CronJob>({
  name: "cronjob",
  identity: "cronjob-controller",
  of: CronJob,
  owns: [Job],
  writes: [
    { resource: Job, verbs: ["create", "delete"] },
    { resource: CronJob, verbs: ["update"], subresource: "status" },
  ],
  async reconcile(cron, context) {
    const jobs = context.cache(Job).ownedBy(cron.metadata.uid ?? "");
    await forgetOld(cron, jobs, context);
    let status = await withSeen(cron, jobs, context);
    let failure: unknown;
    let afterMs: number | undefined;
    if (!isTerminating(cron) && !cron.spec.suspend) {
      const { now, events } = context;
      const { run, next, tooMany, fault } = dueOf(cron, now);
      if (fault) events.record(cron, "Warning", fault.reason, fault.message);
      if (tooMany) {
        const advice = "Set or decrease .spec.startingDeadlineSeconds or check clock skew";
        events.record(cron, "Warning", "TooManyMissedTimes", `too many missed start times. ${advice}`);
      }
      if (next !== undefined) {
        const wait = next - now + LATE_MS;
        // What is due and held back is told once, not every few minutes.
        afterMs = run === undefined ? Math.min(wait, MOST_WAIT_MS) : wait;
      }
      try {
        if (run !== undefined) status = await start(cron, status, run, context);
      } catch (error) {
        failure = error;
      }
    }
    if (!equalJson(status, cron.status)) {
      await context.client.update(CronJob, { ...cron, status }, { subresource: "status" });
    }
    if (failure !== undefined) throw failure;
    return afterMs === undefined ? undefined : { afterMs };
  },
});

/** Deletes jobs that are over and more than are to be kept, oldest first. */
async function forgetOld(cron: CronJob, jobs: readonly Job[], context: ReconcileContext): Promise<void> {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cron.spec;
  const limits = { Complete: successfulJobsHistoryLimit, Failed: failedJobsHistoryLimit };
  for (const [type, limit] of Object.entries(limits)) {
    if (limit === undefined) continue;
    const over = jobs
      .filter((one) => finishOf(one)?.type === type && !isTerminating(one))
      .toSorted(
        (a, b) =>
          text(a.status.startTime) - text(b.status.startTime) ||
          ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
      );
    for (const one of over.slice(0, Math.max(over.length - limit, 0)))
      await deleteJob(cron, nameOf(one.metadata), context);
  }
}

async function deleteJob(cron: CronJob, name: ObjectName, { client, events }: ReconcileContext): Promise<void> {
  try {
    await client.delete(Job, name, { propagationPolicy: "Background" });
    events.record(cron, "Normal", "SuccessfulDelete", `Deleted job ${name.name}`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    if (error instanceof StatusError) events.record(cron, "Warning", "FailedDelete", `Deleted job: ${error.message}`);
    throw error;
  }
}

/** The status with what became of the jobs: those that are over or gone are active no more. */
async function withSeen(cron: CronJob, jobs: readonly Job[], context: ReconcileContext): Promise<CronJobStatus> {
  const { events } = context;
  let active: readonly Reference[] = cron.status.active ?? [];
  let { lastSuccessfulTime } = cron.status;
  for (const one of jobs) {
    const { uid, name } = one.metadata;
    const listed = active.some((reference) => reference.uid === uid);
    const finish = finishOf(one);
    if (!listed && !finish) {
      events.record(
        cron,
        "Warning",
        "UnexpectedJob",
        `Saw a job that the controller did not create or forgot: ${name}`,
      );
    } else if (listed && finish) {
      active = active.filter((reference) => reference.uid !== uid);
      events.record(cron, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${finish.type}`);
    }
    const { completionTime } = one.status;
    if (finish?.type === "Complete" && text(completionTime) > text(lastSuccessfulTime))
      lastSuccessfulTime = completionTime;
  }
  const known = new Set(jobs.map(({ metadata }) => metadata.uid));
  for (const reference of active.filter(({ uid }) => !known.has(uid))) {
    if (await isThere(reference, context)) continue;
    active = active.filter((one) => one !== reference);
    events.record(cron, "Normal", "MissingJob", `Active job went missing: ${reference.name}`);
  }
  return {
    ...(active.length > 0 && { active }),
    ...(cron.status.lastScheduleTime !== undefined && { lastScheduleTime: cron.status.lastScheduleTime }),
    ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }),
  };
}

/** Whether the API has the job that the cache does not show as the CronJob's. */
async function isThere(reference: Reference, { client }: ReconcileContext): Promise<boolean> {
  try {
    return (await client.get(Job, nameOf(reference))).metadata.uid === reference.uid;
  } catch (error) {
    if (hasReason(error, "NotFound")) return false;
    throw error;
  }
}

/** Makes the job of a run, unless it is too late for it, was made already, or others stand in its way. */
async function start(
  cron: CronJob,
  status: CronJobStatus,
  run: number,
  context: ReconcileContext,
): Promise<CronJobStatus> {
  const { client, events, now } = context;
  const { startingDeadlineSeconds, concurrencyPolicy } = cron.spec;
  if (startingDeadlineSeconds !== undefined && run + startingDeadlineSeconds * 1000 < now) {
    events.record(cron, "Warning", "MissSchedule", `Missed scheduled time to start a job: ${mailDate(run)}`);
    return status;
  }
  const draft = jobOf(cron, run);
  let { active = [] } = status;
  if (text(status.lastScheduleTime) === run || active.some(({ name }) => name === draft.metadata.name)) return status;
  if (concurrencyPolicy === "Forbid" && active.length > 0) {
    const why = "Not starting job because prior execution is running and concurrency policy is Forbid";
    events.record(cron, "Normal", "JobAlreadyActive", why);
    return status;
  }
  if (concurrencyPolicy === "Replace") {
    for (const reference of active) await deleteJob(cron, nameOf(reference), context);
    active = [];
  }
  let made: Job;
  try {
    made = await client.create(Job, draft);
  } catch (error) {
    if (isNamespaceGoing(error)) return status;
    if (!hasReason(error, "AlreadyExists")) {
      if (error instanceof StatusError) {
        events.record(cron, "Warning", "FailedCreate", `Error creating job: ${error.message}`);
      }
      throw error;
    }
    // Made before, but not written down: or somebody else's.
    made = await client.get(Job, nameOf(draft.metadata));
    if (!isOwnedBy(made, cron)) return status;
    if (finishOf(made)) return { ...status, lastScheduleTime: formatTime(run) };
    return { ...status, active: [...active, referenceTo(made)], lastScheduleTime: formatTime(run) };
  }
  events.record(cron, "Normal", "SuccessfulCreate", `Created job ${made.metadata.name}`);
  return { ...status, active: [...active, referenceTo(made)], lastScheduleTime: formatTime(run) };
}

function referenceTo({ metadata }: Job): Reference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { kind: "Job", namespace, name, uid, apiVersion: "batch/v1", resourceVersion };
}

/** The job of a run has the minute of it in its name, so that each run has one job at most. */
function jobOf(cron: CronJob, run: number): Draft<Job> {
  const { metadata = {}, spec } = cron.spec.jobTemplate;
  return {
    metadata: {
      name: `${cron.metadata.name}-${Math.floor(run / 60_000)}`,
      namespace: cron.metadata.namespace,
      ...(metadata.labels && { labels: metadata.labels }),
      annotations: { ...metadata.annotations, [SCHEDULED_TIMESTAMP]: zonedTime(run, cron.spec.timeZone) },
      ownerReferences: [controllerReference(CronJob, cron)],
    },
    spec,
  };
}
