// The disk is slow: commits take up to a second and a half each. It refuses to change their order.
import { between } from "../world.ts";
import type { StoreRule } from "../seams/store.ts";
import type { Fault } from "./fault.ts";

export const slowCommits: Fault = {
  name: "commits slow",
  lastsMs: 3000,
  begin(world) {
    const { clock, storeRules } = world.cluster;
    const rule: StoreRule = {
      async commit() {
        world.hit(slowCommits.name);
        await clock.sleep(between(world.random, 5, 200));
      },
    };
    storeRules.add(rule);
    return () => void storeRules.delete(rule);
  },
};
