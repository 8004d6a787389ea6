// taint-eviction: deletes pods from nodes with NoExecute taints, at once or after as long as the pod tolerates them. It
// refuses to taint nodes: node-lifecycle and people do.
import { formatTime } from "../base/timestamp.ts";
import { Node } from "../resources/core/node.ts";
import type { Taint } from "../resources/core/node/taint.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { tolerates } from "../resources/core/pod/tolerations.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";

const PODS_BY_NODE = "node";

export function taintEviction(): Controller {
  /** Since when a pod stands under taints, by uid. */
  const since = new Map<string, number>();
  return controller<Pod>({
    name: "taint-eviction-controller",
    identity: "node-controller",
    component: "taint-eviction-controller",
    of: Pod,
    maps: [
      mapping(Node, (node, { cache }) =>
        cache(Pod)
          .by(PODS_BY_NODE, node.metadata.name ?? "")
          .map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`),
      ),
    ],
    indexes: [
      {
        of: Pod,
        name: PODS_BY_NODE,
        values: (pod) => ((pod as Pod).spec.nodeName ? [(pod as Pod).spec.nodeName!] : []),
      },
    ],
    writes: [
      { resource: Pod, verbs: ["delete"] },
      { resource: Pod, verbs: ["patch"], subresource: "status" },
    ],
    async reconcile(pod, context) {
      const { namespace, name, uid = "" } = pod.metadata;
      const node = pod.spec.nodeName ? context.cache(Node).get({ name: pod.spec.nodeName }) : undefined;
      const taints = (node?.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
      if (taints.length === 0 || pod.metadata.deletionTimestamp || isTerminal(pod)) {
        if (since.delete(uid) && !pod.metadata.deletionTimestamp) {
          context.events.record(
            pod,
            "Normal",
            "TaintManagerEviction",
            `Cancelling deletion of Pod ${namespace}/${name}`,
          );
        }
        return;
      }
      const seconds = toleratedSeconds(pod, taints);
      if (seconds === Infinity) return void since.delete(uid);
      const start = since.get(uid) ?? context.now;
      const afterMs = start + seconds * 1000 - context.now;
      if (seconds > 0) since.set(uid, start);
      if (afterMs > 0) return { afterMs };
      await evict(pod, context);
      since.delete(uid);
      return;
    },
  });
}

/** For how long the pod bears all of the taints together: 0 for not at all, Infinity for ever. */
function toleratedSeconds(pod: Pod, taints: readonly Taint[]): number {
  const used = taints.map((taint) => (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint)));
  if (used.some((list) => list.length === 0)) return 0;
  return Math.min(...used.flat().map(({ tolerationSeconds }) => Math.max(tolerationSeconds ?? Infinity, 0)));
}

/** A conflict is tried again: somebody was faster, or the pod is another one by now, as the cache will tell. */
async function evict(pod: Pod, { client, events, now }: ReconcileContext): Promise<void> {
  const { namespace, name = "", uid, generation } = pod.metadata;
  events.record(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${namespace}/${name}`);
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
    lastTransitionTime: formatTime(now),
    ...(generation && { observedGeneration: generation }),
  };
  try {
    await client.patch(
      Pod,
      { namespace, name },
      { type: "strategic", body: { metadata: { uid }, status: { conditions: [condition] } } },
      { subresource: "status" },
    );
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
