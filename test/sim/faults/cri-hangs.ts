// Calls of one runtime do not come back until the fault ends. It refuses to answer in between.
import type { CriRule } from "../seams/cri.ts";
import { chance, pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const criHangs: Fault = {
  name: "runtime call hangs",
  lastsMs: 8000,
  begin(world) {
    const { criRules } = pick(world.random, world.cluster.nodes);
    const gate = Promise.withResolvers<void>();
    const rule: CriRule = {
      async call(_, signal) {
        if (!chance(world.random, 0.4)) return;
        world.hit(criHangs.name);
        await Promise.race([gate.promise, aborted(signal)]);
      },
    };
    criRules.add(rule);
    return () => {
      criRules.delete(rule);
      gate.resolve();
    };
  },
};

const aborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
