// Deployments that take over what they did not make. It refuses to look at pods: nobody runs them here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deployment } from "../../src/controllers/deployment.ts";
import { replicaSet } from "../../src/controllers/replicaset.ts";
import { Deployment } from "../../src/resources/apps/deployment.ts";
import { ReplicaSet } from "../../src/resources/apps/replica-set.ts";
import { openWorld } from "./world.ts";

const template = (image: string, labels = {}) => ({
  metadata: { labels: { app: "web", ...labels } },
  spec: { containers: [{ name: "c", image }] },
});

/** What an earlier Deployment of four left behind, scaled by hand since. */
const left = (name: string, replicas: number) => ({
  metadata: {
    namespace: "demo",
    name,
    labels: { app: "web", set: name },
    annotations: { "deployment.kubernetes.io/desired-replicas": "4" },
  },
  spec: { replicas, selector: { matchLabels: { app: "web", set: name } }, template: template("app:1", { set: name }) },
});

for (const type of ["Recreate", "RollingUpdate"] as const) {
  for (const sizes of [[1], [1, 1]]) {
    test(`${type}: ${sizes.length} adopted sets that remember another size are replaced`, async () => {
      const world = await openWorld({ controllers: [deployment, replicaSet] });
      for (const [i, size] of sizes.entries()) await world.client.create(ReplicaSet, left(`old-${i}`, size));
      await world.pass(1000);
      const strategy = { type, ...(type === "RollingUpdate" && { rollingUpdate: { maxUnavailable: 1 } }) };
      await world.client.create(Deployment, {
        metadata: { namespace: "demo", name: "web" },
        spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, strategy, template: template("app:2") },
      } as unknown as Deployment);
      await world.pass(5000);
      const sets = (await world.client.list(ReplicaSet)).items;
      const of = (image: string) => sets.filter(({ spec }) => spec.template.spec?.containers[0]?.image === image);
      assert.deepEqual(
        of("app:1").map(({ spec }) => spec.replicas),
        sizes.map(() => 0),
      );
      assert.deepEqual(
        of("app:2").map(({ spec }) => spec.replicas),
        [1],
      );
      await world.stop();
    });
  }
}
