// The Deployment controller grows a ReplicaSet by one too many. It refuses to shrink it wrongly.
import type { ReplicaSet } from "../../../src/resources/apps/replica-set.ts";
import { inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const surgeTooFar: Planted = {
  name: "a rollout surges too far",
  seed: 1,
  caughtBy: ["rollout bounds"],
  plant: () =>
    inClientOf("controllers/deployment-controller", (client) => ({
      async create(resource, object, options) {
        if (resource.plural !== "replicasets") return client.create(resource, object, options);
        const set = object as unknown as ReplicaSet;
        const spec = { ...set.spec, replicas: (set.spec.replicas ?? 1) + 1 };
        return client.create(resource, { ...object, spec }, options);
      },
    })),
};
