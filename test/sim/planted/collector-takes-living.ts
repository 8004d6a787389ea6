// The garbage collector sometimes does not find an owner that is there. It refuses to look twice.
import { notFound } from "../../../src/schema/meta/status.ts";
import { everyNth, inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const collectorTakesLiving: Planted = {
  name: "the garbage collector misses living owners",
  seed: 2,
  caughtBy: ["garbage"],
  plant() {
    const missed = everyNth(2);
    return inClientOf("controllers/generic-garbage-collector", (client) => ({
      async get(resource, name, options) {
        if (resource.plural !== "pods" && missed())
          throw notFound({ group: resource.group, resource: resource.plural }, name.name);
        return client.get(resource, name, options);
      },
    }));
  },
};
