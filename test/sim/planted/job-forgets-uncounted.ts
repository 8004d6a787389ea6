// The job controller lets pods go that its status never named, so that they are in no count. It refuses to fail its
// writes.
import type { Job } from "../../../src/resources/batch/job.ts";
import { inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const jobForgetsUncounted: Planted = {
  name: "a job lets its pods go uncounted",
  seed: 2,
  caughtBy: ["jobs count"],
  plant: () =>
    inClientOf("controllers/job-controller", (client) => ({
      async update(resource, object, options) {
        if (resource.plural !== "jobs") return client.update(resource, object, options);
        const { uncountedTerminatedPods: _, ...status } = (object as unknown as Job).status;
        return client.update(resource, { ...object, status } as typeof object, options);
      },
    })),
};
