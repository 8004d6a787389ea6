// A pod runs once: one ready sandbox, each container at most once, on one machine. It refuses to ask whether it
// should run.
import type { Invariant } from "./invariant.ts";

export const runsOnce: Invariant = {
  name: "runs once",
  judge: ({ cluster: { nodes } }) => ({
    onStep() {
      const places = new Map<string, string>();
      const containers = new Set<string>();
      for (const { name: node, runtime } of nodes) {
        const { state } = runtime;
        for (const { config, ready } of state.sandboxes.values()) {
          if (!ready) continue;
          const uid = config.metadata?.uid ?? "";
          const other = places.get(uid);
          if (other !== undefined)
            return `pod ${config.metadata?.name} (${uid}) has two sandboxes, on ${other} and ${node}`;
          places.set(uid, node);
        }
        for (const { state: now, config, sandboxId } of state.containers.values()) {
          if (now !== "CONTAINER_RUNNING") continue;
          const key = `${state.sandboxes.get(sandboxId)?.config.metadata?.uid}/${config.metadata?.name}`;
          if (containers.has(key)) return `container ${key} runs twice on ${node}`;
          containers.add(key);
        }
      }
      return undefined;
    },
  }),
};
