// A machine restarts: kubelet and containers are gone at once; the runtime still knows their remains. It refuses to
// lose the disk.
import { disturb, pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const nodeReboot: Fault = {
  name: "node reboot",
  lastsMs: 20_000,
  begin(world) {
    const node = pick(world.random, world.cluster.nodes);
    if (!node.alive) return undefined;
    world.hit(nodeReboot.name);
    const killed = node.kill();
    disturb(world, node);
    node.runtime.reboot();
    return async () => {
      await killed;
      node.start();
    };
  },
};
