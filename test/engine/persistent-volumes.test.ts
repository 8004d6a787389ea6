// Claims and volumes: bound, lost, released, protected. It refuses to play a scheduler or a kubelet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ephemeralVolume } from "../../src/controllers/ephemeral-volume.ts";
import { persistentVolumeBinder } from "../../src/controllers/persistentvolume-binder.ts";
import { persistentVolumeProtection } from "../../src/controllers/persistentvolume-protection.ts";
import { persistentVolume } from "../../src/controllers/persistentvolume.ts";
import { persistentVolumeClaimProtection } from "../../src/controllers/persistentvolumeclaim-protection.ts";
import { volumeAttributesClassProtection } from "../../src/controllers/volumeattributesclass-protection.ts";
import { Event } from "../../src/resources/core/event.ts";
import { PersistentVolumeClaim } from "../../src/resources/core/persistent-volume-claim.ts";
import { PersistentVolume } from "../../src/resources/core/persistent-volume.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { StorageClass } from "../../src/resources/storage/storage-class.ts";
import { VolumeAttributesClass } from "../../src/resources/storage/volume-attributes-class.ts";
import { hasReason } from "../../src/schema/meta/status.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const controllers = [
  persistentVolumeBinder,
  persistentVolume,
  persistentVolumeClaimProtection,
  persistentVolumeProtection,
  ephemeralVolume,
  volumeAttributesClassProtection,
];

const volume = ({ client }: World, name: string, spec: object = {}, metadata: object = {}) =>
  client.create(PersistentVolume, {
    metadata: { name, ...metadata },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/data" }, ...spec },
  } as unknown as PersistentVolume);
