// A request does not arrive: the server never hears of it. It refuses to lose watches.
import { serviceUnavailable } from "../../../src/schema/meta/status.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, isWrite, onLine, someone } from "./lines.ts";

export const requestLost: Fault = {
  name: "request lost",
  lastsMs: 3000,
  begin(world) {
    const whom = someone(world.random);
    return onLine(world, {
      before(request) {
        if (!isOf(request.who, whom) || !isWrite(request) || !chance(world.random, 0.4)) return;
        world.hit(requestLost.name);
        throw serviceUnavailable("write tcp 192.0.2.100:6443: connection reset by peer");
      },
    });
  },
};
