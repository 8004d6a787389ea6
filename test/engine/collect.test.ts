// Garbage collection and the end of namespaces on a real server in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { IncompleteDiscoveryError } from "../../src/client/incomplete-discovery.ts";
import { garbageCollector } from "../../src/controllers/garbage-collector.ts";
import { namespaceDeletion } from "../../src/controllers/namespace.ts";
import { findCondition } from "../../src/resources/conditions.ts";
import { HorizontalPodAutoscaler } from "../../src/resources/autoscaling/horizontal-pod-autoscaler.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { resources } from "../../src/resources/index.ts";
import { Secret } from "../../src/resources/core/secret.ts";
import { expired } from "../../src/schema/meta/status.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

const owner = (of: ConfigMap, blockOwnerDeletion = false) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: of.metadata.name ?? "",
  uid: of.metadata.uid ?? "",
  ...(blockOwnerDeletion && { blockOwnerDeletion }),
});
const make = ({ client }: World, name: string, ...ownerReferences: ReturnType<typeof owner>[]) =>
  client.create(ConfigMap, {
    metadata: { namespace: "demo", name, ...(ownerReferences.length > 0 && { ownerReferences }) },
  });
const names = async ({ client }: World) =>
  (await client.list(ConfigMap, { namespace: "demo" })).items.map((o) => o.metadata.name);
const collecting = () => openWorld({ controllers: [garbageCollector] });

test("in the background dependents follow their owner, and theirs follow them", async () => {
  const world = await collecting();
  const top = await make(world, "top");
  const low = await make(world, "low", owner(top));
  await make(world, "lowest", owner(low));
  await make(world, "free");
  await world.pass(1000);
  assert.equal((await names(world)).length, 4, "nothing goes while the owner is there");
  await world.client.delete(ConfigMap, { namespace: "demo", name: "top" }, { propagationPolicy: "Background" });
  await world.pass(1000);
  assert.deepEqual(await names(world), ["free"]);
  await world.stop();
});

test("in the foreground the owner goes last, and waits for those that block it", async () => {
  const world = await collecting();
  const top = await make(world, "top");
  await world.client.create(ConfigMap, {
    metadata: { namespace: "demo", name: "low", ownerReferences: [owner(top, true)], finalizers: ["kaji.test/hold"] },
  });
  await world.pass(1000);
  await world.client.delete(ConfigMap, { namespace: "demo", name: "top" }, { propagationPolicy: "Foreground" });
  await world.pass(5000);
  assert.deepEqual(await names(world), ["low", "top"]);
  assert.ok((await world.client.get(ConfigMap, { namespace: "demo", name: "low" })).metadata.deletionTimestamp);
  await world.client.patch(
    ConfigMap,
    { namespace: "demo", name: "low" },
    { type: "merge", body: { metadata: { finalizers: null } } },
  );
  await world.pass(5000);
  assert.deepEqual(await names(world), []);
  await world.stop();
});

test("a circle in the foreground goes as a whole", async () => {
  const world = await collecting();
  const a = await make(world, "a");
  const b = await make(world, "b", owner(a, true));
  await world.client.patch(
    ConfigMap,
    { namespace: "demo", name: "a" },
    { type: "merge", body: { metadata: { ownerReferences: [owner(b, true)] } } },
  );
  await world.pass(1000);
  await world.client.delete(ConfigMap, { namespace: "demo", name: "a" }, { propagationPolicy: "Foreground" });
  await world.pass(10_000);
  assert.deepEqual(await names(world), []);
  await world.stop();
});

test("orphans stay and forget their owner; one of two owners gone leaves the other", async () => {
  const world = await collecting();
  const [a, b] = [await make(world, "a"), await make(world, "b")];
  await make(world, "orphan", owner(a));
  await make(world, "shared", owner(a), owner(b));
  await world.pass(1000);
  await world.client.delete(ConfigMap, { namespace: "demo", name: "a" }, { propagationPolicy: "Orphan" });
  await world.pass(1000);
  const owners = async (name: string) =>
    (await world.client.get(ConfigMap, { namespace: "demo", name })).metadata.ownerReferences?.map((o) => o.name);
  assert.deepEqual(await names(world), ["b", "orphan", "shared"]);
  assert.deepEqual([await owners("orphan"), await owners("shared")], [undefined, ["b"]]);
  await world.stop();
});

test("nothing is deleted for an owner that is there but not seen yet", async () => {
  const world = await openWorld({ controllers: [garbageCollector], lagMs: (r) => (r.plural === "secrets" ? 8000 : 0) });
  await world.pass(10_000);
  const secret = await world.client.create(Secret, { metadata: { namespace: "demo", name: "top" } });
  const reference = { apiVersion: "v1", kind: "Secret", name: "top", uid: secret.metadata.uid ?? "" };
  await world.client.create(ConfigMap, { metadata: { namespace: "demo", name: "low", ownerReferences: [reference] } });
  await world.pass(20_000);
  assert.deepEqual(await names(world), ["low"]);
  await world.stop();
});

