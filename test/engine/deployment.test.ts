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

test("a set that still reports the pods which it is about to lose does not let more go", async () => {
  const world = await openWorld({ controllers: [deployment] });
  const { client } = world;
  const name = { namespace: "demo", name: "web" };
  await client.create(Deployment, {
    metadata: name,
    spec: {
      replicas: 5,
      selector: { matchLabels: { app: "web" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } },
      template: template("app:1"),
    },
  } as unknown as Deployment);
  await world.pass(1000);
  const setOf = async (image: string) =>
    (await client.list(ReplicaSet)).items.find(({ spec }) => spec.template.spec?.containers[0]?.image === image)!;
  /** Plays the replicaset controller, which here is as late as the test likes. */
  const report = async (image: string, replicas: number, available: number) => {
    const set = await setOf(image);
    const status = { ...set.status, replicas, readyReplicas: available, availableReplicas: available };
    await client.update(ReplicaSet, { ...set, status }, { subresource: "status" });
    await world.pass(1000);
  };
  const sizes = async () => [(await setOf("app:1")).spec.replicas, (await setOf("app:2")).spec.replicas];
  await report("app:1", 5, 5);
  await client.patch(Deployment, name, {
    type: "json",
    body: [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "app:2" }],
  });
  await world.pass(1000);
  assert.deepEqual(await sizes(), [4, 3]);
  await report("app:1", 4, 4);
  await report("app:2", 3, 1);
  assert.deepEqual(await sizes(), [3, 4]);
  await report("app:2", 4, 2);
  assert.deepEqual(await sizes(), [2, 5], "four of five are there at any time");
  await world.stop();
});

test("revisions have 64 bits: the next one is exactly one more", async () => {
  const world = await openWorld({ controllers: [deployment, replicaSet] });
  const { metadata, spec } = left("old", 1);
  const annotations = { "deployment.kubernetes.io/revision": "3546343826724305832" };
  await world.client.create(ReplicaSet, { metadata: { ...metadata, annotations }, spec });
  await world.client.create(Deployment, {
    metadata: { namespace: "demo", name: "web" },
    spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: template("app:2") },
  } as unknown as Deployment);
  await world.pass(1000);
  const made = await world.client.get(Deployment, { namespace: "demo", name: "web" });
  assert.equal(made.metadata.annotations?.["deployment.kubernetes.io/revision"], "3546343826724305833");
  await world.stop();
});
