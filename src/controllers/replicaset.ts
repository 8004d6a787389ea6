// replicaset: keeps the wanted number of pods of one template. It refuses to replace pods of an older template: that is
// deployment's.
import { formatTime } from "../base/timestamp.ts";
import { ReplicaSet } from "../resources/apps/replica-set.ts";
import type { ReplicaSetCondition, ReplicaSetStatus } from "../resources/apps/replica-set-object.ts";
import { Pod } from "../resources/core/pod.ts";
import {
  availability,
  isActive,
  isAvailable,
  isReady,
  isTerminal,
  isTerminating,
} from "../resources/core/pod/readiness.ts";
import { equalJson } from "../schema/equality.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { claim, controllerOf, controllerReference } from "../reconcile/owner.ts";
import { ORPHANS, allSettled, createPod, deletePod, orphanIndex, podFromTemplate, slowStart } from "./pod-control.ts";
import { deletionOrder } from "./pod-ranking.ts";

/** At most so many pods are made or deleted in one go. */
const BURST = 500;

export const replicaSet = controller<ReplicaSet>({
  name: "replicaset",
  identity: "replicaset-controller",
  of: ReplicaSet,
  owns: [Pod],
  maps: [
    mapping(Pod, (pod, { deleted, cache }) => {
      if (deleted || controllerOf(pod)) return [];
      const { namespace = "", labels = {} } = pod.metadata;
      return cache(ReplicaSet)
        .list(namespace)
        .filter((set) => !isTerminating(set) && labelQueryOf(set.spec.selector).matches(labels))
        .map((set) => `${namespace}/${set.metadata.name}`);
    }),
  ],
  indexes: [orphanIndex],
  writes: [
    { resource: Pod, verbs: ["create", "delete", "patch"] },
    { resource: ReplicaSet, verbs: ["update"], subresource: "status" },
  ],
  async reconcile(set, context) {
    const { client, now } = context;
    const selector = labelQueryOf(set.spec.selector);
    const matches = (pod: Pod) => selector.matches(pod.metadata.labels ?? {});
    const pods = context.cache(Pod);
    const owned = pods.ownedBy(set.metadata.uid ?? "");
    const candidates = [...owned, ...pods.by(ORPHANS, set.metadata.namespace ?? "")].filter(isActive);
    const active = await claim({ client, ownerResource: ReplicaSet, owner: set, resource: Pod, candidates, matches });
    const terminating = owned.filter((pod) => isTerminating(pod) && !isTerminal(pod) && matches(pod));
    let failure: unknown;
    if (!isTerminating(set)) {
      try {
        await bringToCount(set, active, context);
      } catch (error) {
        failure = error;
      }
    }
    const status = statusOf(set, { active, terminating, failure, now });
    if (!equalJson(status, set.status)) await client.update(ReplicaSet, { ...set, status }, { subresource: "status" });
    if (failure !== undefined) throw failure;
    const waits = active.flatMap((pod) => availability(pod, set.spec.minReadySeconds ?? 0, now).from ?? []);
    if (waits.length > 0) return { afterMs: Math.max(Math.min(...waits) - now, 1) };
    return undefined;
  },
});

/** Makes what is missing, deletes what is too much. */
async function bringToCount(set: ReplicaSet, active: readonly Pod[], context: ReconcileContext): Promise<void> {
  const missing = (set.spec.replicas ?? 1) - active.length;
  if (missing > 0) {
    const draft = podFromTemplate(set, set.spec.template, controllerReference(ReplicaSet, set));
    await slowStart(Math.min(missing, BURST), () => createPod(context, set, draft));
  } else if (missing < 0) {
    const surplus = Math.min(-missing, BURST);
    const first = deletionOrder(active, neighboursOf(set, context), context.now).slice(0, surplus);
    await allSettled(first.map((pod) => deletePod(context, set, pod)));
  }
}

/** How many active pods of all ReplicaSets with the same controller share a pod's node. */
function neighboursOf(set: ReplicaSet, context: ReconcileContext): (pod: Pod) => number {
  const owner = controllerOf(set);
  const counts = new Map<string, number>();
  for (const sibling of owner ? context.cache(ReplicaSet).ownedBy(owner.uid) : []) {
    for (const pod of context.cache(Pod).ownedBy(sibling.metadata.uid ?? "")) {
      const node = pod.spec.nodeName ?? "";
      if (isActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  return (pod) => counts.get(pod.spec.nodeName ?? "") ?? 0;
}

interface Observed {
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  /** What creating or deleting pods failed with. */
  readonly failure: unknown;
  readonly now: number;
}

function statusOf(set: ReplicaSet, { active, terminating, failure, now }: Observed): ReplicaSetStatus {
  const { minReadySeconds = 0, replicas = 1, template } = set.spec;
  const wanted = Object.entries(template.metadata?.labels ?? {});
  const count = (test: (pod: Pod) => boolean) => active.filter(test).length || undefined;
  const conditions = failureConditions(set.status.conditions, failure, active.length - replicas, now);
  const status = {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => isAvailable(pod, minReadySeconds, now)),
    terminatingReplicas: terminating.length,
    observedGeneration: set.metadata.generation,
    conditions: conditions?.length ? conditions : undefined,
  };
  return Object.fromEntries(
    Object.entries(status).filter(([, value]) => value !== undefined),
  ) as unknown as ReplicaSetStatus;
}

/** ReplicaFailure stands from the first failure to the next success, with what the first one said. */
function failureConditions(
  conditions: readonly ReplicaSetCondition[] | undefined,
  failure: unknown,
  surplus: number,
  now: number,
) {
  const others = conditions?.filter(({ type }) => type !== "ReplicaFailure");
  if (failure === undefined) return others;
  if (conditions?.length !== others?.length) return conditions;
  const reason = surplus < 0 ? "FailedCreate" : "FailedDelete";
  const message = failure instanceof Error ? failure.message : String(failure);
  return [
    ...(others ?? []),
    { type: "ReplicaFailure", status: "True", lastTransitionTime: formatTime(now), reason, message },
  ];
}
