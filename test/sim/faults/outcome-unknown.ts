// The store has written, and fails before it says so: the API server itself cannot know. It refuses to do so for what
// was not written.
import { StoreClosedError } from "../../../src/store/store.ts";
import type { StoreRule } from "../seams/store.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";

export const outcomeUnknown: Fault = {
  name: "outcome unknown",
  lastsMs: 3000,
  begin(world) {
    const { storeRules } = world.cluster;
    const rule: StoreRule = {
      done() {
        if (!chance(world.random, 0.3)) return;
        world.hit(outcomeUnknown.name);
        throw new StoreClosedError("the connection to the store was lost");
      },
    };
    storeRules.add(rule);
    return () => void storeRules.delete(rule);
  },
};