const claim = ({ client }: World, name: string, spec: object = {}) =>
  client.create(PersistentVolumeClaim, {
    metadata: { namespace: "demo", name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "",
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  } as unknown as PersistentVolumeClaim);
const pod = ({ client }: World, name: string, volumes: object[], spec: object = {}) =>
  client.create(Pod, {
    metadata: { namespace: "demo", name },
    spec: { containers: [{ name: "c", image: "i" }], volumes, ...spec },
  } as unknown as Pod);
const claimed = async ({ client }: World, name: string) =>
  client.get(PersistentVolumeClaim, { namespace: "demo", name });
const given = ({ client }: World, name: string) => client.get(PersistentVolume, { name });
const gone = async (answer: Promise<unknown>) =>
  answer.then(
    () => false,
    (error: unknown) => hasReason(error, "NotFound"),
  );
const told = async ({ client }: World, name: string) =>
  (await client.list(Event)).items
    .filter((e) => e.involvedObject.name === name)
    .map((e) => `${e.reason}: ${e.message}`);

test("of volumes that will do, those that can be used in fewest ways, then the smallest", async () => {
  const world = await openWorld({ controllers });
  await volume(world, "many", { accessModes: ["ReadWriteOnce", "ReadWriteMany"] });
  await volume(world, "large", { capacity: { storage: "9Gi" } });
  await volume(world, "small", { capacity: { storage: "2Gi" } });
  await world.pass(100);
  assert.equal((await given(world, "many")).status.phase, "Available");
  await claim(world, "c");
  await world.pass(100);
  const { spec, status } = await claimed(world, "c");
  assert.deepEqual([spec.volumeName, status.phase, status.capacity], ["small", "Bound", { storage: "2Gi" }]);
  assert.equal((await given(world, "small")).status.phase, "Bound");
  await world.stop();
});

test("two claims that come at once get two volumes", async () => {
  const world = await openWorld({ controllers });
  for (const name of ["a", "b"]) await volume(world, name);
  await world.pass(100);
  await Promise.all(["x", "y", "z"].map((name) => claim(world, name)));
  await world.pass(2000);
  const got = await Promise.all(
    ["x", "y", "z"].map(async (name) => (await claimed(world, name)).spec.volumeName ?? ""),
  );
  assert.deepEqual(got.toSorted(), ["", "a", "b"]);
  await world.stop();
});

test("why a volume that is named will not do", async () => {
  const world = await openWorld({ controllers });
  await volume(world, "v", { storageClassName: "k", accessModes: ["ReadOnlyMany"] });
  const cases = {
    "requested PV is too small": { resources: { requests: { storage: "5Gi" } } },
    "storageClassName does not match": {},
    "incompatible volumeMode": { storageClassName: "k", volumeMode: "Block" },
    "incompatible accessMode": { storageClassName: "k" },
  };
  for (const [i, [why, spec]] of Object.entries(cases).entries()) {
    await claim(world, `c${i}`, { volumeName: "v", ...spec });
    await world.pass(100);
    assert.deepEqual(await told(world, `c${i}`), [`VolumeMismatch: Cannot bind to requested volume "v": ${why}`]);
  }
  await world.stop();
});

test("a claim without a class gets the default one, also when that comes later", async () => {
  const world = await openWorld({ controllers });
  await claim(world, "c", { storageClassName: undefined });
  await world.pass(100);
  assert.deepEqual(await told(world, "c"), [
    "FailedBinding: no persistent volumes available for this claim and no storage class is set",
  ]);
  await world.client.create(StorageClass, {
    metadata: { name: "k", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "kubernetes.io/no-provisioner",
  } as unknown as StorageClass);
  await world.pass(100);
  assert.equal((await claimed(world, "c")).spec.storageClassName, "k");
  assert.ok(
    (await told(world, "c")).includes(
      "ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner",
    ),
  );
  await world.stop();
});

test("a claim that waits says for whom, and takes the volume that the scheduler gives it", async () => {
  const world = await openWorld({ controllers });
  await world.client.create(StorageClass, {
    metadata: { name: "k" },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
  } as unknown as StorageClass);
  await volume(world, "v", { storageClassName: "k" });
  const { metadata } = await claim(world, "c", { storageClassName: "k" });
  await world.pass(100);
  await pod(world, "p", [{ name: "v", persistentVolumeClaim: { claimName: "c" } }]);
  await world.pass(100);
  assert.deepEqual(await told(world, "c"), [
    "WaitForFirstConsumer: waiting for first consumer to be created before binding",
    "WaitForPodScheduled: waiting for pod p to be scheduled",
  ]);
  const free = await given(world, "v");
  const claimRef = { kind: "PersistentVolumeClaim", namespace: "demo", name: "c", uid: metadata.uid };
  await world.client.update(PersistentVolume, { ...free, spec: { ...free.spec, claimRef } } as PersistentVolume);
  await world.pass(100);
  assert.equal((await claimed(world, "c")).status.phase, "Bound");
  await world.stop();
});

test("a volume whose claim is gone is released, and kept, deleted or failed as its policy says", async () => {
  const world = await openWorld({ controllers });
  await volume(world, "kept");
  await volume(world, "failed", { persistentVolumeReclaimPolicy: "Delete" });
  await volume(world, "deleted", { persistentVolumeReclaimPolicy: "Delete", hostPath: { path: "/tmp/x" } });
  const foreign = { annotations: { "pv.kubernetes.io/provisioned-by": "example.com/x" } };
  await volume(world, "foreign", { persistentVolumeReclaimPolicy: "Delete" }, foreign);
  const names = ["kept", "failed", "deleted", "foreign"];
  for (const name of names) await claim(world, name, { volumeName: name });
  await world.pass(500);
  for (const name of names) {
    assert.equal((await claimed(world, name)).status.phase, "Bound", name);
    await world.client.delete(PersistentVolumeClaim, { namespace: "demo", name });
  }
  await world.pass(2000);
  assert.equal((await given(world, "kept")).status.phase, "Released");
  assert.equal((await given(world, "foreign")).status.phase, "Released");
  const { phase, message } = (await given(world, "failed")).status;
  const why = "host_path deleter only supports /tmp/.+ but received provided /data";
  assert.deepEqual([phase, message], ["Failed", why]);
  assert.deepEqual(await told(world, "failed"), [`VolumeFailedDelete: ${why}`]);
  assert.ok(await gone(given(world, "deleted")));
  await world.stop();
});

test("a claim in use and a bound volume stay until they are free", async () => {
  const world = await openWorld({ controllers });
  await volume(world, "v", {}, { finalizers: ["kubernetes.io/pv-protection"] });
  await claim(world, "c");
  await world.pass(500);
  assert.deepEqual((await claimed(world, "c")).metadata.finalizers, ["kubernetes.io/pvc-protection"]);
  await pod(world, "p", [{ name: "v", persistentVolumeClaim: { claimName: "c" } }], { nodeName: "n" });
  await world.pass(100);
  await world.client.delete(PersistentVolume, { name: "v" });
  await world.client.delete(PersistentVolumeClaim, { namespace: "demo", name: "c" });
  await world.pass(2000);
  assert.equal((await claimed(world, "c")).status.phase, "Bound");
  assert.equal((await given(world, "v")).status.phase, "Bound");
  await world.client.delete(Pod, { namespace: "demo", name: "p" }, { gracePeriodSeconds: 0 });
  await world.pass(2000);
  assert.ok(await gone(claimed(world, "c")));
  assert.ok(await gone(given(world, "v")));
  await world.stop();
});

test("a class of volume attributes stays while a claim names it", async () => {
  const world = await openWorld({ controllers });
  const { client } = world;
  for (const name of ["free", "used"])
    await client.create(VolumeAttributesClass, {
      metadata: { name },
      driverName: "csi.example.com",
      parameters: { iops: "1" },
    } as unknown as VolumeAttributesClass);
  await claim(world, "c", { volumeAttributesClassName: "used" });
  await world.pass(500);
  const found = (name: string) => client.get(VolumeAttributesClass, { name });
  assert.deepEqual((await found("free")).metadata.finalizers, ["kubernetes.io/vac-protection"]);
  for (const name of ["free", "used"]) await client.delete(VolumeAttributesClass, { name });
  await world.pass(500);
  assert.ok(await gone(found("free")));
  assert.ok(!(await gone(found("used"))));
  await client.delete(PersistentVolumeClaim, { namespace: "demo", name: "c" });
  await world.pass(2000);
  assert.ok(await gone(found("used")));
  await world.stop();
});

test("an ephemeral volume has a claim of its pod's; one that is somebody else's is refused", async () => {
  const world = await openWorld({ controllers });
  await claim(world, "q-v");
  const template = { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
  const volumes = [
    { name: "v", ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: "b" } }, ...template } } },
  ];
  const { metadata } = await pod(world, "p", volumes);
  await pod(world, "q", volumes);
  await world.pass(100);
  const made = await claimed(world, "p-v");
  assert.deepEqual(made.metadata.labels, { a: "b" });
  assert.deepEqual(
    made.metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
    [[metadata.uid, true]],
  );
  const why = "PVC demo/q-v was not created for pod demo/q (pod is not owner)";
  assert.ok((await told(world, "q")).includes(`FailedBinding: ephemeral volume v: ${why}`));
  await world.stop();
});
