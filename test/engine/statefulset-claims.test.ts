// The claims of StatefulSets: made before their pods, and owned as the policy says. It refuses to bind them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { garbageCollector } from "../../src/controllers/garbage-collector.ts";
import { statefulSet } from "../../src/controllers/statefulset.ts";
import { StatefulSet } from "../../src/resources/apps/stateful-set.ts";
import { Event } from "../../src/resources/core/event.ts";
import { PersistentVolumeClaim } from "../../src/resources/core/persistent-volume-claim.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const name = { namespace: "demo", name: "db" };
const create = ({ client }: World, policy: object, replicas = 2) =>
  client.create(StatefulSet, {
    metadata: name,
    spec: {
      replicas,
      serviceName: "db",
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: "db" } },
      persistentVolumeClaimRetentionPolicy: policy,
      template: {
        metadata: { labels: { app: "db" } },
        spec: {
          containers: [{ name: "c", image: "i" }],
          volumes: [
            { name: "data", emptyDir: {} },
            { name: "scratch", emptyDir: {} },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels: { tier: "gold" } },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as unknown as StatefulSet);
const claims = async ({ client }: World) => (await client.list(PersistentVolumeClaim)).items;
const owners = async (world: World) =>
  (await claims(world)).map(({ metadata }) => {
    const [owner] = metadata.ownerReferences ?? [];
    return `${metadata.name}: ${owner ? `${owner.kind} ${owner.name} ${owner.controller}` : "nobody"}`;
  });
const scale = ({ client }: World, replicas: number) =>
  client.patch(StatefulSet, name, { type: "merge", body: { spec: { replicas } } });

test("a claim of each template for each pod, which mounts it under the template's name", async () => {
  const world = await openWorld({ controllers: [statefulSet] });
  await create(world, {});
  await world.pass(1000);
  assert.deepEqual(
    (await claims(world)).map(({ metadata: { name: n, labels } }) => [n, labels]),
    ["data-db-0", "data-db-1"].map((n) => [n, { tier: "gold", app: "db" }]),
  );
  const pod = await world.client.get(Pod, { namespace: "demo", name: "db-1" });
  assert.deepEqual(
    pod.spec.volumes?.map((v) => [v.name, v.persistentVolumeClaim?.claimName]),
    [
      ["data", "data-db-1"],
      ["scratch", undefined],
    ],
  );
  const told = (await world.client.list(Event)).items.map(({ message }) => message);
  assert.ok(told.includes("Create Claim data-db-0 Pod db-0 in StatefulSet db success"), String(told));
  await scale(world, 0);
  await world.pass(1000);
  assert.deepEqual(await owners(world), ["data-db-0: nobody", "data-db-1: nobody"]);
  await world.stop();
});

test("whenDeleted: the set owns the claims", async () => {
  const world = await openWorld({ controllers: [statefulSet, garbageCollector] });
  await create(world, { whenDeleted: "Delete", whenScaled: "Retain" });
  await world.pass(1000);
  assert.deepEqual(await owners(world), ["data-db-0: StatefulSet db true", "data-db-1: StatefulSet db true"]);
  await world.client.patch(StatefulSet, name, {
    type: "merge",
    body: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } } },
  });
  await world.pass(1000);
  assert.deepEqual(await owners(world), ["data-db-0: nobody", "data-db-1: nobody"]);
  await world.stop();
});

test("whenScaled: a pod that is scaled away owns its claim by the time it goes; the next one gets a new claim", async () => {
  const world = await openWorld({ controllers: [statefulSet, garbageCollector] });
  await create(world, { whenDeleted: "Delete", whenScaled: "Delete" });
  await world.pass(1000);
  const [, before] = await claims(world);
  const { metadata } = await world.client.get(Pod, { namespace: "demo", name: "db-1" });
  await world.client.patch(
    Pod,
    { namespace: "demo", name: "db-1" },
    {
      type: "merge",
      body: { metadata: { finalizers: ["example.com/held"] } },
    },
  );
  await scale(world, 1);
  await world.pass(1000);
  assert.deepEqual(await owners(world), ["data-db-0: StatefulSet db true", "data-db-1: Pod db-1 true"]);
  await world.client.patch(
    Pod,
    { namespace: "demo", name: "db-1" },
    {
      type: "merge",
      body: { metadata: { uid: metadata.uid, finalizers: null } },
    },
  );
  await scale(world, 2);
  await world.pass(30_000);
  const [, after] = await claims(world);
  assert.equal(after?.metadata.name, "data-db-1");
  assert.notEqual(after?.metadata.uid, before?.metadata.uid);
  assert.deepEqual(await owners(world), ["data-db-0: StatefulSet db true", "data-db-1: StatefulSet db true"]);
  await world.stop();
});
