// Calls take their time on the way. It refuses to reorder one component's own calls beyond what awaiting does.
import { between } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, onLine, someone } from "./lines.ts";

export const requestsSlow: Fault = {
  name: "requests slow",
  lastsMs: 4000,
  begin(world) {
    const whom = someone(world.random);
    const { clock } = world.cluster;
    return onLine(world, {
      async before(request) {
        if (!isOf(request.who, whom) || request.verb === "watch") return;
        world.hit(requestsSlow.name);
        await clock.sleep(between(world.random, 20, 700));
      },
    });
  },
};
