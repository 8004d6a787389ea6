// A machine's wall clock is set wrong, and right again. It refuses to touch the time that delays are measured in,
// and to go far ahead: minReadySeconds counts from what the node says, so that a pod stays unavailable until that
// time has come.
import { pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const clockJump: Fault = {
  name: "clock jump",
  lastsMs: 30_000,
  begin(world) {
    const { clock } = pick(world.random, world.cluster.nodes);
    if (clock.skewMs !== 0) return undefined;
    world.hit(clockJump.name);
    clock.skewMs = pick(world.random, [-3_600_000, -61_000, -2000, 2000, 61_000]);
    return () => {
      clock.skewMs = 0;
    };
  },
};
