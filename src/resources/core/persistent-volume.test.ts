// Volumes and claims: one source, what stays, sizes, phases.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { PersistentVolumeClaim } from "./persistent-volume-claim.ts";
import { accessModesText, PersistentVolume } from "./persistent-volume.ts";

const volume = (spec: object = {}) => ({
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/d" }, ...spec },
});
const claim = (spec: object = {}, status: object = {}) => ({
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } }, ...spec },
  status: { phase: "Bound", ...status },
});

it("a volume has one source, a size and modes", () => {
  const errors = (spec: object) => tryOut(PersistentVolume, volume(spec)).errors.join("; ");
  assert.equal(errors({}), "");
  assert.match(errors({ nfs: { server: "s", path: "/" } }), /nfs: Forbidden: may not specify more than 1 volume type/);
  assert.match(errors({ hostPath: undefined }), /spec: Required value: must specify a volume type$/);
  assert.match(errors({ capacity: { cpu: "1" } }), /Unsupported value/);
  assert.match(
    errors({ accessModes: ["ReadWriteOncePod", "ReadOnlyMany"] }),
    /may not use ReadWriteOncePod with other/,
  );
  const csi = { driver: "d", volumeHandle: "h", nodePublishSecretRef: { name: "s" } };
  assert.match(errors({ hostPath: undefined, csi }), /nodePublishSecretRef\.namespace: Required value$/);
});

it("a volume's source stays; a secret for growing may come later", () => {
  const csi = { driver: "d", volumeHandle: "h" };
  const { object: old } = tryOut(PersistentVolume, volume({ hostPath: undefined, csi }));
  const change = (more: object) =>
    tryOut(PersistentVolume, volume({ hostPath: undefined, csi: { ...csi, ...more } }), { old }).errors.join();
  assert.match(change({ volumeHandle: "i" }), /spec\.persistentvolumesource is immutable after creation\n@@/);
  assert.equal(change({ controllerExpandSecretRef: { name: "s", namespace: "n" } }), "");
});

it("a phase has its time", () => {
  const { object: old } = tryOut(PersistentVolume, volume());
  assert.equal(old.status.phase, "Pending");
  const moved = { ...old, status: { phase: "Bound", lastPhaseTransitionTime: old.status.lastPhaseTransitionTime } };
  const { object } = tryOut(PersistentVolume, moved, { old, subresource: "status" });
  assert.equal(object.status.lastPhaseTransitionTime, "2020-01-01T00:00:00Z");
});

it("a claim's spec stays but for its size, which shrinks only above what there is", () => {
  const old = { ...tryOut(PersistentVolumeClaim, claim()).object, status: { phase: "Bound" } } as PersistentVolumeClaim;
  const bound = { ...old, status: { phase: "Bound", capacity: { storage: "1Gi" } } } as PersistentVolumeClaim;
  const to = (storage: string, from = bound) =>
    tryOut(PersistentVolumeClaim, claim({ resources: { requests: { storage } } }), { old: from }).errors.join();
  assert.equal(to("3Gi"), "");
  assert.equal(to("1500Mi"), "");
  assert.match(to("1Gi"), /field can not be less than status\.capacity$/);
  const pending = { ...bound, status: { phase: "Pending" } } as PersistentVolumeClaim;
  assert.match(to("3Gi", pending), /^spec: Forbidden: spec is immutable after creation except resources\.requests/);
  assert.equal(tryOut(PersistentVolumeClaim, claim({ volumeName: "v" }), { old: pending }).errors.join(), "");
  assert.equal(tryOut(PersistentVolumeClaim, claim({ storageClassName: "s" }), { old: pending }).errors.join(), "");
});

it("one data source means both", () => {
  const dataSource = { kind: "PersistentVolumeClaim", name: "a" };
  assert.deepEqual(tryOut(PersistentVolumeClaim, claim({ dataSource })).object.spec.dataSourceRef, dataSource);
  assert.equal(accessModesText(["ReadWriteMany", "ReadWriteOnce"]), "RWO,RWX");
});
