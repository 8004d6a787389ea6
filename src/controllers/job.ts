// job: makes pods until enough of them have succeeded, and counts each exactly once. It refuses to work on jobs that
// another controller manages.
import { JOB_CONTROLLER, JOB_NAME, TRACKING_FINALIZER } from "../resources/batch/job-labels.ts";
import { Job, finishOf } from "../resources/batch/job.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminating } from "../resources/core/pod/readiness.ts";
import { keyOf } from "../client/client.ts";
import type { ObjectName } from "../client/client.ts";
import { equalJson } from "../schema/equality.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "../reconcile/controller.ts";
import { claim, controllerOf } from "../reconcile/owner.ts";
import { NO_FAILURES, withEnded } from "./job/back-off.ts";
import type { FailureRecord } from "./job/back-off.ts";
import { podOf } from "./job/draft.ts";
import { hasFailed, hasSucceeded, isTracked } from "./job/pods.ts";
import { nextStatus } from "./job/status.ts";
import { stepOf } from "./job/step.ts";
import type { Creation, Step } from "./job/step.ts";
import { tally } from "./job/tally.ts";
import { deadlineOf, verdictOf } from "./job/verdict.ts";
import { ORPHANS, allSettled, createPod, deletePod, orphanIndex, slowStart } from "./pod-control.ts";

/** Tracked pods, by the job that controls them (`namespace/name`), or `namespace/` where none does. */
const TRACKED = "tracked";
const jobNameOf = (pod: Pod) => {
  const owner = controllerOf(pod);
  return owner?.kind === Job.kind ? owner.name : "";
};

const isOurs = ({ spec }: Job): boolean => (spec.managedBy ?? JOB_CONTROLLER) === JOB_CONTROLLER;

type Records = Map<string, { readonly uid: string | undefined; readonly record: FailureRecord }>;

export function job(): Controller {
  /** The failures of each job that is not over, by key; what a restart forgets is told by the pods that are there. */
  const records: Records = new Map();
  return controller<Job>({
    name: "job",
    identity: "job-controller",
    of: Job,
    owns: [Pod],
    maps: [
      mapping(Pod, (pod, { deleted, cache }) =>
        deleted || controllerOf(pod) ? [] : concernedBy(pod, cache(Job).list(pod.metadata.namespace)),
      ),
    ],
    indexes: [
      orphanIndex,
      {
        of: Pod,
        name: TRACKED,
        values: (pod) => (isTracked(pod as Pod) ? [`${pod.metadata.namespace ?? ""}/${jobNameOf(pod as Pod)}`] : []),
      },
    ],
    writes: [
      { resource: Pod, verbs: ["create", "delete", "patch"] },
      { resource: Job, verbs: ["update"], subresource: "status" },
    ],
    async reconcile(one, context) {
      if (!isOurs(one)) return undefined;
      await letGoStrays(context, one.metadata, one);
      if (!finishOf(one)) return work(one, context, records);
      records.delete(keyOf(one));
      const pods = context.cache(Pod).ownedBy(one.metadata.uid ?? "");
      await allSettled(pods.filter(isTracked).map((pod) => letGo(context, pod)));
      return undefined;
    },
    async gone(name, context) {
      records.delete(`${name.namespace}/${name.name}`);
      return letGoStrays(context, name, undefined);
    },
  });
}

/** Keys of the jobs that an orphan may belong to, or that look after it if it is tracked and belongs to none. */
function concernedBy(pod: Pod, jobs: readonly Job[]): string[] {
  const { namespace = "", name = "", labels = {} } = pod.metadata;
  const fitting = jobs.filter((one) => !isTerminating(one) && labelQueryOf(one.spec.selector).matches(labels));
  const names = fitting.map(({ metadata }) => metadata.name ?? "");
  if (names.length === 0 && isTracked(pod)) names.push(labels[JOB_NAME] ?? name);
  return names.map((of) => `${namespace}/${of}`);
}

/** A conflict is tried again: somebody was faster, or the pod is another one by now, as the cache will tell. */
async function letGo({ client }: ReconcileContext, pod: Pod): Promise<void> {
  const { namespace, name = "", uid } = pod.metadata;
  const body = { metadata: { uid, "$deleteFromPrimitiveList/finalizers": [TRACKING_FINALIZER] } };
  try {
    await client.patch(Pod, { namespace, name }, { type: "strategic", body });
  } catch (error) {
    if (!hasReason(error, "NotFound", "Invalid")) throw error;
  }
}

