// daemonset: one pod on every node that fits. It refuses to bind: each pod is pinned to its node by affinity, and the
// scheduler places it there.
import { ControllerRevision } from "../resources/apps/controller-revision.ts";
import { DaemonSet } from "../resources/apps/daemon-set.ts";
import { Node } from "../resources/core/node.ts";
import { Pod } from "../resources/core/pod.ts";
import type { PodSpec } from "../resources/core/pod/spec.ts";
import { availability, isAvailable, isReady } from "../resources/core/pod/readiness.ts";
import { equalJson } from "../schema/equality.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";
import { claim, controllerOf, controllerReference } from "../reconcile/owner.ts";
import { forgetRevisions, syncRevisions } from "./controller-revisions.ts";
import { HASH_LABEL, belongs, byAge, nodeOf, placement, rollout } from "./daemonset/step.ts";
import type { Situation } from "./daemonset/step.ts";
import { ORPHANS, allSettled, createPod, deletePod, orphanIndex, podFromTemplate } from "./pod-control.ts";

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
const FIRST_DELAY_MS = 1000;
const MOST_DELAY_MS = 900_000;

/** Taints that a node's own troubles put on it: the pods of a DaemonSet bear them. */
const BORNE = [
  ["not-ready", "NoExecute"],
  ["unreachable", "NoExecute"],
  ["disk-pressure", "NoSchedule"],
  ["memory-pressure", "NoSchedule"],
  ["pid-pressure", "NoSchedule"],
  ["unschedulable", "NoSchedule"],
] as const;

export function daemonSet(): Controller {
  /** How long pods that fail on a node are left lying, by set and node: until when, and the next delay. */
  const failures = new Map<string, { readonly until: number; readonly delayMs: number }>();
  return controller<DaemonSet>({
    name: "daemonset",
    identity: "daemon-set-controller",
    component: "daemonset-controller",
    of: DaemonSet,
    owns: [Pod, ControllerRevision],
    maps: [
      mapping(Node, (node, { old, deleted, cache }) => {
        const same =
          old &&
          !deleted &&
          equalJson(old.metadata.labels, node.metadata.labels) &&
          equalJson(old.spec.taints, node.spec.taints);
        return same
          ? []
          : cache(DaemonSet)
              .list()
              .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      }),
      mapping(Pod, (pod, { deleted, cache }) => {
        if (deleted || controllerOf(pod)) return [];
        const { namespace = "", labels = {} } = pod.metadata;
        const fitting = cache(DaemonSet)
          .list(namespace)
          .filter((set) => labelQueryOf(set.spec.selector).matches(labels));
        return fitting.map((set) => `${namespace}/${set.metadata.name}`);
      }),
    ],
    indexes: [orphanIndex],
    writes: [
      { resource: Pod, verbs: ["create", "delete", "patch"] },
      { resource: ControllerRevision, verbs: ["create", "update", "patch", "delete"] },
      { resource: DaemonSet, verbs: ["update"], subresource: "status" },
    ],
    async reconcile(set, context) {
      const { client, now } = context;
      // Its revisions may be orphaned already: they must not be made anew.
      if (set.metadata.deletionTimestamp) return undefined;
      const pods = await claimedPods(set, context);
      const revisions = await syncRevisions(set, { resource: DaemonSet, hashLabel: HASH_LABEL }, context);
      const hash = revisions.update.metadata.labels?.[HASH_LABEL] ?? "";
      const nodes = context.cache(Node).list();
      const spec = withTolerations(set.spec.template.spec!);
      const situation: Situation = { set, spec, nodes, pods: Map.groupBy(pods, (pod) => nodeOf(pod) ?? ""), hash, now };
      let failure: unknown;
      let waitMs = Infinity;
      try {
        waitMs = await act(situation, context, failures);
      } catch (error) {
        failure = error;
      }
      const status = statusOf(situation, revisions.collisionCount);
      if (!equalJson(status, set.status)) await client.update(DaemonSet, { ...set, status }, { subresource: "status" });
      await forgetRevisions(
        set,
        revisions,
        new Set(pods.map((pod) => `${set.metadata.name}-${pod.metadata.labels?.[HASH_LABEL]}`)),
        context,
      );
      if (failure !== undefined) throw failure;
      const waits = pods.flatMap((pod) => availability(pod, set.spec.minReadySeconds ?? 0, now).from ?? []);
      const afterMs = Math.min(waitMs, ...waits.map((from) => Math.max(from - now, 1)));
      return afterMs < Infinity ? { afterMs } : undefined;
    },
  });
}

