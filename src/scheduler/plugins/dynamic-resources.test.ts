// Claims to devices, as the plug-in sees them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../resources/core/node.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ResourceClaim } from "../../resources/resource/resource-claim.ts";
import { nodeInfo, podInfo } from "../node-info.ts";
import type { ClusterEvent } from "../plugin.ts";
import { NO_RELATED } from "../related.ts";
import { snapshotOf } from "../snapshot.ts";
import { NO_STORAGE } from "../storage.ts";
import type { Storage } from "../storage.ts";
import { dynamicResources, idleElsewhere } from "./dynamic-resources.ts";

const node = (name: string): Node =>
  ({ metadata: { name }, spec: {}, status: { allocatable: { cpu: "4", pods: "110" } } }) as unknown as Node;
const pod = podInfo({
  metadata: { namespace: "ns", name: "p", uid: "u" },
  spec: { containers: [{ name: "c" }], resourceClaims: [{ name: "r", resourceClaimName: "c" }] },
  status: {},
} as unknown as Pod);
const on = (name: string) => ({
  devices: { results: [{ request: "r", driver: "d", pool: "p", device: "x" }] },
  nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] }] },
});
const claim = (status: object = {}): ResourceClaim =>
  ({
    metadata: { namespace: "ns", name: "c", uid: "claim" },
    spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "gpu" } }] } },
    status,
  }) as unknown as ResourceClaim;
const storage = (one: ResourceClaim, more: Partial<Storage> = {}): Storage => ({
  ...NO_STORAGE,
  deviceClaims: new Map([["ns/c", one]]),
  ...more,
});
const prepare = (from: Storage) =>
  dynamicResources.prepare!(pod, {
    ...snapshotOf([], undefined, undefined as never),
    related: { ...NO_RELATED, storage: from },
  });

test("a pod is refused everywhere while its claim is missing, in use or on its way, or its class is not there", () => {
  const refusal = (from: Storage) => prepare(from).refusal;
  assert.equal(refusal(NO_STORAGE), 'resourceclaim.resource.k8s.io "c" not found');
  assert.equal(refusal(storage(claim())), "request r: device class gpu does not exist");
  const many = Array.from({ length: 256 }, (_, i) => ({ resource: "pods", name: `o${i}`, uid: `o${i}` }));
  assert.equal(refusal(storage(claim({ allocation: on("a"), reservedFor: many }))), "resourceclaim in use");
  const devicesOnTheWay = new Map([["claim", on("a") as never]]);
  assert.equal(
    refusal(storage(claim(), { devicesOnTheWay })),
    "resource claim ns/c is in the process of being allocated",
  );
});

test("an allocated claim is good where its devices are; elsewhere it is given back if nobody uses it", () => {
  const allocated = claim({ allocation: on("a") });
  const { state } = prepare(storage(allocated));
  const reasons = (name: string) => dynamicResources.filter!(pod, nodeInfo(node(name), []), state, 0)?.reasons;
  assert.equal(reasons("a"), undefined);
  assert.deepEqual(reasons("b"), ["resourceclaim not available on the node"]);
  assert.equal(idleElsewhere(pod.pod, [node("b")], storage(allocated)), allocated);
  assert.equal(idleElsewhere(pod.pod, [node("a")], storage(allocated)), undefined);
  const used = claim({ allocation: on("a"), reservedFor: [{ resource: "pods", name: "o", uid: "o" }] });
  assert.equal(idleElsewhere(pod.pod, [node("b")], storage(used)), undefined);
});

test("it tries again when devices are published, or given back, or its own claim changes", () => {
  const wakes = (event: Partial<ClusterEvent>) =>
    dynamicResources.wakes!({ type: "StorageChanged", ...event } as ClusterEvent, pod, NO_RELATED);
  const slice = { metadata: { name: "s" } } as never;
  assert.equal(wakes({ kind: "ResourceSlice", object: slice, old: undefined }), true);
  assert.equal(wakes({ kind: "ResourceSlice", object: undefined, old: slice }), false);
  assert.equal(wakes({ kind: "ResourceClaim", object: claim(), old: undefined }), true);
  assert.equal(wakes({ kind: "ResourceClaim", object: claim(), old: claim() }), false);
  const other = { ...claim({ allocation: on("a") }), metadata: { namespace: "other", name: "o" } };
  assert.equal(wakes({ kind: "ResourceClaim", object: undefined, old: other }), true, "its devices are free");
  assert.equal(wakes({ kind: "ResourceClaim", object: other, old: { ...other, status: {} } as never }), false);
});
