// The ConfigMaps and Secrets of a node's pods: one watch each, only while somebody reads them, and news to whom they concern.
import { test } from "node:test";
import assert from "node:assert/strict";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import type { Client } from "../../src/client/client.ts";
import { referredObjects } from "../../src/kubelet/volumes/objects.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import type { Pod } from "../../src/resources/core/pod.ts";
import { Secret } from "../../src/resources/core/secret.ts";
import { bareServer } from "../client/carriers.ts";

const NAMESPACE = "default";
const at = (name: string) => ({ namespace: NAMESPACE, name });

function pod(uid: string, spec: Partial<Pod["spec"]>, generation = 1): Pod {
  const metadata = { name: uid, namespace: NAMESPACE, uid, generation };
  return { metadata, spec: { containers: [{ name: "c" }], ...spec }, status: {} } as unknown as Pod;
}

const withConfigMap = (name: string) => ({ volumes: [{ name: "v", configMap: { name } }] });

/** An API server, and a client that counts the watches that are open. */
async function world() {
  const clock = new VirtualClock(1_700_000_000_000);
  const server = await bareServer([Namespace, ConfigMap, Secret], clock);
  const client = server.localClient({ name: "admin", groups: ["system:masters"] });
  await client.create(Namespace, { metadata: { name: NAMESPACE }, spec: {} });
  const open: string[] = [];
  let down = false;
  const counting: Client = {
    ...client,
    get: (resource, name, options) => client.get(resource, name, options),
    async *watch(resource, options) {
      if (down) throw new Error("the API is away");
      const what = `${resource.plural}/${options.namespace}?${options.fieldSelector}`;
      open.push(what);
      try {
        yield* client.watch(resource, options);
      } finally {
        open.splice(open.indexOf(what), 1);
      }
    },
  };
  const stop = new AbortController();
  const tools = { client: counting, clock, random: seededRandom(1), log: silentLog, signal: stop.signal };
  const objects = referredObjects(tools);
  const news: string[] = [];
  objects.listen((uid) => news.push(uid));
  const reading = async <T>(read: Promise<T>): Promise<T> => {
    await clock.settle();
    return read;
  };
  return {
    clock,
    client,
    objects,
    reading,
    open: async () => (await clock.settle(), [...open]),
    news: async () => (await clock.settle(), news.splice(0)),
    setDown: (is: boolean) => void (down = is),
    make: (name: string, data: Record<string, string>, more: Partial<ConfigMap> = {}) =>
      client.create(ConfigMap, { metadata: at(name), data, ...more }),
    patch: (name: string, body: object) => client.patch(ConfigMap, at(name), { type: "merge", body }),
    async close() {
      stop.abort();
      await server.close(0);
    },
  };
}

test("pods that share an object share one watch of that object alone; the last one ends it", async () => {
  const w = await world();
  await w.make("a", { k: "1" });
  for (const uid of ["p", "q"]) w.objects.hold(pod(uid, withConfigMap("a")));
  assert.deepEqual(await w.open(), [], "nobody has read it");
  for (let i = 0; i < 3; i++)
    assert.deepEqual((await w.reading(w.objects.configMap(NAMESPACE, "a")))?.data, { k: "1" });
  assert.deepEqual(await w.open(), ["configmaps/default?metadata.name=a"]);
  await w.patch("a", { data: { k: "2" } });
  assert.deepEqual((await w.news()).sort(), ["p", "q"]);
  assert.deepEqual((await w.objects.configMap(NAMESPACE, "a"))?.data, { k: "2" });
  w.objects.release("p");
  await w.patch("a", { data: { k: "3" } });
  assert.deepEqual(await w.news(), ["q"]);
  w.objects.release("q");
  assert.deepEqual(await w.open(), []);
  await w.close();
});

