// What people do with jobs, at random from the seed. It refuses to wait for an outcome (see workload.ts).
import { Job } from "../../src/resources/batch/job.ts";
import type { Resource } from "../../src/schema/resource.ts";
import { deleteOwner, metadataOf, ofObject, one } from "./hands.ts";
import type { Action, Hands } from "./hands.ts";
import { IMAGES } from "./images.ts";
import { between, chance, pick } from "./world.ts";

async function createJob(hands: Hands): Promise<void> {
  const { client, random } = hands;
  const completions = between(random, 1, 4);
  const indexed = chance(random, 0.3);
  const name = pick(random, ["import", "report"]);
  const command = ["sh", "-c", `sleep ${between(random, 1, 6)}; exit ${chance(random, 0.2) ? 1 : 0}`];
  const resources = { requests: { cpu: "100m" } };
  const spec = {
    completions,
    parallelism: between(random, 1, completions),
    backoffLimit: random.below(3),
    ...(indexed && { completionMode: "Indexed" }),
    ...(chance(random, 0.2) && { ttlSecondsAfterFinished: random.below(20) }),
    ...(chance(random, 0.3) && { podReplacementPolicy: "Failed" }),
    template: {
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: between(random, 1, 4),
        containers: [{ name: "main", image: pick(random, IMAGES), command, resources }],
      },
    },
  };
  await client.create(Job, { metadata: metadataOf(hands, name), spec } as unknown as Job);
}

async function patchJob(hands: Hands, spec: (job: Job) => object): Promise<void> {
  const found = one<Job>(hands, "batch/jobs");
  if (found) await hands.client.patch(Job, ofObject(found), { type: "merge", body: { spec: spec(found) } });
}

export const jobActions: readonly Action[] = [
  { name: "create job", weight: 4, act: createJob },
  {
    name: "suspend or resume job",
    weight: 1,
    act: (hands) => patchJob(hands, ({ spec }) => ({ suspend: !spec.suspend })),
  },
  {
    name: "scale job",
    weight: 1,
    act: (hands) => patchJob(hands, () => ({ parallelism: between(hands.random, 1, 3) })),
  },
  { name: "delete job", weight: 1, act: (hands) => deleteOwner(hands, Job as unknown as Resource, "batch/jobs") },
];
