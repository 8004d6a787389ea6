// The controller engine on a real server in virtual time: what the Controller contract promises.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { replicaSet } from "../../src/controllers/replicaset.ts";
import { deployment } from "../../src/controllers/deployment.ts";
import type { AdmissionPlugin } from "../../src/apiserver/admission/plugin.ts";
import { controller } from "../../src/reconcile/controller.ts";
import { controllerReference, claim } from "../../src/reconcile/owner.ts";
import { Deployment } from "../../src/resources/apps/deployment.ts";
import { ReplicaSet } from "../../src/resources/apps/replica-set.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { expired, internalError } from "../../src/schema/meta/status.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const spec = { containers: [{ name: "c", image: "app:1" }] };
const template = { metadata: { labels: { app: "web" } }, spec };
const set = (name: string, replicas: number) => ({
  metadata: { namespace: "demo", name },
  spec: { replicas, selector: { matchLabels: { app: "web" } }, template },
});
const pods = async ({ client }: World) => (await client.list(Pod, { namespace: "demo" })).items;

test("a key is never worked on twice at once, and changes meanwhile call once more", async () => {
  let working = 0;
  const seen: string[] = [];
  const slow = controller<ConfigMap>({
    name: "slow",
    identity: "slow",
    of: ConfigMap,
    writes: [],
    async reconcile({ metadata, data }) {
      assert.equal(++working, 1, "two at once");
      seen.push(`${metadata.name} ${data?.["x"]}`);
      await world.clock.sleep(100);
      working--;
    },
  });
  const world: World = await openWorld({ controllers: [slow] });
  const made = await world.client.create(ConfigMap, { metadata: { namespace: "demo", name: "a" }, data: { x: "0" } });
  await world.pass();
  let last = made;
  for (const x of ["1", "2", "3"]) last = await world.client.update(ConfigMap, { ...last, data: { x } });
  await world.pass(1000);
  assert.deepEqual(seen, ["a 0", "a 3"]);
  await world.stop();
});

test("what failed is tried again after delays that double, until it succeeds", async () => {
  const at: number[] = [];
  const failing = controller<ConfigMap>({
    name: "failing",
    identity: "failing",
    of: ConfigMap,
    writes: [],
    async reconcile(_, { now }) {
      at.push(now);
      if (at.length < 5) throw new Error("not yet");
    },
  });
  const world = await openWorld({ controllers: [failing] });
  await world.client.create(ConfigMap, { metadata: { namespace: "demo", name: "a" } });
  await world.pass(60_000);
  assert.deepEqual(
    at.map((t) => t - at[0]!),
    [0, 5, 15, 35, 75],
  );
  await world.stop();
});

test("writes whose outcome is unknown are tried again after delays, too", async () => {
  const at: number[] = [];
  const publishing = controller<Namespace>({
    name: "publishing",
    identity: "publishing",
    of: Namespace,
    reads: [ConfigMap],
    writes: [{ resource: ConfigMap, verbs: ["create"] }],
    async reconcile({ metadata: { name = "" } }, { client, now }) {
      at.push(now);
      await client.create(ConfigMap, { metadata: { namespace: name, name: "a" } });
    },
  });
  const refusing: AdmissionPlugin = {
    name: "Refusing",
    validate({ resource }) {
      if (resource.kind === "ConfigMap") throw internalError("a webhook did not answer");
    },
  };
  const world = await openWorld({ controllers: [publishing], admission: [refusing] });
  await world.client.create(Namespace, { metadata: { name: "demo" }, spec: {} });
  await world.pass(1000);
  assert.deepEqual(
    at.map((t) => t - at[0]!),
    [0, 5, 15, 35, 75, 155, 315, 635],
  );
  await world.stop();
});

test("a watch that lags by five seconds gives no surplus pod, nor a missing one", async () => {
  const world = await openWorld({ controllers: [replicaSet], lagMs: (r) => (r.plural === "pods" ? 5000 : 0) });
  const made = await world.client.create(ReplicaSet, set("web", 3));
  for (let i = 0; i < 20; i++) {
    await world.pass(500);
    // Something that makes it look again, while it cannot see its own pods yet.
    await world.client.patch(
      ReplicaSet,
      { namespace: "demo", name: "web" },
      { type: "merge", body: { metadata: { labels: { i: String(i) } } } },
    );
    assert.equal((await pods(world)).length, 3, `after ${(i + 1) * 500} ms`);
  }
  await world.client.patch(
    ReplicaSet,
    { namespace: "demo", name: "web" },
    { type: "merge", body: { spec: { replicas: 1 } } },
  );
  for (let i = 0; i < 20; i++) {
    await world.pass(500);
    assert.ok((await pods(world)).length >= 1, "one too many went");
  }
  assert.equal((await pods(world)).length, 1);
  assert.equal(world.writes.filter((w) => w === "create pods").length, 3);
  assert.equal(world.writes.filter((w) => w === "delete pods").length, 2);
  assert.equal((await pods(world))[0]!.metadata.ownerReferences?.[0]?.uid, made.metadata.uid);
  await world.stop();
});

