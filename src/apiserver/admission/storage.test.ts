// What admission does for storage: the default class, finalizers, growing.
import assert from "node:assert/strict";
import { it } from "node:test";
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import { DEFAULT_STORAGE_CLASS, StorageClass } from "../../resources/storage/storage-class.ts";
import { make, NAMESPACE, refusal, trialServer } from "./trial.ts";

const SPEC = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

it("a claim gets the default class and a finalizer", async () => {
  const trial = await trialServer();
  const claim = (name: string, more: object = {}) =>
    make(trial, PersistentVolumeClaim, { metadata: { name }, spec: { ...SPEC, ...more } });
  const annotations = { [DEFAULT_STORAGE_CLASS]: "true" };
  await make(trial, StorageClass, { metadata: { name: "fast", annotations }, provisioner: "p" });
  const { metadata, spec } = await claim("a");
  assert.deepEqual([spec.storageClassName, metadata.finalizers], ["fast", ["kubernetes.io/pvc-protection"]]);
  assert.equal((await claim("b", { storageClassName: "" })).spec.storageClassName, "");
});

it("a claim grows if it is bound and its class allows it", async () => {
  const trial = await trialServer();
  const grow = (name: string) =>
    trial.client.patch(
      PersistentVolumeClaim,
      { name, namespace: NAMESPACE },
      { type: "merge", body: { spec: { resources: { requests: { storage: "2Gi" } } } } },
    );
  for (const allowVolumeExpansion of [true, false]) {
    const name = allowVolumeExpansion ? "yes" : "no";
    await make(trial, StorageClass, { metadata: { name }, provisioner: "p", allowVolumeExpansion });
    await make(trial, PersistentVolumeClaim, { metadata: { name }, spec: { ...SPEC, storageClassName: name } });
    const body = { status: { phase: "Bound", capacity: { storage: "1Gi" } } };
    const place = { name, namespace: NAMESPACE };
    await trial.client.patch(PersistentVolumeClaim, place, { type: "merge", body }, { subresource: "status" });
  }
  assert.equal((await grow("yes")).spec.resources?.requests?.["storage"], "2Gi");
  assert.match(await refusal(grow("no")), /the storageclass that provisions the pvc must support resize$/);
});
