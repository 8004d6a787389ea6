// The events of one kind reach one component late, all at once, and thereby out of order with those of other kinds.
// It refuses to reorder within a watch: no carrier does that.
import type { Fault } from "./fault.ts";
import { isOf, onLine, someone } from "./lines.ts";
import { pick } from "../world.ts";

export const watchHeld: Fault = {
  name: "watch held",
  lastsMs: 6000,
  begin(world) {
    const whom = someone(world.random);
    const plural = pick(world.random, ["pods", "pods", "replicasets", "deployments", "nodes", "endpointslices"]);
    const gate = Promise.withResolvers<void>();
    const end = onLine(world, {
      held(who, of) {
        if (of !== plural || !isOf(who, whom)) return undefined;
        world.hit(watchHeld.name);
        return gate.promise;
      },
    });
    return () => {
      end();
      gate.resolve();
    };
  },
};
