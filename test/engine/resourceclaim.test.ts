// Claims to devices on a real server in virtual time: the test is scheduler and kubelet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceClaimPods } from "../../src/controllers/resourceclaim-pods.ts";
import { resourceClaim } from "../../src/controllers/resourceclaim.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { ResourceClaimTemplate } from "../../src/resources/resource/resource-claim-template.ts";
import { ResourceClaim } from "../../src/resources/resource/resource-claim.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

const SECOND = 1000;
const FINALIZER = "resource.kubernetes.io/delete-protection";
const in_ = (name: string) => ({ namespace: "demo", name });
const devices = { requests: [{ name: "r", exactly: { deviceClassName: "gpu" } }] };
const open = () => openWorld({ controllers: [resourceClaimPods, resourceClaim] });
const pod = (use: object) =>
  ({
    metadata: in_("p"),
    spec: { containers: [{ name: "c", image: "app:1" }], resourceClaims: [{ name: "r", ...use }] },
  }) as unknown as Pod;
const claims = async ({ client }: World) => (await client.list(ResourceClaim, { namespace: "demo" })).items;

/** What the scheduler does. */
async function allocate({ client }: World, claim: ResourceClaim, user: Pod) {
  const protectedOne = await client.update(ResourceClaim, {
    ...claim,
    metadata: { ...claim.metadata, finalizers: [FINALIZER] },
  });
  const results = [{ request: "r", driver: "gpu.example.com", pool: "n", device: "d0" }];
  const reservedFor = [{ resource: "pods", name: "p", uid: user.metadata.uid ?? "" }];
  const status = { allocation: { devices: { results } }, reservedFor };
  await client.update(ResourceClaim, { ...protectedOne, status }, { subresource: "status" });
}

test("a claim is made from its template once, named after pod and use, and goes when the pod is done", async () => {
  const world = await open();
  const { client } = world;
  const made = await client.create(Pod, pod({ resourceClaimTemplateName: "t" }));
  await world.pass(SECOND);
  const { items } = await client.list(Event, { namespace: "demo" });
  assert.equal(
    items[0]?.message,
    'PodResourceClaim r: resource claim template "t": resourceclaimtemplate.resource.k8s.io "t" not found',
  );
  await client.create(ResourceClaimTemplate, {
    metadata: in_("t"),
    spec: { metadata: { labels: { a: "b" } }, spec: { devices } },
  } as unknown as ResourceClaimTemplate);
  await world.pass(SECOND);
  const [claim, ...others] = await claims(world);
  assert.equal(others.length, 0);
  assert.match(claim?.metadata.name ?? "", /^p-r-.{5}$/);
  assert.deepEqual(claim?.metadata.annotations, { "resource.kubernetes.io/pod-claim-name": "r" });
  assert.deepEqual(claim?.metadata.labels, { a: "b" });
  const told = (await client.get(Pod, in_("p"))).status.resourceClaimStatuses;
  assert.deepEqual(told, [{ name: "r", resourceClaimName: claim?.metadata.name }]);
  await allocate(world, claim!, made);
  await world.pass(SECOND);
  assert.ok((await claims(world))[0]?.status.allocation, "it is used");
  const body = { status: { phase: "Succeeded" } };
  await client.patch(Pod, in_("p"), { type: "merge", body }, { subresource: "status" });
  await world.pass(SECOND);
  assert.deepEqual(await claims(world), []);
  await world.stop();
});

test("devices of a claim that several may use are given back when the last pod is gone; then it may be deleted", async () => {
  const world = await open();
  const { client } = world;
  const claim = await client.create(ResourceClaim, {
    metadata: in_("c"),
    spec: { devices },
  } as unknown as ResourceClaim);
  const user = await client.create(Pod, pod({ resourceClaimName: "c" }));
  await allocate(world, claim, user);
  await world.pass(SECOND);
  await client.delete(ResourceClaim, in_("c"));
  await world.pass(SECOND);
  assert.equal((await claims(world)).length, 1, "it is in use");
  await client.delete(Pod, in_("p"), { gracePeriodSeconds: 0 });
  await world.pass(SECOND);
  assert.deepEqual(await claims(world), []);
  await world.stop();
});

test("a pod that came to its node without the scheduler is put among the users", async () => {
  const world = await open();
  const { client } = world;
  const claim = await client.create(ResourceClaim, {
    metadata: in_("c"),
    spec: { devices },
  } as unknown as ResourceClaim);
  const other = await client.create(Pod, { ...pod({ resourceClaimName: "c" }), metadata: in_("other") } as Pod);
  await allocate(world, claim, other);
  const late = pod({ resourceClaimName: "c" });
  const placed = await client.create(Pod, { ...late, spec: { ...late.spec, nodeName: "n" } });
  await world.pass(SECOND);
  const [now] = await claims(world);
  assert.deepEqual(now?.status.reservedFor?.map(({ uid }) => uid).includes(placed.metadata.uid ?? ""), true);
  await world.stop();
});
