// The API server is killed at the very moment that a write of one kind is durable: nobody was told of it, and what it
// was in the middle of stays half done. It refuses to lose what was written.
import { StoreClosedError } from "../../../src/store/store.ts";
import type { StoreRule } from "../seams/store.ts";
import { pick } from "../world.ts";
import type { Fault } from "./fault.ts";

/** Namespaces first: their deletion is the longest of all stories. */
const KINDS = ["core/namespaces/", "core/namespaces/", "core/pods/", "apps/replicasets/", "core/nodes/", ""] as const;

export const apiserverDies: Fault = {
  name: "apiserver dies at a write",
  lastsMs: 8000,
  begin(world) {
    const { storeRules, apiserver } = world.cluster;
    if (!apiserver.alive) return undefined;
    const kind: string = pick(world.random, KINDS);
    let killed: Promise<void> | undefined;
    const rule: StoreRule = {
      done({ puts = [], deletes = [] }) {
        if (killed !== undefined || !apiserver.alive) return;
        if (![...puts.map(({ key }) => key), ...deletes].some((key) => key.startsWith(kind))) return;
        world.hit(apiserverDies.name);
        killed = apiserver.kill();
        throw new StoreClosedError("the process ended");
      },
    };
    storeRules.add(rule);
    return async () => {
      storeRules.delete(rule);
      await killed;
      if (killed !== undefined) await apiserver.start();
    };
  },
};
