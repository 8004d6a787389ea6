// The server turns requests away: 429 with a time to wait. It refuses to turn away those who look on.
import { tooManyRequests } from "../../../src/schema/meta/status.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, onLine, someone } from "./lines.ts";

export const serverBusy: Fault = {
  name: "server busy",
  lastsMs: 3000,
  begin(world) {
    const whom = someone(world.random);
    return onLine(world, {
      before({ who }) {
        if (!isOf(who, whom) || !chance(world.random, 0.5)) return;
        world.hit(serverBusy.name);
        throw tooManyRequests("the server has received too many requests and has asked us to try again later", 1);
      },
    });
  },
};
