// NodeResourcesBalancedAllocation: likes nodes whose cpu and memory the pod would bring closer to each other. It
// scores the change that the pod makes, not the result (KEP-5142's way in v1.37). It refuses to look at other
// resources.
import { MAX_SCORE, plugin } from "../plugin.ts";
import type { NodeInfo } from "../node-info.ts";

const fraction = (used: number, has: number) => (has === 0 ? 1 : Math.min(1, used / has));

/** 1 when both are used alike, less the further they are apart. */
function balance(cpu: number, memory: number, { allocatable }: NodeInfo): number {
  return 1 - Math.abs(fraction(cpu, allocatable.cpu) - fraction(memory, allocatable.memory)) / 2;
}

export const balancedAllocation = plugin<undefined>({
  name: "NodeResourcesBalancedAllocation",
  prepare: ({ requests }) => ({ state: undefined, skip: requests.cpu === 0 && requests.memory === 0 }),
  score({ requests }, node) {
    const { cpu, memory } = node.requested;
    const before = balance(cpu, memory, node);
    const after = balance(cpu + requests.cpu, memory + requests.memory, node);
    // No change is the middle: worse lies below, better above.
    return Math.floor(((1 + after - before) / 2) * MAX_SCORE);
  },
});
