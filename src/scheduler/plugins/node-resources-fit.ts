// NodeResourcesFit: the pod's requests must be free on the node; emptier nodes are liked better (LeastAllocated).
// It refuses to know devices of claims, and amounts that volumes take.
import { allocatable } from "../../resources/core/node/readiness.ts";
import type { Node } from "../../resources/core/node.ts";
import type { Rejection } from "../plugin.ts";
import { MAX_SCORE, plugin } from "../plugin.ts";
import type { NodeInfo, PodInfo } from "../node-info.ts";

/** Whether there is less left than wanted. Nothing wanted always fits, even where too much is taken. */
const exceeds = (wanted: number, left: number) => wanted > 0 && wanted > left;

function fits({ requests }: PodInfo, node: NodeInfo): boolean {
  const { free } = node;
  if (free.pods <= 0 || exceeds(requests.cpu, free.cpu)) return false;
  if (exceeds(requests.memory, free.memory) || exceeds(requests.storage, free.storage)) return false;
  if (requests.others.size === 0) return true;
  const { allocatable: has, requested: taken } = node;
  for (const [name, wanted] of requests.others)
    if (exceeds(wanted, (has.others.get(name) ?? 0) - (taken.others.get(name) ?? 0))) return false;
  return true;
}

/** Reasons for one node, in the order cpu, memory, ephemeral storage, others: each counts by itself. */
function lacking({ requests }: PodInfo, { allocatable: has, requested: taken, free }: NodeInfo): Rejection {
  const reasons: string[] = [];
  let unresolvable = false;
  const judge = (name: string, wanted: number, all: number, left: number) => {
    if (!exceeds(wanted, left)) return;
    reasons.push(`Insufficient ${name}`);
    // More than the node has when empty: nobody's leaving would help.
    if (wanted > all) unresolvable = true;
  };
  if (free.pods <= 0) reasons.push("Too many pods");
  judge("cpu", requests.cpu, has.cpu, free.cpu);
  judge("memory", requests.memory, has.memory, free.memory);
  judge("ephemeral-storage", requests.storage, has.storage, free.storage);
  for (const [name, wanted] of requests.others) {
    const all = has.others.get(name) ?? 0;
    judge(name, wanted, all, all - (taken.others.get(name) ?? 0));
  }
  return { reasons, unresolvable };
}

/** How much of an amount would be free, in hundredths. */
const share = (requested: number, capacity: number) =>
  capacity === 0 || requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_SCORE) / capacity);

/** Whether a node has come to offer more of anything. */
function grew(node: Node, old: Node): boolean {
  const [now, before] = [allocatable(node), allocatable(old)];
  return now !== before && Object.entries(now).some(([name, amount]) => before[name] !== amount);
}

/** Whether a pod asks for less than before of something that the other one wants. */
function shrank(now: PodInfo, before: PodInfo, { requests }: PodInfo): boolean {
  const [a, b] = [now.requests, before.requests];
  if (a === b) return false;
  if (requests.cpu > 0 && a.cpu < b.cpu) return true;
  if (requests.memory > 0 && a.memory < b.memory) return true;
  if (requests.storage > 0 && a.storage < b.storage) return true;
  for (const name of requests.others.keys()) if ((a.others.get(name) ?? 0) < (b.others.get(name) ?? 0)) return true;
  return false;
}

export const nodeResourcesFit = plugin<undefined>({
  name: "NodeResourcesFit",
  filter: (pod, node) => (fits(pod, node) ? undefined : lacking(pod, node)),
  passes({ requests }, amounts, at) {
    if (amounts.freePods[at]! <= 0 || requests.others.size > 0) return false;
    return !(
      exceeds(requests.cpu, amounts.freeCpu[at]!) ||
      exceeds(requests.memory, amounts.freeMemory[at]!) ||
      exceeds(requests.storage, amounts.freeStorage[at]!)
    );
  },
  scoreBy({ scored }, { scoredCpu, scoredMemory, hasCpu, hasMemory }, at) {
    const cpu = share(scoredCpu[at]! + scored.cpu, hasCpu[at]!);
    return Math.floor((cpu + share(scoredMemory[at]! + scored.memory, hasMemory[at]!)) / 2);
  },
  score({ scored }, { allocatable: has, scored: taken }) {
    return Math.floor((share(taken.cpu + scored.cpu, has.cpu) + share(taken.memory + scored.memory, has.memory)) / 2);
  },
  wakes(event, pod) {
    switch (event.type) {
      case "NodeAdded":
      case "PodGone":
        return true;
      case "NodeUpdated":
        return grew(event.node, event.old);
      case "PodChanged":
        return shrank(event.pod, event.old, pod);
      case "SelfChanged":
        return shrank(event.pod, event.old, event.old);
      default:
        return false;
    }
  },
});
