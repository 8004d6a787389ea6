// deployment: replaces the pods of one template by those of the next, through one ReplicaSet for each template. It refuses
// to touch pods: replicaset does.
import { Deployment } from "../resources/apps/deployment.ts";
import { ReplicaSet } from "../resources/apps/replica-set.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { claim, controllerOf } from "../reconcile/owner.ts";
import { desiredOf } from "./deployment/annotations.ts";
import { Rollout } from "./deployment/rollout.ts";
import {
  actualOf,
  isActiveSet,
  isRolling,
  isSaturated,
  lastingOf,
  maxUnavailable,
  newSetSize,
  proportional,
  replicasOf,
  wantedOf,
} from "./deployment/sizes.ts";
import {
  conditionOf,
  countedStatus,
  deadlineIn,
  hasDeadline,
  isComplete,
  progressing,
  rolloutStatus,
  stating,
} from "./deployment/status.ts";

/** ReplicaSets without a controller, by namespace: candidates for adoption. */
const ORPHANS = "orphans";

export const deployment = controller<Deployment>({
  name: "deployment",
  identity: "deployment-controller",
  of: Deployment,
  owns: [ReplicaSet],
  maps: [
    mapping(ReplicaSet, (set, { deleted, cache }) => {
      if (deleted || controllerOf(set)) return [];
      const { namespace = "", labels = {} } = set.metadata;
      return cache(Deployment)
        .list(namespace)
        .filter((d) => labelQueryOf(d.spec.selector).matches(labels))
        .map((d) => `${namespace}/${d.metadata.name}`);
    }),
    // Recreate waits for the last old pod to be gone.
    mapping(Pod, (pod, { deleted, cache }) => {
      const owner = deleted ? controllerOf(pod) : undefined;
      if (owner?.kind !== "ReplicaSet") return [];
      const { namespace = "" } = pod.metadata;
      const set = cache(ReplicaSet).get({ namespace, name: owner.name });
      const above = set && controllerOf(set);
      return above?.kind === "Deployment" ? [`${namespace}/${above.name}`] : [];
    }),
  ],
  indexes: [
    { of: ReplicaSet, name: ORPHANS, values: (set) => (controllerOf(set) ? [] : [set.metadata.namespace ?? ""]) },
  ],
  writes: [
    { resource: ReplicaSet, verbs: ["create", "update", "patch", "delete"] },
    { resource: Deployment, verbs: ["update"], subresource: "status" },
  ],
  async reconcile(object, context) {
    if (isEmpty(object)) {
      context.events.record(
        object,
        "Warning",
        "SelectingAll",
        "This deployment is selecting all pods. A non-empty selector is required.",
      );
      const status = { ...object.status, observedGeneration: object.metadata.generation };
      return new Rollout(object, [], context).writeStatus(status);
    }
    const rollout = new Rollout(object, await claimedSets(object, context), context);
    if (object.metadata.deletionTimestamp) {
      await rollout.syncRevision(false);
      return rollout.writeStatus(countedStatus(rollout.deployment, rollout.sets, rollout.newest, context.now));
    }
    await statePause(rollout, context.now);
    const { deployment: d } = rollout;
    if (d.spec.paused) {
      await rollout.syncRevision(false);
      await scaleAll(rollout);
      await rollout.cleanUp();
      return rollout.writeStatus(countedStatus(rollout.deployment, rollout.sets, rollout.newest, context.now));
    }
    await rollout.syncRevision(false);
    if (rollout.sets.filter(isActiveSet).some((set) => (desiredOf(set) ?? replicasOf(d)) !== replicasOf(d))) {
      await scaleAll(rollout);
      return rollout.writeStatus(countedStatus(rollout.deployment, rollout.sets, rollout.newest, context.now));
    }
    const moved = isRolling(d) ? await rollOn(rollout) : await recreate(rollout, context);
    if (!moved && isComplete(rollout.deployment, rollout.deployment.status)) await rollout.cleanUp();
    await rollout.writeStatus(rolloutStatus(rollout.deployment, rollout.sets, rollout.newest, context.now));
    const afterMs = deadlineIn(rollout.deployment, rollout.deployment.status, context.now);
    return afterMs === undefined ? undefined : { afterMs };
  },
});

const isEmpty = ({ spec: { selector } }: Deployment): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;

function claimedSets(d: Deployment, context: ReconcileContext): Promise<ReplicaSet[]> {
  const selector = labelQueryOf(d.spec.selector);
  const sets = context.cache(ReplicaSet);
  return claim({
    client: context.client,
    ownerResource: Deployment,
    owner: d,
    resource: ReplicaSet,
    candidates: [...sets.ownedBy(d.metadata.uid ?? ""), ...sets.by(ORPHANS, d.metadata.namespace ?? "")],
    matches: (set) => selector.matches(set.metadata.labels ?? {}),
  });
}

