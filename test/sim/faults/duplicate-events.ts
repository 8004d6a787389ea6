// Events of a watch are delivered twice. It refuses to deliver an old one after a newer one.
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, onLine, someone } from "./lines.ts";

export const duplicateEvents: Fault = {
  name: "events doubled",
  lastsMs: 5000,
  begin(world) {
    const whom = someone(world.random);
    return onLine(world, {
      times(who) {
        if (!isOf(who, whom) || !chance(world.random, 0.5)) return undefined;
        world.hit(duplicateEvents.name);
        return 2;
      },
    });
  },
};