test("projected volumes and variables count as well; what a pod no longer refers to is let go", async () => {
  const w = await world();
  const sources = [{ configMap: { name: "a" } }, { secret: { name: "s" } }];
  const envFrom = [{ configMapRef: { name: "e" } }];
  const volumes = [{ name: "v", projected: { sources } }];
  w.objects.hold(pod("p", { volumes, containers: [{ name: "c", envFrom }] } as Partial<Pod["spec"]>));
  for (const name of ["a", "e"]) await w.reading(w.objects.configMap(NAMESPACE, name));
  await w.reading(w.objects.secret(NAMESPACE, "s"));
  const all = ["configmaps/default?metadata.name=a", "configmaps/default?metadata.name=e"];
  assert.deepEqual((await w.open()).sort(), [...all, "secrets/default?metadata.name=s"]);
  w.objects.hold(pod("p", { volumes } as Partial<Pod["spec"]>, 2));
  assert.deepEqual((await w.open()).sort(), [all[0], "secrets/default?metadata.name=s"]);
  await w.close();
});

test("what is absent is told when it comes, and when it goes", async () => {
  const w = await world();
  w.objects.hold(pod("p", withConfigMap("late")));
  assert.equal(await w.reading(w.objects.configMap(NAMESPACE, "late")), undefined);
  await w.make("other", {});
  assert.deepEqual(await w.news(), []);
  await w.make("late", { k: "1" });
  assert.deepEqual(await w.news(), ["p"]);
  assert.deepEqual((await w.objects.configMap(NAMESPACE, "late"))?.data, { k: "1" });
  await w.client.delete(ConfigMap, at("late"));
  assert.deepEqual(await w.news(), ["p"]);
  assert.equal(await w.objects.configMap(NAMESPACE, "late"), undefined);
  await w.close();
});

test("an immutable object is not watched; a new pod has the one that is there now", async () => {
  const w = await world();
  await w.make("fixed", { k: "1" }, { immutable: true });
  w.objects.hold(pod("p", withConfigMap("fixed")));
  assert.deepEqual((await w.reading(w.objects.configMap(NAMESPACE, "fixed")))?.data, { k: "1" });
  assert.deepEqual(await w.open(), []);
  await w.client.delete(ConfigMap, at("fixed"));
  await w.make("fixed", { k: "2" }, { immutable: true });
  assert.deepEqual((await w.objects.configMap(NAMESPACE, "fixed"))?.data, { k: "1" });
  w.objects.hold(pod("q", withConfigMap("fixed")));
  assert.deepEqual((await w.reading(w.objects.configMap(NAMESPACE, "fixed")))?.data, { k: "2" });
  assert.deepEqual(await w.open(), []);
  await w.close();
});

test("what nobody reads for five minutes is not watched until it is read again", async () => {
  const w = await world();
  await w.make("a", { k: "1" });
  w.objects.hold(pod("p", withConfigMap("a")));
  await w.reading(w.objects.configMap(NAMESPACE, "a"));
  await w.clock.advance(4 * 60_000);
  await w.reading(w.objects.configMap(NAMESPACE, "a"));
  await w.clock.advance(4 * 60_000);
  assert.equal((await w.open()).length, 1);
  await w.clock.advance(2 * 60_000);
  assert.equal((await w.open()).length, 0);
  await w.patch("a", { data: { k: "2" } });
  assert.deepEqual((await w.reading(w.objects.configMap(NAMESPACE, "a")))?.data, { k: "2" });
  assert.deepEqual(await w.news(), []);
  await w.close();
});

test("while the API is away a first read fails after a second; an interrupted watch is taken up again", async () => {
  const w = await world();
  await w.make("a", { k: "1" });
  w.setDown(true);
  w.objects.hold(pod("p", withConfigMap("a")));
  const read = w.objects.configMap(NAMESPACE, "a").then(
    () => "an answer",
    (error: Error) => error.message,
  );
  await w.clock.advance(1000);
  assert.equal(await read, "failed to sync configmap cache: timed out waiting for the condition");
  w.setDown(false);
  await w.clock.advance(2000);
  assert.deepEqual((await w.objects.configMap(NAMESPACE, "a"))?.data, { k: "1" });
  await w.close();
});

test("an object that no pod on the node holds is read without a watch", async () => {
  const w = await world();
  await w.make("a", { k: "1" });
  assert.deepEqual((await w.reading(w.objects.configMap(NAMESPACE, "a")))?.data, { k: "1" });
  assert.equal(await w.reading(w.objects.secret(NAMESPACE, "none")), undefined);
  assert.deepEqual(await w.open(), []);
  await w.close();
});
