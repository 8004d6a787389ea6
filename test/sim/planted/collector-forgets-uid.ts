// The garbage collector takes a new owner of the same name for the old one. It refuses to see that the uid differs.
import { keyOf } from "../../../src/client/client.ts";
import { inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const collectorForgetsUid: Planted = {
  name: "the garbage collector forgets the uid",
  seed: 44,
  caughtBy: ["garbage", "namespace empty", "convergence"],
  plant() {
    const known = new Map<string, string>();
    return inClientOf("controllers/generic-garbage-collector", (client) => ({
      async get(resource, name, options) {
        const found = await client.get(resource, name, options);
        const key = `${resource.plural}/${keyOf(found)}`;
        const uid = known.get(key) ?? found.metadata.uid;
        known.set(key, uid!);
        return { ...found, metadata: { ...found.metadata, uid } };
      },
    }));
  },
};
