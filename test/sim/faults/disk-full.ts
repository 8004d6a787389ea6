// The disk refuses writes for a while. It refuses to lose what was written before.
import { StoreWriteError } from "../../../src/store/store.ts";
import type { StoreRule } from "../seams/store.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";

export const diskFull: Fault = {
  name: "disk full",
  lastsMs: 4000,
  begin(world) {
    const { storeRules } = world.cluster;
    const rule: StoreRule = {
      commit() {
        if (!chance(world.random, 0.7)) return;
        world.hit(diskFull.name);
        throw new StoreWriteError("database or disk is full");
      },
    };
    storeRules.add(rule);
    return () => void storeRules.delete(rule);
  },
};
