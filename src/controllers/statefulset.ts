// statefulset: pods that have names of their own, and claims named after them, made, replaced and deleted in order. It
// refuses to delete claims: their owners decide, as the set's policy says.
import { ControllerRevision } from "../resources/apps/controller-revision.ts";
import { StatefulSet } from "../resources/apps/stateful-set.ts";
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import { Pod } from "../resources/core/pod.ts";
import { availability, isAvailable, isReady, isTerminating } from "../resources/core/pod/readiness.ts";
import { equalJson } from "../schema/equality.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { StatusError, hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { claim, controllerOf, controllerReference } from "../reconcile/owner.ts";
import { ORPHANS, allSettled, isNamespaceGoing, orphanIndex, podFromTemplate } from "./pod-control.ts";
import { forgetRevisions, syncRevisions, templateOf } from "./controller-revisions.ts";
import type { Revisions } from "./controller-revisions.ts";
import { isClaimOf, isHeldUp, keepOwners, makeClaims, volumesOf } from "./statefulset/claims.ts";
import { REVISION_LABEL, nextStep, ordinalOf, revisionOf, settled } from "./statefulset/step.ts";

const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

export const statefulSet = controller<StatefulSet>({
  name: "statefulset",
  identity: "statefulset-controller",
  of: StatefulSet,
  owns: [Pod, ControllerRevision],
  maps: [
    mapping(Pod, (pod, { deleted, cache }) => {
      if (deleted || controllerOf(pod)) return [];
      const { namespace = "", labels = {} } = pod.metadata;
      return cache(StatefulSet)
        .list(namespace)
        .filter((set) => labelQueryOf(set.spec.selector).matches(labels))
        .map((set) => `${namespace}/${set.metadata.name}`);
    }),
    mapping(PersistentVolumeClaim, ({ metadata: { namespace = "", name = "" } }, { deleted, cache }) => {
      if (!deleted) return [];
      const sets = cache(StatefulSet).list(namespace);
      return sets.filter((set) => isClaimOf(set, name)).map((set) => `${namespace}/${set.metadata.name}`);
    }),
  ],
  indexes: [orphanIndex],
  writes: [
    { resource: Pod, verbs: ["create", "delete", "patch"] },
    { resource: ControllerRevision, verbs: ["create", "update", "patch", "delete"] },
    { resource: PersistentVolumeClaim, verbs: ["create", "update"] },
    { resource: StatefulSet, verbs: ["update"], subresource: "status" },
  ],
  async reconcile(set, context) {
    const { client, now } = context;
    // Its revisions may be orphaned already: they must not be made anew.
    if (set.metadata.deletionTimestamp) return undefined;
    const pods = await claimedPods(set, context);
    const revisions = await syncRevisions(
      set,
      { resource: StatefulSet, hashLabel: "controller.kubernetes.io/hash" },
      context,
    );
    const { current, update } = revisions;
    const names = { current: current.metadata.name ?? "", update: update.metadata.name ?? "" };
    const { create, remove } = nextStep({ set, pods, ...names, now });
    let failure: unknown;
    try {
      // Before pods go: a claim that goes with its pod has to be the pod's by then.
      for (const pod of pods) {
        const ordinal = ordinalOf(set.metadata.name ?? "", pod.metadata.name ?? "")!;
        if (pod.status.phase === "Pending" && !isTerminating(pod)) await makeClaims(set, ordinal, context);
        await keepOwners(set, pod, context);
      }
      for (const pod of settled(set, pods, now)) await keepLabels(set, pod, context);
      await allSettled([
        ...create.map(({ ordinal, revision }) =>
          makePod(set, ordinal, revision === names.update ? update : current, context),
        ),
        ...remove.map((pod) => removePod(set, pod, context)),
      ]);
    } catch (error) {
      failure = error;
    }
    const status = statusOf(set, pods, revisions, now);
    if (!equalJson(status, set.status)) await client.update(StatefulSet, { ...set, status }, { subresource: "status" });
    await forgetRevisions(set, revisions, new Set(pods.map(revisionOf)), context);
    if (failure !== undefined) throw failure;
    const waits = pods.flatMap((pod) => availability(pod, set.spec.minReadySeconds ?? 0, now).from ?? []);
    return waits.length > 0 ? { afterMs: Math.max(Math.min(...waits) - now, 1) } : undefined;
  },
});

function claimedPods(set: StatefulSet, context: ReconcileContext): Promise<Pod[]> {
  const selector = labelQueryOf(set.spec.selector);
  const pods = context.cache(Pod);
  const { namespace = "", name = "", uid = "" } = set.metadata;
  return claim({
    client: context.client,
    ownerResource: StatefulSet,
    owner: set,
    resource: Pod,
    candidates: [...pods.ownedBy(uid), ...pods.by(ORPHANS, namespace)],
    matches: ({ metadata }) =>
      selector.matches(metadata.labels ?? {}) && ordinalOf(name, metadata.name ?? "") !== undefined,
  });
}

