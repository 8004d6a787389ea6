// The plug-ins about volumes: VolumeRestrictions, NodeVolumeLimits, VolumeBinding, VolumeZone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "../../schema/resource.ts";
import type { ClusterEvent } from "../plugin.ts";
import { podInfo } from "../node-info.ts";
import { aBoundClaim, aClaim, aNode, aPod, aStored, aVolume, claiming, verdicts, wakes } from "../situation.suite.ts";
import type { StorageKind } from "../storage.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

const waiting = (provisioner = "kubernetes.io/no-provisioner", rest = {}) =>
  aStored("StorageClass", "local", { provisioner, volumeBindingMode: "WaitForFirstConsumer", ...rest });
const on = (...nodes: string[]) => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: nodes }] }],
    },
  },
});
const nodes = [aNode("a"), aNode("b")];
const changed = (object: KubeObject, old?: KubeObject): ClusterEvent => ({
  type: "StorageChanged",
  kind: object.kind as StorageKind,
  object,
  old,
});

describe("VolumeBinding", () => {
  const pod = aPod("p", claiming("c"));
  const judge = (...storage: KubeObject[]) => verdicts(volumeBinding, pod, { nodes, storage });

  test("what is wrong with a claim keeps the pod from every node", () => {
    assert.deepEqual(judge(), ['persistentvolumeclaim "c" not found']);
    assert.deepEqual(judge(aClaim("c")), ["pod has unbound immediate PersistentVolumeClaims"]);
    assert.deepEqual(judge(aClaim("c", { volumeName: "v", storageClassName: "local" }), waiting()), [
      "pod has unbound immediate PersistentVolumeClaims",
    ]);
    assert.deepEqual(judge(aClaim("c", { volumeName: "v" }, { status: { phase: "Lost" } })), [
      'persistentvolumeclaim "c" bound to non-existent persistentvolume "v"',
    ]);
    assert.deepEqual(judge(aClaim("c", {}, { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })), [
      'persistentvolumeclaim "c" is being deleted',
    ]);
  });

  test("a claim of an ephemeral volume must have been made for the pod", () => {
    const spec = { volumes: [{ name: "v", ephemeral: { volumeClaimTemplate: { spec: {} } } }] } as object;
    const own = aPod("p", { spec });
    const of = (...storage: KubeObject[]) => verdicts(volumeBinding, own, { nodes, storage });
    assert.deepEqual(of(), ['waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"']);
    assert.deepEqual(of(aClaim("p-v")), ["PVC demo/p-v was not created for pod demo/p (pod is not owner)"]);
    const metadata = { ownerReferences: [{ uid: "pod-p", controller: true }] };
    assert.deepEqual(of(aClaim("p-v", {}, { metadata })), ["pod has unbound immediate PersistentVolumeClaims"]);
  });

  test("a bound volume must be there and be reachable", () => {
    const wrong = "node(s) didn't match PersistentVolume's node affinity!";
    assert.deepEqual(judge(aBoundClaim("c", "v"), aVolume("v", on("b"))), [wrong, "yes"]);
    const lost = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)!";
    assert.deepEqual(judge(aBoundClaim("c", "v")), [lost, lost]);
  });

  test("a claim that waits needs a volume of its class, size, modes and place", () => {
    const claim = aClaim("c", { storageClassName: "local" });
    const none = "node(s) didn't find available persistent volumes to bind!";
    const of = (spec: object, rest = {}) =>
      judge(claim, waiting(), aVolume("v", { storageClassName: "local", ...on("b"), ...spec }, rest));
    assert.deepEqual(of({}), [none, "yes"]);
    assert.deepEqual(of({ storageClassName: "other" }), [none, none]);
    assert.deepEqual(of({ capacity: { storage: "1Mi" } }), [none, none]);
    assert.deepEqual(of({ accessModes: ["ReadOnlyMany"] }), [none, none]);
    assert.deepEqual(of({ volumeMode: "Block" }), [none, none]);
    assert.deepEqual(of({ claimRef: { namespace: "demo", name: "other" } }), [none, none]);
    assert.deepEqual(of({}, { status: { phase: "Released" } }), [none, none]);
  });

  test("or somebody who makes one: where it is allowed and there is room", () => {
    const claim = aClaim("c", { storageClassName: "local" });
    assert.deepEqual(judge(claim, waiting("example.com/x")), ["yes", "yes"]);
    const none = "node(s) didn't find available persistent volumes to bind!";
    const allowedTopologies = [{ matchLabelExpressions: [{ key: "kubernetes.io/hostname", values: ["a"] }] }];
    assert.deepEqual(judge(claim, waiting("example.com/x", { allowedTopologies })), ["yes", none]);
    const driver = aStored("CSIDriver", "example.com/x", { spec: { storageCapacity: true } });
    const capacity = (size: string) =>
      aStored("CSIStorageCapacity", "k", {
        storageClassName: "local",
        capacity: size,
        nodeTopology: { matchLabels: { "kubernetes.io/hostname": "b" } },
      });
    const full = "node(s) did not have enough free storage!";
    assert.deepEqual(judge(claim, waiting("example.com/x"), driver, capacity("2Gi")), [full, "yes"]);
    assert.deepEqual(judge(claim, waiting("example.com/x"), driver, capacity("2Mi")), [full, full]);
    const metadata = { annotations: { "volume.kubernetes.io/selected-node": "a" } };
    const selected = aClaim("c", { storageClassName: "local" }, { metadata });
    assert.deepEqual(judge(selected, waiting("example.com/x")), ["yes", none], "it was promised to another node");
  });

  test("two claims of a pod do not share a volume", () => {
    const two = aPod("p", claiming("c", "d"));
    const storage = [
      aClaim("c", { storageClassName: "local" }),
      aClaim("d", { storageClassName: "local" }),
      waiting(),
      aVolume("v", { storageClassName: "local" }),
    ];
    const none = "node(s) didn't find available persistent volumes to bind!";
    assert.deepEqual(verdicts(volumeBinding, two, { nodes, storage }), [none, none]);
    storage.push(aVolume("w", { storageClassName: "local" }));
    assert.deepEqual(verdicts(volumeBinding, two, { nodes, storage }), ["yes", "yes"]);
  });

  test("its own claim, volumes, classes and new room wake it", () => {
    const { pod: p } = podInfo(pod);
    assert.equal(wakes(volumeBinding, p, changed(aClaim("c"))), true);
    assert.equal(wakes(volumeBinding, p, changed(aClaim("other"))), false);
    assert.equal(wakes(volumeBinding, p, changed(aVolume("v"))), true);
    assert.equal(wakes(volumeBinding, p, changed(waiting(), waiting())), false);
    const room = (capacity: string) => aStored("CSIStorageCapacity", "k", { capacity });
    assert.equal(wakes(volumeBinding, p, changed(room("2Gi"), room("1Gi"))), true);
    assert.equal(wakes(volumeBinding, p, changed(room("1Gi"), room("1Gi"))), false);
  });
});

