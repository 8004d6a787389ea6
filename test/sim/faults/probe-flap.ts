// The programs of one machine stop answering probes, and answer again. It refuses to end them.
import { chance, disturb, pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const probeFlap: Fault = {
  name: "probe flap",
  lastsMs: 15_000,
  begin(world) {
    const node = pick(world.random, world.cluster.nodes);
    const deaf = [...node.runtime.state.sandboxes.values()]
      .filter(({ ready }) => ready && chance(world.random, 0.5))
      .map(({ ip }) => ip);
    if (deaf.length === 0) return undefined;
    disturb(world, node);
    for (const ip of deaf) {
      world.hit(probeFlap.name);
      node.deaf.add(ip);
    }
    return () => {
      for (const ip of deaf) node.deaf.delete(ip);
    };
  },
};
