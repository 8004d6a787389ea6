// node-lifecycle: notices nodes that are not heard of, says so in their status, and taints them by their conditions. It
// refuses to delete pods: taint-eviction does.
import { parseTime } from "../base/timestamp.ts";
import { Lease } from "../resources/coordination/lease.ts";
import { Node } from "../resources/core/node.ts";
import { readyStatus } from "../resources/core/node/readiness.ts";
import { findCondition } from "../resources/conditions.ts";
import { Pod } from "../resources/core/pod.ts";
import { condition } from "../resources/core/pod/readiness.ts";
import { equalJson } from "../schema/equality.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";
import { controller } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";
import { evictionTaint, silenced, withConditionTaints, withEvictionTaint } from "./node-lifecycle/health.ts";
import { EvictionLimiter } from "./node-lifecycle/zones.ts";

export interface NodeLifecycleSettings {
  readonly monitorPeriodMs: number;
  /** A node is Unknown when it was silent for so long. */
  readonly monitorGraceMs: number;
  /** The same for one that never said anything. */
  readonly startupGraceMs: number;
  /** Nodes a second that may be tainted NoExecute in a zone. */
  readonly evictionRate: number;
}

const PODS_BY_NODE = "node";
const LEASES = "kube-node-lease";
const ONLY_OLD_LABELS: Readonly<Record<string, string>> = {
  "kubernetes.io/os": "beta.kubernetes.io/os",
  "kubernetes.io/arch": "beta.kubernetes.io/arch",
};

/** What was last seen of a node, and when by our own clock: nodes' clocks are not believed. */
interface Heard {
  readonly trace: string;
  readonly at: number;
  /** Whether the node was Ready when it was last looked at. */
  readonly ready: string;
}

export function nodeLifecycle(settings: NodeLifecycleSettings): Controller {
  const heard = new Map<string, Heard>();
  const limiter = new EvictionLimiter({
    normal: settings.evictionRate,
    secondary: 0.01,
    largeZone: 50,
    unhealthyPart: 0.55,
  });
  return controller<Node>({
    name: "node-lifecycle",
    identity: "node-controller",
    of: Node,
    reads: [Lease, Pod],
    indexes: [
      {
        of: Pod,
        name: PODS_BY_NODE,
        values: (pod) => ((pod as Pod).spec.nodeName ? [(pod as Pod).spec.nodeName!] : []),
      },
    ],
    writes: [
      { resource: Node, verbs: ["patch"] },
      { resource: Node, verbs: ["update"], subresource: "status" },
      { resource: Pod, verbs: ["patch"], subresource: "status" },
    ],
    async reconcile(node, context) {
      const { name = "" } = node.metadata;
      const { now, events } = context;
      const before = heard.get(name);
      if (!before)
        events.record(node, "Normal", "RegisteredNode", `Node ${name} event: Registered Node ${name} in Controller`);
      const last = listen(node, before, context);
      heard.set(name, last);
      const grace = findCondition(node.status.conditions, "Ready") ? settings.monitorGraceMs : settings.startupGraceMs;
      const isSilent = now > last.at + grace;
      const current = isSilent ? await markSilent(node, context) : node;
      const ready = readyStatus(current);
      if (ready !== "True") await turnNotReady(current, before?.ready ?? ready, context);
      heard.set(name, { ...last, ready });
      const waitMs = await taint(current, limiter, context);
      await addOldLabels(current, context);
      return { afterMs: Math.min(settings.monitorPeriodMs, waitMs || settings.monitorPeriodMs) };
    },
    async gone({ name }, { events }) {
      if (!heard.delete(name)) return;
      const node = { apiVersion: "v1", kind: "Node", metadata: { name } } as KubeObject;
      events.record(node, "Normal", "RemovingNode", `Node ${name} event: Removing Node ${name} from Controller`);
    },
  });
}

/** A change of the lease or of the status is a sign of life now. */
function listen(node: Node, before: Heard | undefined, { cache, now }: ReconcileContext): Heard {
  const lease = cache(Lease).get({ namespace: LEASES, name: node.metadata.name ?? "" });
  const ready = findCondition(node.status.conditions, "Ready");
  const trace = `${lease?.spec.renewTime ?? ""}|${ready?.lastHeartbeatTime ?? ""}|${ready?.reason === "NodeStatusUnknown" ? "" : (ready?.status ?? "")}`;
  if (before?.trace === trace) return before;
  // What was never heard is judged by its age.
  const neverHeard = !lease && !ready;
  const at = neverHeard && node.metadata.creationTimestamp ? parseTime(node.metadata.creationTimestamp).ms : now;
  return { trace, at, ready: before?.ready ?? readyStatus(node) };
}

async function markSilent(node: Node, { client, now }: ReconcileContext): Promise<Node> {
  const conditions = silenced(node, now);
  if (conditions === (node.status.conditions ?? [])) return node;
  return client.update(Node, { ...node, status: { ...node.status, conditions } }, { subresource: "status" });
}

/** Tells that a node stopped being ready, and that its pods are not ready then. */
async function turnNotReady(node: Node, before: string, { client, cache, events }: ReconcileContext): Promise<void> {
  const { name = "" } = node.metadata;
  if (before === "True") events.record(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  for (const pod of cache(Pod).by(PODS_BY_NODE, name)) {
    if (condition(pod, "Ready")?.status !== "True") continue;
    const conditions = [{ type: "Ready", status: "False" }];
    const { namespace, name: podName = "", uid } = pod.metadata;
    try {
      await client.patch(
        Pod,
        { namespace, name: podName },
        { type: "strategic", body: { metadata: { uid }, status: { conditions } } },
        { subresource: "status" },
      );
      events.record(pod, "Warning", "NodeNotReady", "Node is not ready");
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }
}

/** Brings the taints in line with the conditions. Gives how long an eviction has to wait for its turn, 0 if none does. */
async function taint(node: Node, limiter: EvictionLimiter, { client, cache, now }: ReconcileContext): Promise<number> {
  const before = node.spec.taints ?? [];
  const byCondition = withConditionTaints(node, now);
  const key = evictionTaint(readyStatus(node));
  let wanted = withEvictionTaint(byCondition, key, now);
  let waitMs = 0;
  // Only a taint that comes anew waits for its turn; one that changes its name or goes does not.
  const adds =
    wanted.filter((t) => t.effect === "NoExecute").length > byCondition.filter((t) => t.effect === "NoExecute").length;
  if (adds) {
    waitMs = limiter.waitMs(node, cache(Node).list(), now);
    if (waitMs > 0) wanted = byCondition;
  }
  if (wanted === before || equalJson(wanted, before)) return waitMs;
  const { name = "", resourceVersion } = node.metadata;
  // Taints are one list: whoever changes it must have seen all of it.
  await client.patch(
    Node,
    { name },
    { type: "merge", body: { metadata: { resourceVersion }, spec: { taints: wanted.length > 0 ? wanted : null } } },
  );
  return waitMs;
}

/** Labels that older clients still ask for follow those that took their place. */
async function addOldLabels(
  { metadata: { name = "", labels = {} } }: Node,
  { client }: ReconcileContext,
): Promise<void> {
  const missing = Object.entries(ONLY_OLD_LABELS).filter(
    ([key, old]) => labels[key] !== undefined && labels[key] !== labels[old],
  );
  if (missing.length === 0) return;
  const body = { metadata: { labels: Object.fromEntries(missing.map(([key, old]) => [old, labels[key]])) } };
  await client.patch(Node, { name }, { type: "strategic", body });
}
