// NodeResourcesFit: the pod's requests must be free on the node; emptier nodes are liked better (LeastAllocated).
import type { Rejection } from "../plugin.ts";
import { MAX_SCORE, plugin } from "../plugin.ts";
import type { NodeInfo, PodInfo } from "../snapshot.ts";
import { podInfo } from "../snapshot.ts";

const DEFAULT_MAX_PODS = 110;

/** Reasons for one node, in the order cpu, memory, ephemeral storage, others: each counts by itself. */
export function lacking({ requests }: PodInfo, node: NodeInfo): { readonly reasons: string[]; readonly unresolvable: boolean } {
  const reasons: string[] = [];
  let unresolvable = false;
  if (node.pods.length + 1 > (node.allocatable.get("pods") ?? DEFAULT_MAX_PODS)) reasons.push("Too many pods");
  for (const [name, wanted] of requests) {
    const has = node.allocatable.get(name) ?? 0;
    if (wanted <= has - (node.requested.get(name) ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    // More than the node has when empty: nobody's leaving would help.
    if (wanted > has) unresolvable = true;
  }
  return { reasons, unresolvable };
}

/** How much of an amount would be free, in hundredths. */
const free = (requested: number, capacity: number) => (capacity === 0 || requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_SCORE) / capacity));

export const nodeResourcesFit = plugin<undefined>({
  name: "NodeResourcesFit",
  filter(pod, node): Rejection | undefined {
    const found = lacking(pod, node);
    return found.reasons.length > 0 ? found : undefined;
  },
  score({ scored }, node) {
    const cpu = free(node.scored.cpu + scored.cpu, node.allocatable.get("cpu") ?? 0);
    const memory = free(node.scored.memory + scored.memory, node.allocatable.get("memory") ?? 0);
    return Math.floor((cpu + memory) / 2);
  },
  wakes(event, pod) {
    switch (event.type) {
      case "NodeAdded":
        return true;
      case "NodeUpdated":
        return JSON.stringify(event.node.status.allocatable) !== JSON.stringify(event.old.status.allocatable);
      case "PodGone":
        return true;
      case "PodChanged": {
        const [now, before] = [podInfo(event.pod).requests, podInfo(event.old).requests];
        return [...pod.requests.keys()].some((name) => (now.get(name) ?? 0) < (before.get(name) ?? 0));
      }
      case "SelfChanged":
        return true;
      default:
        return false;
    }
  },
});
