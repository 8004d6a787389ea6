// Which volume a claim gets, and what the bond looks like.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolumeClaim } from "../persistent-volume-claim.ts";
import type { PersistentVolume } from "../persistent-volume.ts";
import { boundTo, findVolume, isFullyBound, isMeantFor } from "./binding.ts";

const volume = (name: string, spec: object = {}, phase = "Available"): PersistentVolume =>
  ({
    metadata: { name, labels: { name } },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
    status: { phase },
  }) as unknown as PersistentVolume;
const claim = (spec: object = {}): PersistentVolumeClaim =>
  ({
    metadata: { namespace: "demo", name: "c", uid: "u", resourceVersion: "7" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    status: {},
  }) as unknown as PersistentVolumeClaim;
const found = (c: PersistentVolumeClaim, volumes: PersistentVolume[], search = {}) =>
  findVolume(c, volumes, search)?.metadata.name;

test("the smallest that is large enough, of equals the first", () => {
  const sized = (name: string, storage: string) => volume(name, { capacity: { storage } });
  assert.equal(found(claim(), [sized("a", "5Gi"), sized("b", "2Gi"), sized("c", "2Gi"), sized("d", "1Mi")]), "b");
  assert.equal(found(claim(), [volume("a", { volumeMode: "Block" }), volume("b", {}, "Released")]), undefined);
  const selector = { matchLabels: { name: "b" } };
  assert.equal(found(claim({ selector }), [volume("a"), volume("b")]), "b");
  assert.equal(found(claim(), [volume("a"), volume("b")], { taken: new Set(["a"]) }), "b");
});

test("the one that names the claim, whatever its class and selector; none other where it cannot be reached", () => {
  const claimRef = { namespace: "demo", name: "c" };
  const named = volume("z", { claimRef, storageClassName: "other", capacity: { storage: "9Gi" } });
  assert.equal(found(claim(), [volume("a"), named]), "z");
  assert.equal(found(claim(), [volume("a")], { waits: true }), undefined);
  assert.equal(found(claim(), [volume("a"), named], { waits: true }), "z");
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: "h", operator: "In", values: ["b"] }] }] };
  const far = volume("z", { claimRef, nodeAffinity: { required } });
  assert.equal(found(claim(), [far, volume("a")], { node: { metadata: { labels: { h: "a" } } } }), undefined);
  assert.equal(found(claim(), [volume("y", { claimRef: { ...claimRef, uid: "gone" } }), volume("a")]), "a");
});

test("the bond names the claim, and says that nobody had asked for it", () => {
  const made = boundTo(volume("a"), claim());
  assert.deepEqual(made.metadata.annotations, { "pv.kubernetes.io/bound-by-controller": "yes" });
  assert.equal(made.spec.claimRef?.uid, "u");
  assert.equal(boundTo(made, claim()), made);
  const asked = boundTo(volume("a", { claimRef: { namespace: "demo", name: "c" } }), claim());
  assert.equal(asked.metadata.annotations, undefined);
  assert.ok(isMeantFor(asked, claim()));
});

test("a claim is bound when both sides have been written", () => {
  assert.equal(isFullyBound(claim({ volumeName: "a" })), false);
  const whole = claim({ volumeName: "a" });
  assert.ok(isFullyBound({ ...whole, metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes" } } }));
});
