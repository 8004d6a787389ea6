// The ReplicaSet controller is not told which revision its writes got, so it cannot wait for them. It refuses to
// fail them.
import type { KubeObject } from "../../../src/schema/resource.ts";
import { inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const noReadYourWrites: Planted = {
  name: "a controller does not wait for its own writes",
  seed: 2,
  caughtBy: ["replicaset surplus"],
  plant: () =>
    inClientOf("controllers/replicaset-controller", (client) => ({
      async create(resource, object, options) {
        const answer = await client.create(resource, object, options);
        return without(answer);
      },
    })),
};

function without<T extends KubeObject>(object: T): T {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
