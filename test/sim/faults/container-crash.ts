// A running container ends by itself. It refuses to say why.
import { pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const containerCrash: Fault = {
  name: "container crash",
  lastsMs: 0,
  begin(world) {
    const { random, cluster } = world;
    const { state } = pick(random, cluster.nodes).runtime;
    const running = [...state.containers.values()].filter((one) => one.state === "CONTAINER_RUNNING");
    if (running.length === 0) return undefined;
    world.hit(containerCrash.name);
    state.end(pick(random, running), pick(random, [1, 137, 0]));
    return () => {};
  },
};