/** Pods that are tracked by no job: of one that is gone or was replaced, and orphans that nobody takes. */
async function letGoStrays(
  context: ReconcileContext,
  { namespace = "", name = "" }: { readonly namespace?: string | undefined; readonly name?: string | undefined },
  present: Job | undefined,
): Promise<undefined> {
  const pods = context.cache(Pod);
  const left = pods
    .by(TRACKED, `${namespace}/${name}`)
    .filter((pod) => controllerOf(pod)?.uid !== present?.metadata.uid);
  const query = present && labelQueryOf(present.spec.selector);
  const free = pods.by(TRACKED, `${namespace}/`).filter((pod) => !query?.matches(pod.metadata.labels ?? {}));
  if (left.length > 0 && !present && (await isThere(context, { namespace, name }))) return undefined;
  await allSettled([...left, ...free].map((pod) => letGo(context, pod)));
  return undefined;
}

async function isThere({ client }: ReconcileContext, name: ObjectName): Promise<boolean> {
  try {
    await client.get(Job, name);
    return true;
  } catch (error) {
    if (hasReason(error, "NotFound")) return false;
    throw error;
  }
}

function claimedPods(one: Job, context: ReconcileContext): Promise<Pod[]> {
  const selector = labelQueryOf(one.spec.selector);
  const pods = context.cache(Pod);
  const { namespace = "", uid = "" } = one.metadata;
  return claim({
    client: context.client,
    ownerResource: Job,
    owner: one,
    resource: Pod,
    candidates: [...pods.ownedBy(uid), ...pods.by(ORPHANS, namespace)],
    matches: ({ metadata }) => selector.matches(metadata.labels ?? {}),
    finalizer: TRACKING_FINALIZER,
  });
}

async function work(one: Job, context: ReconcileContext, records: Records): Promise<ReconcileResult> {
  const { client, now, events } = context;
  const { uid } = one.metadata;
  const pods = await claimedPods(one, context);
  const sum = tally(one, pods);
  const before = records.get(keyOf(one));
  const known = before?.uid === uid ? before?.record : undefined;
  const record = known
    ? withEnded(
        known,
        sum.newSucceeded,
        sum.newFailed.map(({ pod }) => pod),
      )
    : withEnded(
        NO_FAILURES,
        pods.filter(hasSucceeded),
        pods.filter((pod) => hasFailed(pod, one)),
      );
  const verdict = verdictOf(one, sum, now);
  const step = stepOf({ job: one, sum, verdict, record, now });
  const { failure, ...outcome } = await take(one, step, context);
  const next = nextStatus({ job: one, sum, verdict, outcome, now });
  if (!equalJson(next.status, one.status)) {
    await client.update(Job, { ...one, status: next.status }, { subresource: "status" });
  }
  records.set(keyOf(one), { uid, record });
  for (const { type, reason, message } of next.events) events.record(one, type, reason, message);
  await allSettled(next.letGo.map((pod) => letGo(context, pod)));
  if (failure !== undefined) throw failure;
  const deadline = deadlineOf({ ...one, status: next.status });
  const waits = [step.waitMs, verdict || deadline === undefined ? undefined : Math.max(deadline - now, 1)];
  const wait = waits.filter((ms) => ms !== undefined);
  return wait.length > 0 ? { afterMs: Math.min(...wait) } : undefined;
}

/** Makes and removes pods; how far that went, and what it failed with. */
async function take(one: Job, step: Step, context: ReconcileContext) {
  let created = 0;
  const removed = new Set<Pod>();
  let failure: unknown;
  const waiting: Creation[] = [...step.create];
  const make = async () => {
    const { index, failures } = waiting.shift()!;
    if (await createPod(context, one, podOf(one, index, failures))) created++;
  };
  const remove = async (pod: Pod) => {
    if (step.letsGoFirst && isTracked(pod)) await letGo(context, pod);
    await deletePod(context, one, pod);
    removed.add(pod);
  };
  try {
    await allSettled(step.remove.map(remove));
    await slowStart(step.create.length, make);
  } catch (error) {
    failure = error;
  }
  return { created, removed, failure };
}