async function makePod(
  set: StatefulSet,
  ordinal: number,
  revision: ControllerRevision,
  context: ReconcileContext,
): Promise<void> {
  const { client, events } = context;
  const { name: setName = "" } = set.metadata;
  const name = `${setName}-${ordinal}`;
  if (isHeldUp(set, ordinal, context)) return;
  const draft = podFromTemplate(set, templateOf(revision), controllerReference(StatefulSet, set), name);
  const labels = {
    ...draft.metadata.labels,
    [POD_NAME]: name,
    [POD_INDEX]: String(ordinal),
    [REVISION_LABEL]: revision.metadata.name ?? "",
  };
  const volumes = volumesOf(set, ordinal, draft.spec.volumes);
  const pod = {
    ...draft,
    metadata: { ...draft.metadata, generateName: `${setName}-`, labels },
    spec: {
      ...draft.spec,
      hostname: name,
      ...(set.spec.serviceName && { subdomain: set.spec.serviceName }),
      ...(volumes && { volumes }),
    },
  };
  try {
    await makeClaims(set, ordinal, context);
    const made = await client.create(Pod, pod);
    await keepOwners(set, made, context);
    events.record(set, "Normal", "SuccessfulCreate", `Create Pod ${name} in StatefulSet ${setName} successful`);
  } catch (error) {
    if (isNamespaceGoing(error)) return;
    if (error instanceof StatusError)
      events.record(
        set,
        "Warning",
        "FailedCreate",
        `Create Pod ${name} in StatefulSet ${setName} failed error: ${error.message}`,
      );
    throw error;
  }
}

/** A pod that was adopted, or that somebody relabelled, may not say which of the set it is; its index alone is not missed. */
async function keepLabels(set: StatefulSet, pod: Pod, context: ReconcileContext): Promise<void> {
  const { namespace, name = "", uid, labels } = pod.metadata;
  if (labels?.[POD_NAME] === name) return;
  const index = String(ordinalOf(set.metadata.name ?? "", name));
  const body = { metadata: { uid, labels: { [POD_NAME]: name, [POD_INDEX]: index } } };
  try {
    await context.client.patch(Pod, { namespace, name }, { type: "strategic", body });
    const text = `Update Pod ${name} in StatefulSet ${set.metadata.name} successful`;
    context.events.record(set, "Normal", "SuccessfulUpdate", text);
  } catch (error) {
    if (!hasReason(error, "NotFound", "Conflict")) throw error;
  }
}

async function removePod(set: StatefulSet, pod: Pod, { client, events }: ReconcileContext): Promise<void> {
  const { namespace, name = "", uid } = pod.metadata;
  const what = `Delete Pod ${name} in StatefulSet ${set.metadata.name}`;
  try {
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
    events.record(set, "Normal", "SuccessfulDelete", `${what} successful`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    if (error instanceof StatusError)
      events.record(set, "Warning", "FailedDelete", `${what} failed error: ${error.message}`);
    throw error;
  }
}

/** Counters; when every pod has the new revision and is ready, that one is the current one. */
function statusOf(
  set: StatefulSet,
  pods: readonly Pod[],
  { current, update, collisionCount }: Revisions,
  now: number,
): StatefulSet["status"] {
  const { replicas: wanted = 1, minReadySeconds = 0 } = set.spec;
  const [from, to] = [current.metadata.name ?? "", update.metadata.name ?? ""];
  const count = (test: (pod: Pod) => boolean) => pods.filter(test).length;
  const runs = (pod: Pod) => pod.status.phase === "Running" && isReady(pod);
  const ready = count(runs);
  const updated = count((pod) => !isTerminating(pod) && revisionOf(pod) === to);
  const isDone = updated === wanted && ready === wanted && pods.length === wanted;
  const currents = isDone ? updated : count((pod) => !isTerminating(pod) && revisionOf(pod) === from);
  return {
    ...(set.metadata.generation && { observedGeneration: set.metadata.generation }),
    replicas: pods.length,
    ...(ready > 0 && { readyReplicas: ready }),
    ...(currents > 0 && { currentReplicas: currents }),
    ...(updated > 0 && { updatedReplicas: updated }),
    currentRevision: isDone ? to : from,
    updateRevision: to,
    collisionCount,
    ...(set.status.conditions && { conditions: set.status.conditions }),
    availableReplicas: count((pod) => runs(pod) && isAvailable(pod, minReadySeconds, now)),
  };
}