test("a Deployment whose caches lag rolls out without a surplus ReplicaSet", async () => {
  const world = await openWorld({ controllers: [deployment, replicaSet], lagMs: () => 3000 });
  await world.client.create(Deployment, {
    metadata: { namespace: "demo", name: "web" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
  });
  await world.pass(30_000);
  assert.equal((await world.client.list(ReplicaSet)).items.length, 1);
  assert.equal((await pods(world)).length, 2);
  await world.stop();
});

test("what was made and is gone before the cache held it is made again", async () => {
  const gate = Promise.withResolvers<void>();
  const held = ({ plural }: { readonly plural: string }) => (plural === "replicasets" ? gate.promise : undefined);
  const world = await openWorld({ controllers: [deployment], held });
  await world.client.create(Deployment, {
    metadata: { namespace: "demo", name: "web" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
  });
  await world.pass(5000);
  const sets = async () => (await world.client.list(ReplicaSet)).items;
  const [first] = await sets();
  assert.ok(first, "it was made");
  await world.client.delete(ReplicaSet, { namespace: "demo", name: first.metadata.name! });
  await world.pass(5000);
  assert.equal((await sets()).length, 0);
  // The cache begins anew, and never holds the first one.
  gate.reject(expired("too old resource version"));
  await world.pass(5000);
  assert.equal((await sets()).length, 1);
  await world.stop();
});

test("writes name the revisions that they react to", async () => {
  const world = await openWorld({ controllers: [replicaSet] });
  const made = await world.client.create(ReplicaSet, set("web", 1));
  await world.pass(100);
  const first = world.writes.indexOf("create pods");
  assert.deepEqual(world.causes[first], [made.metadata.resourceVersion]);
  assert.ok(
    world.causes.every((cause) => cause.length > 0),
    "every write has a cause",
  );
  await world.stop();
});

test("an orphan that matches is adopted, one that no longer matches is released and replaced", async () => {
  const world = await openWorld({ controllers: [replicaSet] });
  await world.client.create(Pod, { metadata: { namespace: "demo", name: "mine", labels: { app: "web" } }, spec });
  await world.client.create(ReplicaSet, set("web", 2));
  await world.pass(1000);
  assert.equal((await pods(world)).length, 2, "the orphan counts");
  const owners = async () =>
    (await world.client.get(Pod, { namespace: "demo", name: "mine" })).metadata.ownerReferences;
  assert.equal((await owners())?.[0]?.name, "web");
  await world.client.patch(
    Pod,
    { namespace: "demo", name: "mine" },
    { type: "merge", body: { metadata: { labels: { app: "x" } } } },
  );
  await world.pass(1000);
  assert.deepEqual(await owners(), undefined);
  assert.equal((await pods(world)).length, 3);
  await world.stop();
});

test("an owner that was deleted meanwhile adopts nothing", async () => {
  const world = await openWorld({ controllers: [] });
  const owner = await world.client.create(ReplicaSet, set("web", 0));
  const pod = await world.client.create(Pod, {
    metadata: { namespace: "demo", name: "p", labels: { app: "web" } },
    spec,
  });
  await world.client.delete(ReplicaSet, { namespace: "demo", name: "web" });
  const claimed = await claim({
    client: world.client,
    ownerResource: ReplicaSet,
    owner,
    resource: Pod,
    candidates: [pod],
    matches: () => true,
  });
  assert.deepEqual(claimed, []);
  const { ownerReferences } = (await world.client.get(Pod, { namespace: "demo", name: "p" })).metadata;
  assert.equal(ownerReferences, undefined);
  assert.equal(controllerReference(ReplicaSet, owner).controller, true);
  await world.stop();
});

test("equal events are counted, and many alike become one", async () => {
  const told = controller<ConfigMap>({
    name: "telling",
    identity: "telling",
    of: ConfigMap,
    writes: [],
    async reconcile(object, { events }) {
      for (let i = 0; i < 3; i++) events.record(object, "Normal", "Same", "again");
      for (let i = 0; i < 12; i++) events.record(object, "Warning", "Alike", `number ${i}`);
    },
  });
  const world = await openWorld({ controllers: [told] });
  await world.client.create(ConfigMap, { metadata: { namespace: "demo", name: "a" } });
  await world.pass(1000);
  const { items } = await world.client.list(Event, { namespace: "demo" });
  const of = (reason: string) => items.filter((event) => event.reason === reason);
  assert.deepEqual(
    of("Same").map(({ count }) => count),
    [3],
  );
  const alike = of("Alike");
  assert.equal(alike.length, 10, "nine as they are, the rest as one");
  const combined = alike.filter(({ message }) => message?.startsWith("(combined from similar events): "));
  assert.deepEqual(
    combined.map(({ count, message }) => [count, message]),
    [[3, "(combined from similar events): number 11"]],
  );
  assert.equal(alike[0]!.source?.component, "telling");
  await world.stop();
});

test("the engine needs microtasks only", async () => {
  let turned = false;
  systemClock.after(0, () => (turned = true));
  const world = await openWorld({ controllers: [deployment, replicaSet] });
  await world.client.create(ReplicaSet, set("web", 2));
  await world.clock.advance(1000);
  await world.stop();
  assert.equal(turned, false, "a turn of the event loop was needed");
});
