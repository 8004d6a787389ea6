// The kinds of storage.k8s.io: classes and attachments that stay, drivers and what they say of nodes.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { CSIDriver } from "./csi-driver.ts";
import { CSINode } from "./csi-node.ts";
import { CSIStorageCapacity } from "./csi-storage-capacity.ts";
import { StorageClass } from "./storage-class.ts";
import { VolumeAttachment } from "./volume-attachment.ts";
import { VolumeAttributesClass } from "./volume-attributes-class.ts";

it("a class stays as it was made, but for what new volumes do not depend on", () => {
  const { object: old } = tryOut(StorageClass, { provisioner: "p" });
  assert.deepEqual([old.reclaimPolicy, old.volumeBindingMode], ["Delete", "Immediate"]);
  const change = (more: object) => tryOut(StorageClass, { provisioner: "p", ...more }, { old }).errors;
  assert.deepEqual(change({ allowVolumeExpansion: true }), []);
  assert.deepEqual(change({ parameters: { a: "b" } }), ["parameters: Invalid value: null: field is immutable"]);
  const twice = [{ key: "z", values: ["a", "a"] }];
  assert.match(
    tryOut(StorageClass, { provisioner: "p", allowedTopologies: [{ matchLabelExpressions: twice }] }).errors.join(),
    /values\[1\]: Duplicate value: "a"$/,
  );
});

it("a class of attributes says something, and stays", () => {
  const { object: old, errors } = tryOut(VolumeAttributesClass, { driverName: "d", parameters: { a: "b" } });
  assert.deepEqual(errors, []);
  assert.match(tryOut(VolumeAttributesClass, { driverName: "d" }).errors.join(), /at least one key\/value pair$/);
  assert.match(
    tryOut(VolumeAttributesClass, { driverName: "e", parameters: { a: "b" } }, { old }).errors.join(),
    /updates to driverName are forbidden\.$/,
  );
});

it("an attachment is of one volume; an inline one has no claim and no defaults", () => {
  const csi = { driver: "d", volumeHandle: "h" };
  const tried = (source: object) => tryOut(VolumeAttachment, { spec: { attacher: "a", nodeName: "n", source } });
  assert.deepEqual(tried({ persistentVolumeName: "v" }).errors, []);
  const { object, errors } = tried({ inlineVolumeSpec: { accessModes: ["ReadWriteOnce"], csi } });
  assert.deepEqual([errors, object.spec.source.inlineVolumeSpec?.volumeMode], [[], undefined]);
  assert.match(tried({}).errors.join(), /must specify exactly one of inlineVolumeSpec and persistentVolumeName$/);
  const claimRef = { name: "c" };
  assert.match(
    tried({ inlineVolumeSpec: { accessModes: ["ReadWriteOnce"], csi, claimRef } }).errors.join(),
    /claimRef: Forbidden: may not be specified in the context of inline volumes$/,
  );
});

it("a driver keeps its modes; each audience has one token", () => {
  const { object: old } = tryOut(CSIDriver, { spec: {} });
  assert.deepEqual(old.spec.volumeLifecycleModes, ["Persistent"]);
  const tokenRequests = [{ audience: "" }, { audience: "" }];
  assert.match(tryOut(CSIDriver, { spec: { tokenRequests } }).errors.join(), /\[1\]\.audience: Duplicate value: ""$/);
  const republished = tryOut(CSIDriver, { spec: { requiresRepublish: true } }, { old }).object;
  assert.deepEqual([old.metadata.generation, republished.metadata.generation], [undefined, 1]);
  const other = { spec: { volumeLifecycleModes: ["Ephemeral"] } };
  assert.match(tryOut(CSIDriver, other, { old }).errors.join(), /volumeLifecycleModes: .*field is immutable$/);
});

it("what a driver says of a node stays, its limit moves", () => {
  const drivers = (more: object = {}) => ({ spec: { drivers: [{ name: "d", nodeID: "n", ...more }] } });
  const { object: old } = tryOut(CSINode, drivers());
  assert.deepEqual(tryOut(CSINode, drivers({ allocatable: { count: 3 } }), { old }).errors, []);
  assert.match(
    tryOut(CSINode, drivers({ nodeID: "m" }), { old }).errors.join(),
    /^CSINodeDriver: .*field is immutable$/,
  );
});

it("room is not negative", () => {
  const tried = tryOut(CSIStorageCapacity, { storageClassName: "s", capacity: "-1" });
  assert.deepEqual(tried.errors, ['capacity: Invalid value: "-1": must be greater than or equal to 0']);
});

it("a class's provisioner is shown in small letters, terms of topology that say nothing are alike", () => {
  const told = tryOut(StorageClass, { provisioner: "Bad!", reclaimPolicy: "", allowedTopologies: [{}] }).errors;
  assert.deepEqual(
    told.map((text) => text.slice(0, 62)),
    [
      'provisioner: Invalid value: "bad!": name part must consist of ',
      'allowedTopologies[0].matchLabelExpressions: Duplicate value: "',
    ],
  );
  assert.deepEqual(tryOut(StorageClass, {}).errors, ["provisioner: Required value"]);
});
