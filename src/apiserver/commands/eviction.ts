// Eviction: a deletion that a PodDisruptionBudget may refuse. It refuses to compute budgets: their controller does.
// Specification: "API-initiated eviction".
import { formatTime } from "../../base/timestamp.ts";
import { MOST_DISRUPTED_PODS, spares } from "../../resources/policy/budget.ts";
import { PodDisruptionBudget } from "../../resources/policy/pod-disruption-budget.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { labelQueryOf } from "../../schema/label-selector.ts";
import { badRequest, hasReason, notFound, StatusError } from "../../schema/meta/status.ts";
import type { DeleteOptions as DeleteBody } from "../../schema/meta/delete-options.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { success, targetOf } from "../verbs/call.ts";
import type { Answer, Call } from "../verbs/call.ts";
import { cacheOf, readCurrent } from "../verbs/commit.ts";
import { deleteOne } from "../verbs/delete.ts";
import { checkedDeleteOptions } from "../verbs/options.ts";
import type { WriteOptions } from "../verbs/options.ts";
import { changeRaw } from "../verbs/update.ts";

export async function evict(call: Call, body: KubeObject, options: WriteOptions): Promise<Answer> {
  if (body.metadata?.name !== call.name) throw badRequest("name in URL does not match name in Eviction object");
  const wanted = checkedDeleteOptions(
    ((body as unknown as { deleteOptions?: DeleteBody }).deleteOptions ?? {}) as Partial<DeleteBody>,
  );
  const removal = { ...wanted, dryRun: wanted.dryRun || options.dryRun };
  const kept = await readCurrent(call, cacheOf(call.served).keyOf(call.namespace, call.name));
  if (kept === undefined) throw notFound(targetOf(call), call.name);
  const pod = kept.object as Pod;
  if (!ignoresBudgets(pod)) await claim(call, pod, removal.dryRun);
  await changeRaw(call, (old) => (removes(old as Pod) ? undefined : withTarget(call, old as Pod)), removal.dryRun);
  await deleteOne(call, removal);
  return { type: "status", status: success(undefined, 201) };
}

const removes = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;

/** The condition that tells why the pod goes. */
function withTarget(call: Call, pod: Pod): KubeObject {
  const target = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastTransitionTime: formatTime(call.parts.clock.now()),
  };
  const others = (pod.status.conditions ?? []).filter((one) => one.type !== target.type);
  return { ...pod, status: { ...pod.status, conditions: [...others, target] } } as KubeObject;
}

/** Pods that nobody counts: finished, never started, or going already. */
function ignoresBudgets({ metadata, status }: Pod): boolean {
  const phase = status?.phase;
  return phase === "Succeeded" || phase === "Failed" || phase === "Pending" || metadata.deletionTimestamp !== undefined;
}

const isReady = ({ status }: Pod) =>
  (status?.conditions ?? []).some((one) => one.type === "Ready" && one.status === "True");

/** Takes one disruption from the pod's budget, or throws 429. */
async function claim(call: Call, pod: Pod, dryRun: boolean): Promise<void> {
  const budgets = call.parts.admissionServices.lookup
    .list(PodDisruptionBudget, call.namespace)
    .filter((one) => one.spec.selector !== undefined && labelQueryOf(one.spec.selector).matches(pod.metadata.labels));
  if (budgets.length === 0) return;
  if (budgets.length > 1) {
    throw new StatusError({
      code: 500,
      reason: "",
      message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    });
  }
  const [budget] = budgets;
  if (!isReady(pod) && spares(budget!.spec, budget!.status)) return;
  const served = call.parts.kinds.of(PodDisruptionBudget)!;
  const name = budget!.metadata.name ?? "";
  const about: Call = { ...call, served, name, subresource: "status" };
  try {
    await changeRaw(about, (old) => granted(call, old as PodDisruptionBudget), dryRun);
  } catch (error) {
    // The budget went away meanwhile: nothing holds the pod any more.
    if (!hasReason(error, "NotFound")) throw error;
  }
}

function granted(call: Call, budget: PodDisruptionBudget): KubeObject {
  const { metadata, status } = budget;
  const { name = "", generation = 0 } = metadata;
  if ((status?.observedGeneration ?? 0) < generation)
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, 10);
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0, disruptedPods = {} } = status ?? {};
  if (disruptionsAllowed < 1)
    throw refusal(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    );
  if (Object.keys(disruptedPods).length > MOST_DISRUPTED_PODS) {
    throw refusal(`The disruption budget ${name} has too many pods whose eviction is not yet seen`, 10);
  }
  const now = formatTime(call.parts.clock.now());
  const left = disruptionsAllowed - 1;
  const allowed = {
    type: "DisruptionAllowed",
    status: left > 0 ? "True" : "False",
    reason: left > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
    observedGeneration: status?.observedGeneration,
    lastTransitionTime: now,
  };
  const before = (status?.conditions ?? []).find((one) => one.type === allowed.type);
  const condition =
    before?.status === allowed.status ? { ...allowed, lastTransitionTime: before.lastTransitionTime } : allowed;
  const conditions = [...(status?.conditions ?? []).filter((one) => one.type !== allowed.type), condition];
  return {
    ...budget,
    status: { ...status, disruptionsAllowed: left, disruptedPods: { ...disruptedPods, [call.name]: now }, conditions },
  } as KubeObject;
}

function refusal(why: string, retryAfterSeconds?: number): StatusError {
  return new StatusError({
    code: 429,
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [{ reason: "DisruptionBudget", message: why }],
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
  });
}
