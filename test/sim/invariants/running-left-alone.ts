// A kubelet stops what runs only for a reason: the pod is leaving, has ended, or was disturbed. That it was
// restarted itself is none. It refuses to judge what a runtime does by itself.
import type { Pod } from "../../../src/resources/core/pod.ts";
import type { SimNode } from "../node.ts";
import type { World } from "../world.ts";
import type { Invariant } from "./invariant.ts";
import { hasEnded, isLeaving } from "./pods.ts";

export const runningLeftAlone: Invariant = {
  name: "running left alone",
  judge: (world) => ({
    onCriCall(node, name, request) {
      const sandboxes = sandboxesOf(node, name, request);
      for (const { uid, containers } of sandboxes) {
        if (containers.length === 0 || mayStop(world, node, uid)) continue;
        return `the kubelet of ${node.name} calls ${name} for container ${containers.join(", ")} of pod ${uid}, which runs and is wanted`;
      }
      return undefined;
    },
  }),
};

/** The running containers that a call would end, by pod. */
function sandboxesOf(
  { runtime: { state } }: SimNode,
  name: string,
  request: Readonly<Record<string, unknown>>,
): { uid: string; containers: string[] }[] {
  const ends = (sandboxId: string, only?: string) => ({
    uid: state.sandboxes.get(sandboxId)?.config.metadata?.uid ?? "",
    containers: [...state.containers.values()]
      .filter(
        (one) =>
          one.sandboxId === sandboxId && one.state === "CONTAINER_RUNNING" && (only === undefined || one.id === only),
      )
      .map((one) => one.config.metadata?.name ?? one.id),
  });
  if (name === "stopContainer" || name === "removeContainer") {
    const container = state.containers.get(String(request["containerId"]));
    return container ? [ends(container.sandboxId, container.id)] : [];
  }
  return name === "stopPodSandbox" || name === "removePodSandbox" ? [ends(String(request["podSandboxId"]))] : [];
}

function mayStop({ cluster: { truth }, ledger }: World, node: SimNode, uid: string): boolean {
  if (ledger.disturbed.has(uid)) return true;
  for (const pod of truth.list<Pod>("core/pods")) {
    if (pod.metadata.uid === uid) return isLeaving(pod) || hasEnded(pod) || pod.spec.nodeName !== node.name;
  }
  return true;
}
