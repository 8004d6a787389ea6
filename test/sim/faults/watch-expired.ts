// 410: the place where a watch stands was forgotten; everything has to be read again. It refuses to touch the store.
import { expired } from "../../../src/schema/meta/status.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, someone } from "./lines.ts";

export const watchExpired: Fault = {
  name: "watch expired",
  lastsMs: 0,
  begin(world) {
    const { random, cluster } = world;
    const whom = someone(random);
    for (const watch of [...cluster.line.watches]
      .filter(({ who }) => isOf(who, whom))
      .filter(() => chance(random, 0.4))) {
      world.hit(watchExpired.name);
      watch.cut(expired("too old resource version: 1 (2)"));
    }
    return () => {};
  },
};
