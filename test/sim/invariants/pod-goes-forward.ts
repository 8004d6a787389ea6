// A pod that has a node keeps it; its phase and restart counts only go forward. It refuses to say which node.
import type { Pod } from "../../../src/resources/core/pod.ts";
import { hasEnded } from "./pods.ts";
import type { Invariant } from "./invariant.ts";

export const podGoesForward: Invariant = {
  name: "pod goes forward",
  judge: () => ({
    onFact(fact) {
      if (fact.kind !== "core/pods") return undefined;
      const { key, object, old } = fact;
      if (!object || !old || object.metadata.uid !== old.metadata.uid) return undefined;
      const [now, before] = [object as Pod, old as Pod];
      if (before.spec.nodeName && now.spec.nodeName !== before.spec.nodeName)
        return `${key} moved from ${before.spec.nodeName} to ${now.spec.nodeName}`;
      if (hasEnded(before) && now.status.phase !== before.status.phase)
        return `${key} went from ${before.status.phase} to ${now.status.phase}`;
      if (before.status.phase === "Running" && now.status.phase === "Pending")
        return `${key} went from Running back to Pending`;
      for (const { name, restartCount } of before.status.containerStatuses ?? []) {
        const after = now.status.containerStatuses?.find((one) => one.name === name);
        if (after === undefined) return `${key} lost the status of container ${name}`;
        if (after.restartCount < restartCount)
          return `the restart count of ${name} in ${key} went from ${restartCount} to ${after.restartCount}`;
      }
      return undefined;
    },
  }),
};
