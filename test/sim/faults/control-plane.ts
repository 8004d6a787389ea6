// Processes of the control plane are killed and come back: the controllers, the scheduler, the API server on its
// store. It refuses to start one before its last writes have reached the disk or died: a lease sees to that in a
// real cluster.
import { pendingOf } from "../seams/client.ts";
import type { Fault } from "./fault.ts";

function restart(part: "controllers" | "scheduler" | "apiserver", lastsMs: number): Fault {
  const name = `${part} restart`;
  const fault: Fault = {
    name,
    lastsMs,
    begin(world) {
      const process = world.cluster[part];
      if (!process.alive) return undefined;
      world.hit(name);
      const killed = process.kill();
      return async () => {
        await killed;
        while (pendingOf(world.cluster.line, part) > 0) await world.cluster.clock.sleep(20);
        await process.start();
      };
    },
  };
  return fault;
}

export const controllersRestart = restart("controllers", 15_000);
export const schedulerRestart = restart("scheduler", 8000);
export const apiserverRestart = restart("apiserver", 5000);
