// A pod's sandbox ends, with everything in it, as when somebody kills its first process. It refuses to remove the
// remains.
import { pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const sandboxGone: Fault = {
  name: "sandbox gone",
  lastsMs: 0,
  begin(world) {
    const { random, cluster } = world;
    const { state } = pick(random, cluster.nodes).runtime;
    const ready = [...state.sandboxes.values()].filter((one) => one.ready);
    if (ready.length === 0) return undefined;
    const sandbox = pick(random, ready);
    world.hit(sandboxGone.name);
    world.ledger.disturbed.add(sandbox.config.metadata?.uid ?? "");
    for (const container of state.containers.values())
      if (container.sandboxId === sandbox.id) state.end(container, 137);
    sandbox.ready = false;
    state.tell(sandbox.id);
    return () => {};
  },
};