function claimedPods(set: DaemonSet, context: ReconcileContext): Promise<Pod[]> {
  const selector = labelQueryOf(set.spec.selector);
  const pods = context.cache(Pod);
  return claim({
    client: context.client,
    ownerResource: DaemonSet,
    owner: set,
    resource: Pod,
    candidates: [...pods.ownedBy(set.metadata.uid ?? ""), ...pods.by(ORPHANS, set.metadata.namespace ?? "")],
    matches: ({ metadata }) => selector.matches(metadata.labels ?? {}),
  });
}

/** Does what placement says; where nothing is left to place, one step of the rollout. Gives when to look again. */
async function act(
  situation: Situation,
  context: ReconcileContext,
  failures: Map<string, { readonly until: number; readonly delayMs: number }>,
): Promise<number> {
  const { set, now } = situation;
  const { create, remove, ended } = placement(situation);
  const over: Pod[] = [];
  let waitMs = Infinity;
  for (const { pod, node } of ended) {
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (pod.status.phase === "Succeeded") {
      context.events.record(
        set,
        "Normal",
        "SucceededDaemonPod",
        `Found succeeded daemon pod ${name} on node ${node}, will try to delete it`,
      );
      over.push(pod);
      continue;
    }
    const key = `${set.metadata.uid}/${node}`;
    const before = failures.get(key);
    if (before && before.until > now) waitMs = Math.min(waitMs, before.until - now);
    else {
      // After a quiet time as long as the longest delay the first one counts again.
      const isRepeated = before !== undefined && now - before.until < MOST_DELAY_MS;
      const delayMs = isRepeated ? Math.min(before.delayMs * 2, MOST_DELAY_MS) : FIRST_DELAY_MS;
      failures.set(key, { until: now + delayMs, delayMs });
      context.events.record(
        set,
        "Warning",
        "FailedDaemonPod",
        `Found failed daemon pod ${name} on node ${node}, will try to kill it`,
      );
      over.push(pod);
    }
  }
  const isSettled = create.length + remove.length + over.length === 0;
  const next = isSettled ? rollout(situation) : { create, remove: [...remove, ...over] };
  await allSettled([
    ...next.create.map((node) => createPod(context, set, podFor(situation, node))),
    ...next.remove.map((pod) => deletePod(context, set, pod)),
  ]);
  return waitMs;
}

function withTolerations(spec: PodSpec): PodSpec {
  const borne = [...BORNE, ...(spec.hostNetwork ? [["network-unavailable", "NoSchedule"] as const] : [])];
  const own = spec.tolerations ?? [];
  const added = borne
    .map(([name, effect]) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists" as const, effect }))
    .filter((one) => !own.some((t) => t.key === one.key && t.effect === one.effect && t.operator === one.operator));
  return { ...spec, tolerations: [...own, ...added] };
}

/** The pod for one node: pinned to it, and labelled with its template. */
function podFor({ set, spec, hash }: Situation, node: string): ReturnType<typeof podFromTemplate> {
  const { nodeAffinity, ...affinity } = spec.affinity ?? {};
  const pinned = {
    nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In" as const, values: [node] }] }],
  };
  const template = {
    ...set.spec.template,
    spec: {
      ...spec,
      affinity: {
        ...affinity,
        nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: pinned },
      },
    },
  };
  const draft = podFromTemplate(set, template, controllerReference(DaemonSet, set));
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION];
  const labels = {
    ...draft.metadata.labels,
    ...(generation && { "pod-template-generation": generation }),
    [HASH_LABEL]: hash,
  };
  return { ...draft, metadata: { ...draft.metadata, labels } };
}

function statusOf({ set, spec, nodes, pods, hash, now }: Situation, collisionCount: number): DaemonSet["status"] {
  let [desired, current, misscheduled, ready, available, updated] = [0, 0, 0, 0, 0, 0];
  for (const node of nodes) {
    const [pod] = (pods.get(node.metadata.name ?? "") ?? []).toSorted(byAge);
    if (!belongs(spec, node).run) {
      if (pod) misscheduled++;
      continue;
    }
    desired++;
    if (!pod) continue;
    current++;
    if (isReady(pod)) ready++;
    if (isAvailable(pod, set.spec.minReadySeconds ?? 0, now)) available++;
    if (pod.metadata.labels?.[HASH_LABEL] === hash) updated++;
  }
  return {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    ...(set.metadata.generation && { observedGeneration: set.metadata.generation }),
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(desired > available && { numberUnavailable: desired - available }),
    ...(collisionCount > 0 && { collisionCount }),
    ...(set.status.conditions && { conditions: set.status.conditions }),
  };
}
