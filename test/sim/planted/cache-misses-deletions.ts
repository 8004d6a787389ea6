// The controllers' caches do not hear of every deleted pod. It refuses to hide them from a new list.
import { everyNth, inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const cacheMissesDeletions: Planted = {
  name: "a cache misses deletions",
  seed: 2,
  caughtBy: ["convergence", "endpoints are ready pods", "garbage"],
  plant() {
    const missed = everyNth(3);
    return inClientOf("controllers", (client) => ({
      async *watch(resource, options) {
        for await (const event of client.watch(resource, options)) {
          if (resource.plural === "pods" && event.type === "DELETED" && missed()) continue;
          yield event;
        }
      },
    }));
  },
};