describe("VolumeRestrictions", () => {
  const disk = (pdName: string, readOnly = false) =>
    ({ spec: { volumes: [{ name: "d", gcePersistentDisk: { pdName, readOnly } }] } }) as object;

  test("a disk is written by one pod of a node", () => {
    const judge = (one: object, other: object) =>
      verdicts(volumeRestrictions, aPod("p", one), { nodes, pods: [aPod("x", { ...other, on: "a" })] });
    const on1 = (words: object) => {
      const { spec } = words as { spec: object };
      return { spec: { ...spec, nodeName: "a" } };
    };
    assert.deepEqual(judge(disk("one"), on1(disk("one"))), ["node(s) had no available disk", "yes"]);
    assert.deepEqual(judge(disk("one"), on1(disk("two"))), ["yes", "yes"]);
    assert.deepEqual(judge(disk("one", true), on1(disk("one", true))), ["yes", "yes"]);
  });

  test("a claim for one pod is used by one pod of the cluster", () => {
    const storage = [aClaim("c", { accessModes: ["ReadWriteOncePod"] })];
    const other = aPod("x", { spec: { ...claiming("c").spec, nodeName: "a" } });
    const taken = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
    const judge = (...pods: (typeof other)[]) =>
      verdicts(volumeRestrictions, aPod("p", claiming("c")), { nodes, pods, storage });
    assert.deepEqual(judge(other), [taken, taken]);
    assert.deepEqual(judge(), ["yes", "yes"]);
    assert.equal(wakes(volumeRestrictions, aPod("p", claiming("c")), { type: "PodGone", pod: podInfo(other) }), true);
  });

  test("a missing claim is told before anything else", () => {
    const found = verdicts(volumeRestrictions, aPod("p", claiming("c")), { nodes });
    assert.deepEqual(found, ['persistentvolumeclaim "c" not found']);
  });
});

