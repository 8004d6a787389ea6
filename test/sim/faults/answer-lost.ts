// A request is done, but its answer is lost: the writer cannot know. It refuses to lose reads.
import { serviceUnavailable } from "../../../src/schema/meta/status.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, isWrite, onLine, someone } from "./lines.ts";

export const answerLost: Fault = {
  name: "answer lost",
  lastsMs: 3000,
  begin(world) {
    const whom = world.random.below(4) === 0 ? "user" : someone(world.random);
    return onLine(world, {
      after(request) {
        if (!isOf(request.who, whom) || !isWrite(request) || !chance(world.random, 0.3)) return;
        world.hit(answerLost.name);
        throw serviceUnavailable("read tcp 192.0.2.100:6443: connection reset by peer");
      },
    });
  },
};
