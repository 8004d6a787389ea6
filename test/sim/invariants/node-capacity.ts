// The scheduler never gives a node more than it has. It refuses to count pods whose binding the scheduler was told
// had failed: nobody could know of them.
import type { Pod } from "../../../src/resources/core/pod.ts";
import { NODE_CPU_MILLI, NODE_PODS } from "../node.ts";
import type { Invariant } from "./invariant.ts";
import { cpuMilli, hasEnded, placeOf } from "./pods.ts";

export const nodeCapacity: Invariant = {
  name: "node capacity",
  judge: ({ cluster: { truth }, ledger }) => ({
    onFact(fact) {
      if (fact.kind !== "core/pods" || fact.isDeletion) return undefined;
      const { key, object, old } = fact;
      const { nodeName } = (object as Pod).spec;
      if (!nodeName || (old as Pod | undefined)?.spec.nodeName) return undefined;
      let cpu = 0;
      let pods = 0;
      for (const pod of truth.list<Pod>("core/pods")) {
        if (pod.spec.nodeName !== nodeName || hasEnded(pod) || ledger.lostBindings.has(placeOf(pod))) continue;
        cpu += cpuMilli(pod);
        pods++;
      }
      if (cpu > NODE_CPU_MILLI) return `with ${key} the pods of ${nodeName} want ${cpu}m CPU of ${NODE_CPU_MILLI}m`;
      return pods > NODE_PODS ? `${key} is pod ${pods} of ${NODE_PODS} on ${nodeName}` : undefined;
    },
  }),
};
