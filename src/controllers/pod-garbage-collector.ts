// pod-garbage-collector: pods that nobody else will ever end: on nodes that are no more, terminating without a node, and
// finished ones beyond a number. It refuses to believe a cache that a node is gone: it asks.
import { formatTime } from "../base/timestamp.ts";
import { Node } from "../resources/core/node.ts";
import { readyStatus } from "../resources/core/node/readiness.ts";
import { OUT_OF_SERVICE_TAINT } from "../resources/core/node/taint.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { Loop, LoopContext } from "../reconcile/controller.ts";

const PERIOD_MS = 20_000;
/** A node must have been gone for so long: it may only have been replaced. */
const QUARANTINE_MS = 40_000;

/** `terminatedThreshold`: how many finished pods may stay; 0 for any number. */
export const podGarbageCollector = ({ terminatedThreshold }: { readonly terminatedThreshold: number }): Loop => ({
  name: "pod-garbage-collector",
  identity: "pod-garbage-collector",
  reads: [Pod, Node],
  writes: [
    { resource: Pod, verbs: ["delete"] },
    { resource: Pod, verbs: ["patch"], subresource: "status" },
  ],
  async run(context) {
    const { clock, signal, log } = context;
    /** Nodes that pods name and that are not there: since when. */
    const missing = new Map<string, number>();
    while (!signal.aborted) {
      try {
        await sweep(context, missing, terminatedThreshold);
      } catch (error) {
        if (signal.aborted) return;
        log.warn("sweep failed", { error: String(error) });
      }
      await clock.sleep(PERIOD_MS, signal);
    }
  },
});

async function sweep(context: LoopContext, missing: Map<string, number>, terminatedThreshold: number): Promise<void> {
  const pods = context.cache(Pod).list();
  const now = context.clock.now();
  if (terminatedThreshold > 0) {
    const finished = pods.filter(isTerminal).toSorted(byEvictionAndAge);
    for (const pod of finished.slice(0, Math.max(finished.length - terminatedThreshold, 0)))
      await end(pod, undefined, context);
  }
  for (const pod of pods) {
    const { nodeName } = pod.spec;
    if (!pod.metadata.deletionTimestamp) continue;
    const node = nodeName ? context.cache(Node).get({ name: nodeName }) : undefined;
    if (!nodeName) await end(pod, undefined, context);
    else if (
      node &&
      readyStatus(node) !== "True" &&
      node.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE_TAINT)
    ) {
      await end(pod, undefined, context);
    }
  }
  const gone = await goneNodes(pods, missing, now, context);
  for (const pod of pods)
    if (pod.spec.nodeName && gone.has(pod.spec.nodeName)) await end(pod, "PodGC: node no longer exists", context);
}

/** Evicted pods go before those whose controllers still look at them; then the oldest. */
function byEvictionAndAge(a: Pod, b: Pod): number {
  const [evicted, other] = [a, b].map(({ status }) => status.phase === "Failed" && status.reason === "Evicted");
  if (evicted !== other) return evicted ? -1 : 1;
  const [born, bornLater] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  if (born !== bornLater) return born < bornLater ? -1 : 1;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
}

/** Names of nodes that have been missing for long enough, and that the API does not know either. */
async function goneNodes(
  pods: readonly Pod[],
  missing: Map<string, number>,
  now: number,
  { cache, client }: LoopContext,
): Promise<ReadonlySet<string>> {
  const named = new Set(
    pods.flatMap(({ spec: { nodeName } }) => (nodeName && !cache(Node).get({ name: nodeName }) ? [nodeName] : [])),
  );
  for (const name of [...missing.keys()]) if (!named.has(name)) missing.delete(name);
  const gone = new Set<string>();
  for (const name of named) {
    const since = missing.get(name) ?? now;
    missing.set(name, since);
    if (now - since < QUARANTINE_MS) continue;
    try {
      await client.get(Node, { name });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      gone.add(name);
    }
  }
  return gone;
}

/** Fails the pod if it has not ended, with `why` as the reason of the disruption, and takes it away at once. */
async function end(pod: Pod, why: string | undefined, { client, clock }: LoopContext): Promise<void> {
  const { namespace, name = "", uid, generation } = pod.metadata;
  try {
    if (!isTerminal(pod)) {
      const condition = {
        type: "DisruptionTarget",
        status: "True",
        reason: "DeletionByPodGC",
        message: why,
        lastTransitionTime: formatTime(clock.now()),
        ...(generation && { observedGeneration: generation }),
      };
      const body = { metadata: { uid }, status: { phase: "Failed", ...(why && { conditions: [condition] }) } };
      await client.patch(Pod, { namespace, name }, { type: "strategic", body }, { subresource: "status" });
    }
    await client.delete(Pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (!hasReason(error, "NotFound", "Conflict")) throw error;
  }
}