describe("NodeVolumeLimits", () => {
  const csi = (name: string) => aVolume(name, { csi: { driver: "x", volumeHandle: name } });
  const limit = (count?: number) =>
    aStored("CSINode", "a", { spec: { drivers: [{ name: "x", nodeID: "a", allocatable: { count } }] } });
  const storage = [csi("v"), csi("w"), aBoundClaim("c", "v"), aBoundClaim("d", "w")];
  const other = aPod("x", { spec: { ...claiming("c").spec, nodeName: "a" } });
  const judge = (claim: string, ...more: KubeObject[]) =>
    verdicts(nodeVolumeLimits, aPod("p", claiming(claim)), { nodes, pods: [other], storage: [...storage, ...more] });

  test("a node takes as many volumes as its driver states", () => {
    assert.deepEqual(judge("d", limit(1)), ["node(s) exceed max volume count", "yes"]);
    assert.deepEqual(judge("d", limit(2)), ["yes", "yes"]);
    assert.deepEqual(judge("d", limit()), ["yes", "yes"]);
    assert.deepEqual(judge("c", limit(1)), ["yes", "yes"], "a volume that is there already takes no room");
  });

  test("what is attached still counts, and what is to be made", () => {
    const attached = aStored("VolumeAttachment", "t", {
      spec: { attacher: "x", nodeName: "a", source: { persistentVolumeName: "w" } },
    });
    const third = [csi("u"), aBoundClaim("e", "u")];
    assert.deepEqual(judge("e", limit(2), ...third, attached)[0], "node(s) exceed max volume count");
    const made = [aClaim("e", { storageClassName: "s" }), aStored("StorageClass", "s", { provisioner: "x" })];
    assert.deepEqual(judge("e", limit(1), ...made)[0], "node(s) exceed max volume count");
  });
});

describe("VolumeZone", () => {
  const ZONE = "topology.kubernetes.io/zone";
  const zones = [aNode("a", { zone: "a" }), aNode("b", { zone: "b" }), aNode("c")];
  const volume = (labels: object) => aVolume("v", {}, { metadata: { labels } });
  const judge = (...storage: KubeObject[]) => verdicts(volumeZone, aPod("p", claiming("c")), { nodes: zones, storage });

  test("a volume stays in its zone; nodes outside of zones are not asked", () => {
    const no = "node(s) had no available volume zone!";
    assert.deepEqual(judge(aBoundClaim("c", "v"), volume({ [ZONE]: "b" })), [no, "yes", "yes"]);
    assert.deepEqual(judge(aBoundClaim("c", "v"), volume({ [ZONE]: "a__b" })), ["yes", "yes", "yes"]);
    const old = { "failure-domain.beta.kubernetes.io/zone": "a" };
    assert.deepEqual(judge(aBoundClaim("c", "v"), volume(old)), ["yes", no, "yes"]);
  });

  test("what cannot be known keeps the pod from every node", () => {
    assert.deepEqual(judge(aBoundClaim("c", "v")), ['persistentvolume "v" not found']);
    assert.deepEqual(judge(aClaim("c")), ["PersistentVolumeClaim had no pv name and storageClass name"]);
    assert.deepEqual(judge(aClaim("c", { storageClassName: "s" })), ['storageclass.storage.k8s.io "s" not found']);
    assert.deepEqual(judge(aClaim("c", { storageClassName: "local" }), waiting()), ["yes", "yes", "yes"]);
  });
});
