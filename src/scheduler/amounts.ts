// What every cycle asks of every node, side by side in arrays: a cycle that looks at hundreds of nodes would otherwise spend
// most of its time on fetching each node's objects from memory. It refuses to decide anything.
import type { NodeInfo } from "./node-info.ts";

/** By the node's place in the snapshot. Units as in {@link NodeInfo}. */
export interface NodeAmounts {
  /** 1: neither cordoned nor tainted. */
  readonly open: Uint8Array;
  readonly freePods: Float64Array;
  readonly freeCpu: Float64Array;
  readonly freeMemory: Float64Array;
  readonly freeStorage: Float64Array;
  readonly hasCpu: Float64Array;
  readonly hasMemory: Float64Array;
  readonly requestedCpu: Float64Array;
  readonly requestedMemory: Float64Array;
  readonly scoredCpu: Float64Array;
  readonly scoredMemory: Float64Array;
}

export function emptyAmounts(length: number): NodeAmounts {
  const column = () => new Float64Array(length);
  return {
    open: new Uint8Array(length),
    freePods: column(),
    freeCpu: column(),
    freeMemory: column(),
    freeStorage: column(),
    hasCpu: column(),
    hasMemory: column(),
    requestedCpu: column(),
    requestedMemory: column(),
    scoredCpu: column(),
    scoredMemory: column(),
  };
}

export function writeAmounts(to: NodeAmounts, at: number, info: NodeInfo): void {
  const { free, allocatable, requested, scored } = info;
  to.open[at] = info.isOpen ? 1 : 0;
  to.freePods[at] = free.pods;
  to.freeCpu[at] = free.cpu;
  to.freeMemory[at] = free.memory;
  to.freeStorage[at] = free.storage;
  to.hasCpu[at] = allocatable.cpu;
  to.hasMemory[at] = allocatable.memory;
  to.requestedCpu[at] = requested.cpu;
  to.requestedMemory[at] = requested.memory;
  to.scoredCpu[at] = scored.cpu;
  to.scoredMemory[at] = scored.memory;
}
