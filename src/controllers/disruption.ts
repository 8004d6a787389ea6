// disruption: counts the pods of each PodDisruptionBudget and says how many of them may be evicted. It refuses to evict: that
// is the API server's, by these figures.
import { formatTime, parseTime } from "../base/timestamp.ts";
import type { Scale } from "../resources/autoscaling/scale.ts";
import { Pod } from "../resources/core/pod.ts";
import { isReady, isTerminating } from "../resources/core/pod/readiness.ts";
import { ReplicaSet } from "../resources/apps/replica-set.ts";
import { setCondition } from "../resources/conditions.ts";
import { DISRUPTION_TIMEOUT, budgetFigures } from "../resources/policy/budget.ts";
import { PodDisruptionBudget } from "../resources/policy/pod-disruption-budget.ts";
import { equalJson } from "../schema/equality.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import type { Condition } from "../schema/meta/condition.ts";
import type { OwnerReference } from "../schema/meta/object-meta.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { resources } from "../resources/index.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { controllerOf } from "../reconcile/owner.ts";
import { selectorText } from "./selector-text.ts";

const unmanagedText = ({ spec: { selector } }: PodDisruptionBudget): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${selectorText(selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;

export const disruption = controller<PodDisruptionBudget>({
  name: "disruption",
  identity: "disruption-controller",
  component: "controllermanager",
  of: PodDisruptionBudget,
  maps: [
    mapping(Pod, (pod, { old, cache }) => {
      const versions = old ? [old, pod] : [pod];
      const { namespace = "" } = pod.metadata;
      return cache(PodDisruptionBudget)
        .list(namespace)
        .filter(({ spec }) => versions.some((v) => labelQueryOf(spec.selector).matches(v.metadata.labels ?? {})))
        .map((budget) => `${namespace}/${budget.metadata.name}`);
    }),
  ],
  reads: [ReplicaSet],
  discovers: true,
  writes: [{ resource: PodDisruptionBudget, verbs: ["update"], subresource: "status" }],
  async reconcile(budget, context) {
    const { client, cache, now } = context;
    const selector = labelQueryOf(budget.spec.selector);
    const pods = cache(Pod)
      .list(budget.metadata.namespace)
      .filter((pod) => selector.matches(pod.metadata.labels ?? {}));
    if (pods.length === 0) context.events.record(budget, "Normal", "NoPods", "No matching pods found");
    const disrupted = stillDisrupted(budget, pods, context);
    const healthy = pods.filter(
      (pod) => !isTerminating(pod) && isReady(pod) && disrupted[pod.metadata.name ?? ""] === undefined,
    ).length;
    let figures: Pick<PodDisruptionBudget["status"], "disruptionsAllowed">;
    let condition: Pick<Condition, "type" | "status" | "reason" | "message">;
    let failure: unknown;
    try {
      figures = budgetFigures(budget.spec, { expected: await expectedPods(budget, pods, context), healthy });
      const allowed = (figures.disruptionsAllowed ?? 0) > 0;
      condition = allowed ? allows("True", "SufficientPods") : allows("False", "InsufficientPods");
    } catch (error) {
      // What cannot be counted must not be evicted.
      failure = error;
      const { disruptedPods: _, conditions: __, ...before } = budget.status;
      figures = { ...before, disruptionsAllowed: 0 };
      condition = allows("False", "SyncFailed", error instanceof Error ? error.message : String(error));
      context.events.record(
        budget,
        "Warning",
        "CalculateExpectedPodCountFailed",
        `Failed to calculate the number of expected pods: ${condition.message}`,
      );
    }
    const { generation } = budget.metadata;
    const observed = { ...condition, ...(generation && { observedGeneration: generation }) };
    const status: PodDisruptionBudget["status"] = {
      ...(generation && { observedGeneration: generation }),
      ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
      ...figures,
      conditions: setCondition<Condition>(budget.status.conditions, observed, formatTime(now)),
    };
    if (!equalJson(status, budget.status))
      await client.update(PodDisruptionBudget, { ...budget, status }, { subresource: "status" });
    if (failure !== undefined) throw failure;
    const ends = Object.values(disrupted).map((time) => parseTime(time).ms + DISRUPTION_TIMEOUT - now);
    return ends.length > 0 ? { afterMs: Math.max(Math.min(...ends), 1) } : undefined;
  },
});

const allows = (status: "True" | "False", reason: string, message = "") => ({
  type: "DisruptionAllowed",
  status,
  reason,
  message,
});

/** Evictions that were granted and whose pods are still there, unless they are overdue. */
function stillDisrupted(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  { now, events }: ReconcileContext,
): Readonly<Record<string, string>> {
  const granted = budget.status.disruptedPods ?? {};
  const kept: Record<string, string> = {};
  for (const pod of pods) {
    const { name = "", namespace } = pod.metadata;
    const time = granted[name];
    if (time === undefined || isTerminating(pod)) continue;
    if (parseTime(time).ms + DISRUPTION_TIMEOUT > now) kept[name] = time;
    else
      events.record(
        pod,
        "Warning",
        "NotDeleted",
        `Pod was expected by PDB ${namespace}/${budget.metadata.name} to be deleted but it wasn't`,
      );
  }
  return kept;
}

/** How many pods there should be: those that are there for a plain number, else what their owners want. */
async function expectedPods(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  context: ReconcileContext,
): Promise<number> {
  if (typeof budget.spec.minAvailable === "number") return pods.length;
  const owners = new Map<string, OwnerReference>();
  let unmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) unmanaged = true;
    else {
      const top = aboveReplicaSet(owner, pod.metadata.namespace, context);
      owners.set(top.uid, top);
    }
  }
  if (unmanaged) context.events.record(budget, "Warning", "UnmanagedPods", unmanagedText(budget));
  let sum = 0;
  for (const owner of owners.values()) sum += await scaleOf(owner, budget.metadata.namespace, context);
  return sum;
}

/** Pods of a Deployment's sets count by the Deployment: during a rollout it has two. */
function aboveReplicaSet(
  owner: OwnerReference,
  namespace: string | undefined,
  { cache }: ReconcileContext,
): OwnerReference {
  if (owner.kind !== "ReplicaSet") return owner;
  const set: KubeObject | undefined = cache(ReplicaSet).get({ namespace, name: owner.name });
  const above = set?.metadata.uid === owner.uid ? controllerOf(set) : undefined;
  return above?.kind === "Deployment" ? above : owner;
}

/** What the owner's scale wants, whatever kind it is. */
async function scaleOf(
  owner: OwnerReference,
  namespace: string | undefined,
  { client, discovered }: ReconcileContext,
): Promise<number> {
  const isOwners = (r: Resource) => r.kind === owner.kind && apiVersionOf(r) === owner.apiVersion;
  const resource = resources.find(isOwners) ?? (await discovered()).find(isOwners);
  if (!resource) throw new Error(`no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`);
  const scale = (await client.get(resource, { namespace, name: owner.name }, { subresource: "scale" })) as Scale;
  return scale.spec.replicas ?? 0;
}
