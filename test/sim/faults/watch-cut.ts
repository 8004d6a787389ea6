// Connections with watches on them break, or end as a server ends them. It refuses to lose events that the next
// watch cannot get.
import { serviceUnavailable } from "../../../src/schema/meta/status.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, someone } from "./lines.ts";

export const watchCut: Fault = {
  name: "watch cut",
  lastsMs: 0,
  begin(world) {
    const { random, cluster } = world;
    const whom = someone(random);
    const some = [...cluster.line.watches].filter(({ who }) => isOf(who, whom)).filter(() => chance(random, 0.5));
    for (const watch of some) {
      world.hit(watchCut.name);
      watch.cut(chance(random, 0.5) ? serviceUnavailable("http2: client connection lost") : undefined);
    }
    return () => {};
  },
};
