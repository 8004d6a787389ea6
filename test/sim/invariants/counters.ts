// Increments by read, change and write add up: none is lost, none is done twice, but for those whose outcome nobody
// knew. It refuses to judge while writes are on their way.
import type { ConfigMap } from "../../../src/resources/core/config-map.ts";
import type { Invariant } from "./invariant.ts";

export const counters: Invariant = {
  name: "counters",
  judge: (world) => ({
    unsettled() {
      const { ledger } = world;
      for (const [key, { acknowledged, unknown }] of ledger.counters) {
        const object = world.cluster.truth.get(key)?.object as ConfigMap | undefined;
        if (!object) continue;
        const value = Number(object.data?.["count"] ?? 0);
        if (value < acknowledged || value > acknowledged + unknown)
          world.violated(
            counters.name,
            `${key} stands at ${value} after ${acknowledged} acknowledged increments and ${unknown} of unknown outcome`,
          );
      }
      return undefined;
    },
  }),
};