test("what an owner leaves that the graph never held goes too", async () => {
  const gate = Promise.withResolvers<void>();
  const held = ({ plural }: { readonly plural: string }) => (plural === "secrets" ? gate.promise : undefined);
  const world = await openWorld({ controllers: [garbageCollector], held });
  await world.pass(1000);
  const secret = await world.client.create(Secret, { metadata: { namespace: "demo", name: "top" } });
  const reference = { apiVersion: "v1", kind: "Secret", name: "top", uid: secret.metadata.uid ?? "" };
  await world.client.create(ConfigMap, { metadata: { namespace: "demo", name: "low", ownerReferences: [reference] } });
  await world.pass(1000);
  await world.client.delete(Secret, { namespace: "demo", name: "top" });
  await world.pass(1000);
  assert.deepEqual(await names(world), ["low"]);
  // The cache begins anew, and is told neither that the owner came nor that it went.
  gate.reject(expired("too old resource version"));
  await world.pass(5000);
  assert.deepEqual(await names(world), []);
  await world.stop();
});

test("a namespace tells what holds it, and goes when nothing is left", async () => {
  const world = await openWorld({ controllers: [namespaceDeletion] });
  const { client } = world;
  await client.create(Namespace, { metadata: { name: "demo" }, spec: {} });
  await client.create(ConfigMap, { metadata: { namespace: "demo", name: "held", finalizers: ["kaji.test/hold"] } });
  await make(world, "free");
  await client.delete(Namespace, { name: "demo" });
  await world.pass(1000);
  assert.deepEqual(await names(world), ["held"]);
  const { status } = await client.get(Namespace, { name: "demo" });
  assert.equal(status.phase, "Terminating");
  assert.equal(
    findCondition(status.conditions, "NamespaceContentRemaining")?.message,
    "Some resources are remaining: configmaps. has 1 resource instances",
  );
  assert.equal(
    findCondition(status.conditions, "NamespaceFinalizersRemaining")?.message,
    "Some content in the namespace has finalizers remaining: kaji.test/hold in 1 resource instances",
  );
  await client.patch(
    ConfigMap,
    { namespace: "demo", name: "held" },
    { type: "merge", body: { metadata: { finalizers: null } } },
  );
  await world.pass(10_000);
  await assert.rejects(client.get(Namespace, { name: "demo" }));
  await world.stop();
});

test("kinds that come later are collected too, and those that go are let go", async () => {
  let kinds = resources.filter((r) => r.plural === "secrets");
  const world = await openWorld({ controllers: [garbageCollector], discovered: async () => kinds });
  const gone = { apiVersion: "v1", kind: "Secret", name: "gone", uid: "0" };
  const place = { namespace: "demo", name: "low" };
  const makeLow = () => world.client.create(ConfigMap, { metadata: { ...place, ownerReferences: [gone] } });
  await makeLow();
  await world.pass(29_000);
  assert.deepEqual(await names(world), ["low"]);
  kinds = resources.filter((r) => ["secrets", "configmaps"].includes(r.plural));
  await world.pass(5000);
  assert.deepEqual(await names(world), []);
  kinds = resources.filter((r) => r.plural === "secrets");
  await world.pass(30_000);
  await makeLow();
  await world.pass(29_000);
  assert.deepEqual(await names(world), ["low"]);
  await world.stop();
});

test("an owner may be named in another version than the one that is watched", async () => {
  const world = await collecting();
  const { metadata } = await world.client.create(HorizontalPodAutoscaler, {
    metadata: { namespace: "demo", name: "top" },
    spec: { maxReplicas: 1, scaleTargetRef: { kind: "Deployment", name: "x", apiVersion: "apps/v1" } },
  });
  const reference = { kind: "HorizontalPodAutoscaler", name: "top", uid: metadata.uid ?? "" };
  for (const apiVersion of ["autoscaling/v1", "autoscaling/v2"])
    await world.client.create(ConfigMap, {
      metadata: { namespace: "demo", name: apiVersion.slice(-2), ownerReferences: [{ ...reference, apiVersion }] },
    });
  await world.pass(5000);
  assert.deepEqual(await names(world), ["v1", "v2"]);
  await world.client.delete(HorizontalPodAutoscaler, { namespace: "demo", name: "top" });
  await world.pass(5000);
  assert.deepEqual(await names(world), []);
  await world.stop();
});

test("a namespace waits for servers that do not answer, and says so", async () => {
  let stale = ["wardle.example.com/v1alpha1"];
  const discovered = async () => {
    if (stale.length > 0) throw new IncompleteDiscoveryError(resources, stale);
    return resources;
  };
  const world = await openWorld({ controllers: [namespaceDeletion], discovered });
  const { client } = world;
  await client.create(Namespace, { metadata: { name: "demo" }, spec: {} });
  await make(world, "one");
  await client.delete(Namespace, { name: "demo" });
  await world.pass(1000);
  assert.deepEqual(await names(world), [], "what is known goes all the same");
  const { conditions } = (await client.get(Namespace, { name: "demo" })).status;
  const { status, reason, message } = findCondition(conditions, "NamespaceDeletionDiscoveryFailure") ?? {};
  const why =
    "unable to retrieve the complete list of server APIs: wardle.example.com/v1alpha1: stale GroupVersion discovery: wardle.example.com/v1alpha1";
  assert.deepEqual(
    [status, reason, message],
    ["True", "DiscoveryFailed", `Discovery failed for some groups, 1 failing: ${why}`],
  );
  assert.equal(findCondition(conditions, "NamespaceDeletionContentFailure")?.status, "False");
  stale = [];
  await world.pass(30_000);
  await assert.rejects(client.get(Namespace, { name: "demo" }));
  await world.stop();
});
