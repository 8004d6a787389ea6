// ReplicationControllers: the same pods as a ReplicaSet's, by a selector of labels only.
import assert from "node:assert/strict";
import { test } from "node:test";
import { replicationController } from "../../src/controllers/replicationcontroller.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { ReplicationController } from "../../src/resources/core/replication-controller.ts";
import { openWorld } from "./world.ts";

const AT = { namespace: "demo", name: "rc" };
const spec = { containers: [{ name: "c", image: "app:1" }] };

test("a ReplicationController makes pods, adopts what matches, releases what no longer does, and scales", async () => {
  const world = await openWorld({ controllers: [replicationController] });
  const { client } = world;
  const pods = async () => (await client.list(Pod, { namespace: "demo" })).items;
  const orphan = await client.create(Pod, {
    metadata: { namespace: "demo", name: "orphan", labels: { app: "a" } },
    spec,
  });
  const made = await client.create(ReplicationController, {
    metadata: AT,
    spec: { replicas: 3, selector: { app: "a" }, template: { metadata: { labels: { app: "a" } }, spec } },
  });
  await world.pass(1000);
  assert.equal((await pods()).length, 3);
  assert.ok((await pods()).every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === made.metadata.uid));
  const body = { metadata: { labels: { app: "other" } } };
  await client.patch(Pod, { namespace: "demo", name: "orphan" }, { type: "merge", body });
  await world.pass(1000);
  const released = await client.get(Pod, { namespace: "demo", name: "orphan" });
  assert.deepEqual([released.metadata.uid, released.metadata.ownerReferences], [orphan.metadata.uid, undefined]);
  assert.equal((await pods()).length, 4);
  await client.patch(ReplicationController, AT, { type: "merge", body: { spec: { replicas: 1 } } });
  await world.pass(1000);
  const { status } = await client.get(ReplicationController, AT);
  assert.deepEqual(status, { replicas: 1, fullyLabeledReplicas: 1, observedGeneration: 2 });
  await world.stop();
});
