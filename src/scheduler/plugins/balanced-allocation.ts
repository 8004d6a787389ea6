// NodeResourcesBalancedAllocation: likes nodes whose cpu and memory the pod would bring closer to each other.
// It scores the change that the pod makes, not the result (KEP-5142's way in v1.37).
import { MAX_SCORE, plugin } from "../plugin.ts";
import type { NodeInfo } from "../snapshot.ts";

/** 1 when both are used alike, less the further they are apart. */
function balance(cpu: number, memory: number, node: NodeInfo): number {
  const fraction = (used: number, has: number) => (has === 0 ? 1 : Math.min(1, used / has));
  const a = fraction(cpu, node.allocatable.get("cpu") ?? 0);
  const b = fraction(memory, node.allocatable.get("memory") ?? 0);
  return 1 - Math.abs(a - b) / 2;
}

export const balancedAllocation = plugin<undefined>({
  name: "NodeResourcesBalancedAllocation",
  prepare: ({ requests }) => ({ state: undefined, skip: !requests.has("cpu") && !requests.has("memory") }),
  score({ requests }, node) {
    const [cpu, memory] = [node.requested.get("cpu") ?? 0, node.requested.get("memory") ?? 0];
    const before = balance(cpu, memory, node);
    const after = balance(cpu + (requests.get("cpu") ?? 0), memory + (requests.get("memory") ?? 0), node);
    // No change is the middle: worse lies below, better above.
    return Math.floor(((1 + after - before) / 2) * MAX_SCORE);
  },
});
