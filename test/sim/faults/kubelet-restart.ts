// A kubelet is killed and started again: it must find its pods as they are. It refuses to touch the runtime.
import { pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const kubeletRestart: Fault = {
  name: "kubelet restart",
  lastsMs: 12_000,
  begin(world) {
    const node = pick(world.random, world.cluster.nodes);
    if (!node.alive) return undefined;
    world.hit(kubeletRestart.name);
    const killed = node.kill();
    return async () => {
      await killed;
      node.start();
    };
  },
};
