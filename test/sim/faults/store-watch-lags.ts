// The store tells of its changes late: what the API server holds in its caches is old. It refuses to be later than a
// watcher would bear.
import { between } from "../world.ts";
import type { StoreRule } from "../seams/store.ts";
import type { Fault } from "./fault.ts";

export const storeWatchLags: Fault = {
  name: "store watch lags",
  lastsMs: 4000,
  begin(world) {
    const { clock, storeRules } = world.cluster;
    const rule: StoreRule = {
      told() {
        world.hit(storeWatchLags.name);
        return clock.sleep(between(world.random, 10, 400));
      },
    };
    storeRules.add(rule);
    return () => void storeRules.delete(rule);
  },
};
