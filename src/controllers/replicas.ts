// The controllers that keep a number of pods of one template: ReplicaSets, and ReplicationControllers before them. It
// refuses to replace pods of an older template: that is deployment's.
import { formatTime } from "../base/timestamp.ts";
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
import type { LabelQuery } from "../schema/label-selector.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";
import type { PodTemplateSpec } from "../resources/core/pod-template-spec.ts";
import { claim, controllerOf, controllerReference } from "../reconcile/owner.ts";
import { ORPHANS, allSettled, createPod, deletePod, orphanIndex, podFromTemplate, slowStart } from "./pod-control.ts";
import { deletionOrder } from "./pod-ranking.ts";

/** At most so many pods are made or deleted in one go. */
const BURST = 500;

interface Condition {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What both kinds have in common. */
export interface Replicated extends KubeObject {
  readonly spec: {
    readonly replicas?: number | undefined;
    readonly minReadySeconds?: number | undefined;
    readonly template?: PodTemplateSpec | undefined;
  };
  readonly status: { readonly conditions?: readonly Condition[] | undefined };
}

export interface ReplicasInit<T extends Replicated> {
  readonly name: string;
  readonly identity: string;
  readonly of: Resource<T>;
  readonly selectorOf: (object: T) => LabelQuery;
  /** Whether pods that are on their way out have a counter of their own. */
  readonly countsTerminating: boolean;
}

export function replicas<T extends Replicated>(init: ReplicasInit<T>): Controller {
  const { of, selectorOf } = init;
  return controller<T>({
    name: init.name,
    identity: init.identity,
    of,
    owns: [Pod],
    maps: [
      mapping(Pod, (pod, { deleted, cache }) => {
        if (deleted || controllerOf(pod)) return [];
        const { namespace = "", labels = {} } = pod.metadata;
        return cache(of)
          .list(namespace)
          .filter((set) => !isTerminating(set) && selectorOf(set).matches(labels))
          .map((set) => `${namespace}/${set.metadata.name}`);
      }),
    ],
    indexes: [orphanIndex],
    writes: [
      { resource: Pod, verbs: ["create", "delete", "patch"] },
      { resource: of as unknown as Resource, verbs: ["update"], subresource: "status" },
    ],
    reconcile: (set, context) => reconcile(init, set, context),
  });
}

async function reconcile<T extends Replicated>(init: ReplicasInit<T>, set: T, context: ReconcileContext) {
  const { of } = init;
  const { client, now } = context;
  const selector = init.selectorOf(set);
  const matches = (pod: Pod) => selector.matches(pod.metadata.labels ?? {});
  const pods = context.cache(Pod);
  const owned = pods.ownedBy(set.metadata.uid ?? "");
  const candidates = [...owned, ...pods.by(ORPHANS, set.metadata.namespace ?? "")].filter(isActive);
  const active = await claim({ client, ownerResource: of, owner: set, resource: Pod, candidates, matches });
  const terminating = owned.filter((pod) => isTerminating(pod) && !isTerminal(pod) && matches(pod));
  let failure: unknown;
  if (!isTerminating(set)) {
    try {
      await bringToCount(of, set, active, context);
    } catch (error) {
      failure = error;
    }
  }
  const status = statusOf(set, { active, terminating: init.countsTerminating ? terminating : undefined, failure, now });
  if (!equalJson(status, set.status)) await client.update(of, { ...set, status }, { subresource: "status" });
  if (failure !== undefined) throw failure;
  const waits = active.flatMap((pod) => availability(pod, set.spec.minReadySeconds ?? 0, now).from ?? []);
  if (waits.length > 0) return { afterMs: Math.max(Math.min(...waits) - now, 1) };
  return undefined;
}

/** Makes what is missing, deletes what is too much. */
async function bringToCount<T extends Replicated>(
  of: Resource<T>,
  set: T,
  active: readonly Pod[],
  context: ReconcileContext,
): Promise<void> {
  const missing = (set.spec.replicas ?? 1) - active.length;
  const { template } = set.spec;
  if (missing > 0 && template) {
    const draft = podFromTemplate(set, template, controllerReference(of, set));
    await slowStart(Math.min(missing, BURST), () => createPod(context, set, draft));
  } else if (missing < 0) {
    const surplus = Math.min(-missing, BURST);
    const first = deletionOrder(active, neighboursOf(of, set, context), context.now).slice(0, surplus);
    await allSettled(first.map((pod) => deletePod(context, set, pod)));
  }
}

/** How many active pods of all sets with the same controller share a pod's node. */
function neighboursOf<T extends Replicated>(of: Resource<T>, set: T, context: ReconcileContext): (pod: Pod) => number {
  const owner = controllerOf(set);
  const counts = new Map<string, number>();
  for (const sibling of owner ? context.cache(of).ownedBy(owner.uid) : []) {
    for (const pod of context.cache(Pod).ownedBy(sibling.metadata.uid ?? "")) {
      const node = pod.spec.nodeName ?? "";
      if (isActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  return (pod) => counts.get(pod.spec.nodeName ?? "") ?? 0;
}

interface Observed {
  readonly active: readonly Pod[];
  /** Undefined where they are not counted. */
  readonly terminating: readonly Pod[] | undefined;
  /** What creating or deleting pods failed with. */
  readonly failure: unknown;
  readonly now: number;
}

function statusOf<T extends Replicated>(set: T, { active, terminating, failure, now }: Observed): T["status"] {
  const { minReadySeconds = 0, replicas = 1, template } = set.spec;
  const wanted = Object.entries(template?.metadata?.labels ?? {});
  const count = (test: (pod: Pod) => boolean) => active.filter(test).length || undefined;
  const conditions = failureConditions(set.status.conditions, failure, active.length - replicas, now);
  const status = {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => isAvailable(pod, minReadySeconds, now)),
    terminatingReplicas: terminating?.length,
    observedGeneration: set.metadata.generation,
    conditions: conditions?.length ? conditions : undefined,
  };
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as T["status"];
}

/** ReplicaFailure stands from the first failure to the next success, with what the first one said. */
function failureConditions(
  conditions: readonly Condition[] | undefined,
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
