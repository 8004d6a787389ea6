// taint-eviction: deletes pods from nodes with NoExecute taints, at once or after as long as the pod tolerates them. It
// refuses to taint nodes: node-lifecycle and people do.
import { formatTime } from "../base/timestamp.ts";
import { Node } from "../resources/core/node.ts";
import { Pod } from "../resources/core/pod.ts";
import { tolerates } from "../resources/core/pod/tolerations.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";

const PODS_BY_NODE = "node";

export function taintEviction(): Controller {
  /** When pods that bear their node's taints for a while are to go; milliseconds since the epoch. */
  const due = new Map<string, { readonly uid: string; readonly at: number }>();
  const cancel = (pod: KubeObject, { events }: ReconcileContext): void => {
    const { namespace, name } = pod.metadata;
    if (!due.delete(`${namespace}/${name}`)) return;
    events.record(pod, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${namespace}/${name}`);
  };
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
      const key = `${namespace}/${name}`;
      if (due.get(key)?.uid !== uid) due.delete(key);
      const node = pod.spec.nodeName ? context.cache(Node).get({ name: pod.spec.nodeName }) : undefined;
      // What was once planned stays: the node, the pod's own end or other taints take nothing from it.
      if (!due.has(key) && (!node || pod.metadata.deletionTimestamp)) return;
      const seconds = node ? toleratedSeconds(pod, node) : undefined;
      if (seconds === Infinity || seconds === 0) cancel(pod, context);
      if (seconds === Infinity) return;
      const at = due.get(key)?.at ?? context.now + (seconds ?? 0) * 1000;
      if (at > context.now) {
        due.set(key, { uid, at });
        return { afterMs: at - context.now };
      }
      await evict(pod, context);
      due.delete(key);
      return;
    },
    async gone(name, context) {
      const { uid } = due.get(`${name.namespace}/${name.name}`) ?? {};
      if (uid !== undefined)
        cancel({ apiVersion: "v1", kind: "Pod", metadata: { ...name, uid } } as KubeObject, context);
    },
  });
}

/** For how long the pod bears all of the node's taints together: 0 for not at all, Infinity for ever. */
function toleratedSeconds({ spec: { tolerations = [] } }: Pod, node: Node): number {
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
  // The first that fits a taint counts, even if a later one bears it for longer or shorter.
  const used = taints.map((taint) => tolerations.find((toleration) => tolerates(toleration, taint)));
  return Math.min(
    Infinity,
    ...used.map((toleration) => (toleration ? Math.max(toleration.tolerationSeconds ?? Infinity, 0) : 0)),
  );
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