/** Progressing is Unknown while paused, and after that until something moves. */
async function statePause(rollout: Rollout, now: number): Promise<void> {
  const { deployment: d } = rollout;
  if (!hasDeadline(d)) return;
  const reason = conditionOf(d.status, "Progressing")?.reason;
  if (reason === "ProgressDeadlineExceeded") return;
  const isStated = reason === "DeploymentPaused";
  if (d.spec.paused && !isStated) {
    await rollout.writeStatus(
      stating(d.status, progressing("Unknown", "DeploymentPaused", "Deployment is paused"), now),
    );
  } else if (!d.spec.paused && isStated) {
    await rollout.writeStatus(
      stating(d.status, progressing("Unknown", "DeploymentResumed", "Deployment is resumed"), now),
    );
  }
}

/** Follows a change of the Deployment's size, whatever the rollout is at. */
async function scaleAll(rollout: Rollout): Promise<void> {
  const { deployment: d, newest } = rollout;
  if (rollout.sets.length === 0) return;
  const active = rollout.sets.filter(isActiveSet);
  if (active.length <= 1) {
    const only = active[0] ?? newest ?? rollout.old.at(-1)!;
    // An adopted set may have the size already and remember another: while it does, nothing but scaling would happen.
    const remembers = active.length > 0 && (desiredOf(only) ?? replicasOf(d)) !== replicasOf(d);
    await (remembers ? rollout.scale(only, replicasOf(d)) : rollout.resize(only, replicasOf(d)));
  } else if (isSaturated(d, newest)) {
    for (const set of rollout.activeOld) await rollout.resize(set, 0);
  } else if (isRolling(d)) {
    for (const [set, size] of proportional(d, active)) await rollout.scale(set, size);
  } else {
    for (const set of active) await rollout.scale(set, replicasOf(set));
  }
}

/** One step of a rolling update: the new set grows, or else old ones shrink. Says whether anything moved. */
async function rollOn(rollout: Rollout): Promise<boolean> {
  await rollout.syncRevision(true);
  const { deployment: d } = rollout;
  const newest = rollout.newest!;
  const wanted = replicasOf(d);
  if (replicasOf(newest) !== wanted) {
    const size = replicasOf(newest) > wanted ? wanted : newSetSize(d, rollout.sets, replicasOf(newest));
    if (await rollout.resize(newest, size)) return true;
  }
  if (wantedOf(rollout.activeOld) === 0) return false;
  const minimum = wanted - maxUnavailable(d);
  const newMissing = replicasOf(newest) - (newest.status.availableReplicas ?? 0);
  const mayGo = wantedOf(rollout.sets) - minimum - newMissing;
  if (mayGo <= 0) return false;
  const cleaned = await shrink(rollout, mayGo, (set) => replicasOf(set) - (set.status.availableReplicas ?? 0));
  const spare = lastingOf(rollout.sets) - minimum;
  const shrunk = spare > 0 ? await shrink(rollout, spare, replicasOf) : 0;
  return cleaned + shrunk > 0;
}

/** Takes at most `most` pods from old sets, oldest first, of each what `from` allows. Gives how many. */
async function shrink(rollout: Rollout, most: number, from: (set: ReplicaSet) => number): Promise<number> {
  let taken = 0;
  for (const set of rollout.activeOld) {
    const less = Math.min(most - taken, from(set));
    if (less <= 0) continue;
    await rollout.resize(set, replicasOf(set) - less);
    taken += less;
  }
  return taken;
}

/** One step of Recreate: all old pods go before the first new one comes. Says whether old sets were scaled. */
async function recreate(rollout: Rollout, context: ReconcileContext): Promise<boolean> {
  let scaled = false;
  for (const set of rollout.activeOld) scaled = (await rollout.resize(set, 0)) || scaled;
  if (scaled || oldPodsRun(rollout, context)) return true;
  await rollout.syncRevision(true);
  await rollout.resize(rollout.newest!, replicasOf(rollout.deployment));
  return false;
}

function oldPodsRun(rollout: Rollout, context: ReconcileContext): boolean {
  if (actualOf(rollout.old) > 0) return true;
  return rollout.old.some((set) =>
    context
      .cache(Pod)
      .ownedBy(set.metadata.uid ?? "")
      .some((pod) => !isTerminal(pod)),
  );
}
