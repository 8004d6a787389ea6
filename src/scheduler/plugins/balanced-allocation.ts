// NodeResourcesBalancedAllocation: likes nodes whose cpu and memory the pod would bring closer to each other. It
// scores the change that the pod makes, not the result (KEP-5142's way in v1.37). It refuses to look at other
// resources.
import { MAX_SCORE, plugin } from "../plugin.ts";
import type { Scored } from "../node-info.ts";

const fraction = (used: number, has: number) => (has === 0 ? 1 : Math.min(1, used / has));

/** 1 when both are used alike, less the further they are apart. */
const balance = (cpu: number, memory: number, has: Scored): number =>
  1 - Math.abs(fraction(cpu, has.cpu) - fraction(memory, has.memory)) / 2;

function change(requests: Scored, taken: Scored, has: Scored): number {
  const before = balance(taken.cpu, taken.memory, has);
  const after = balance(taken.cpu + requests.cpu, taken.memory + requests.memory, has);
  // No change is the middle: worse lies below, better above.
  return Math.floor(((1 + after - before) / 2) * MAX_SCORE);
}

export const balancedAllocation = plugin<undefined>({
  name: "NodeResourcesBalancedAllocation",
  prepare: ({ requests }) => ({ state: undefined, skip: requests.cpu === 0 && requests.memory === 0 }),
  score: ({ requests }, { requested, allocatable }) => change(requests, requested, allocatable),
  scoreBy({ requests }, { requestedCpu, requestedMemory, hasCpu, hasMemory }, at) {
    const taken = { cpu: requestedCpu[at]!, memory: requestedMemory[at]! };
    return change(requests, taken, { cpu: hasCpu[at]!, memory: hasMemory[at]! });
  },
});
