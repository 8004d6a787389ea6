// The server through its local client: no sockets, virtual time, the memory store.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import type { WatchEvent } from "../client/client.ts";
import { ConfigMap } from "../resources/core/config-map.ts";
import { Namespace } from "../resources/core/namespace.ts";
import { Scale } from "../resources/autoscaling/scale.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { StatusReason } from "../schema/meta/status.ts";
import { memoryStore } from "../store/memory.ts";
import { masters } from "./authorization/masters.ts";
import { createApiServer } from "./server.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };
const ALICE = { name: "alice", groups: [] };

async function start() {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  const server = await createApiServer({
    store,
    clock,
    random: seededRandom(1),
    log: silentLog,
    resources: [Namespace, ConfigMap],
    bodies: [Scale],
    authorizers: () => [masters],
  });
  const client = server.localClient(ADMIN);
  return { clock, store, server, client };
}

const refused = (reason: StatusReason) => (error: unknown) => hasReason(error, reason);
const map = (name: string, data: Record<string, string> = {}) => ({ metadata: { name, namespace: "demo" }, data });

test("objects come out frozen, with what the server fills in", async () => {
  const { client, clock } = await start();
  const made = await client.create(ConfigMap, map("a", { k: "v" }));
  assert.equal(made.kind, "ConfigMap");
  assert.match(made.metadata.uid ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(Date.parse(made.metadata.creationTimestamp ?? ""), Math.floor(clock.now() / 1000) * 1000);
  assert.ok(Object.isFrozen(made) && Object.isFrozen(made.metadata) && Object.isFrozen(made.data));
  assert.deepEqual(await client.get(ConfigMap, { namespace: "demo", name: "a" }), made);
});

test("what goes in is neither kept nor changed, and undefined is absence", async () => {
  const { client } = await start();
  const data: Record<string, string> = { k: "v" };
  const draft = { metadata: { name: "a", namespace: "demo", labels: undefined }, data };
  const made = await client.create(ConfigMap, draft);
  data["k"] = "changed";
  assert.equal(made.data?.["k"], "v");
  assert.ok(!("labels" in made.metadata));
  await assert.rejects(
    client.create(ConfigMap, { metadata: { name: "b", namespace: "demo" }, data: { k: 1n as unknown as string } }),
    refused("BadRequest"),
  );
});

test("an update that somebody overtook is a conflict, one that changes nothing keeps its version", async () => {
  const { client } = await start();
  const first = await client.create(ConfigMap, map("a", { k: "1" }));
  const second = await client.update(ConfigMap, { ...first, data: { k: "2" } });
  assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
  await assert.rejects(client.update(ConfigMap, { ...first, data: { k: "3" } }), refused("Conflict"));
  const same = await client.update(ConfigMap, second);
  assert.equal(same.metadata.resourceVersion, second.metadata.resourceVersion);
});

test("writers of one object at a time all succeed by patch", async () => {
  const { client } = await start();
  await client.create(ConfigMap, map("a"));
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
  await Promise.all(
    keys.map((key) =>
      client.patch(ConfigMap, { namespace: "demo", name: "a" }, { type: "merge", body: { data: { [key]: "x" } } }),
    ),
  );
  const { data } = await client.get(ConfigMap, { namespace: "demo", name: "a" });
  assert.deepEqual(Object.keys(data ?? {}).sort(), [...keys].sort());
});

test("a dry run tells what would be and stores nothing", async () => {
  const { client } = await start();
  const would = await client.create(ConfigMap, map("a"), { dryRun: true });
  assert.equal(would.metadata.resourceVersion, undefined);
  await assert.rejects(client.get(ConfigMap, { namespace: "demo", name: "a" }), refused("NotFound"));
});

test("who may not is told so, and an absent object is not revealed", async () => {
  const { server } = await start();
  await assert.rejects(
    server.localClient(ALICE).get(ConfigMap, { namespace: "demo", name: "a" }),
    refused("Forbidden"),
  );
});

test("chunks of a list are one snapshot; after compaction the token says how to go on", async () => {
  const { client, store } = await start();
  for (const name of ["a", "b", "c", "d"]) await client.create(ConfigMap, map(name));
  const first = await client.list(ConfigMap, { namespace: "demo", limit: 2 });
  assert.deepEqual(
    first.items.map((one) => one.metadata.name),
    ["a", "b"],
  );
  assert.equal(first.metadata.remainingItemCount, 2);
  await client.create(ConfigMap, map("bb"));
  const rest = await client.list(ConfigMap, { namespace: "demo", continue: first.metadata.continue });
  assert.deepEqual(
    rest.items.map((one) => one.metadata.name),
    ["c", "d"],
  );
  await store.compact(store.revision());
  const token = await client.list(ConfigMap, { namespace: "demo", continue: first.metadata.continue }).then(
    () => assert.fail("an expired token was taken"),
    (error: unknown) => {
      assert.ok(hasReason(error, "Expired"));
      return error.metadata.continue;
    },
  );
  const later = await client.list(ConfigMap, { namespace: "demo", continue: token });
  assert.deepEqual(
    later.items.map((one) => one.metadata.name),
    ["bb", "c", "d"],
  );
});

test("a compacted revision is refused though nothing of the kind has changed since", async () => {
  const { client, store } = await start();
  for (const name of ["a", "b", "c"]) await client.create(ConfigMap, map(name));
  const first = await client.list(ConfigMap, { namespace: "demo", limit: 2 });
  await client.create(Namespace, { metadata: { name: "other" }, spec: {} });
  const next = { namespace: "demo", continue: first.metadata.continue } as const;
  assert.equal((await client.list(ConfigMap, next)).items.length, 1);
  await store.compact(store.revision());
  await assert.rejects(client.list(ConfigMap, next), refused("Expired"));
  const exact = { resourceVersion: first.metadata.resourceVersion, resourceVersionMatch: "Exact" } as const;
  await assert.rejects(client.list(ConfigMap, exact), refused("Expired"));
});

/** Reads events until `count` have come. */
async function read(events: AsyncIterable<WatchEvent<ConfigMap>>, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(
      event.type === "BOOKMARK"
        ? `BOOKMARK${event.initialEnd ? " end" : ""}`
        : `${event.type} ${event.object.metadata.name}`,
    );
    if (seen.length === count) break;
  }
  return seen;
}

test("a watch begins with the state, says where it ends, and goes on without a gap", async () => {
  const { client } = await start();
  await client.create(ConfigMap, map("a"));
  const reading = read(client.watch(ConfigMap, { namespace: "demo", sendInitialEvents: true }), 5);
  await client.create(ConfigMap, map("b"));
  await client.patch(ConfigMap, { namespace: "demo", name: "b" }, { type: "merge", body: { data: { k: "v" } } });
  await client.delete(ConfigMap, { namespace: "demo", name: "a" });
  const seen = await reading;
  assert.equal(seen[0], "ADDED a");
  assert.ok(seen.includes("BOOKMARK end"));
  assert.deepEqual(seen.filter((one) => !one.startsWith("BOOKMARK")).at(-1), "DELETED a");
});

test("a server that stops never calls a state complete that it did not send", async () => {
  const { client, server } = await start();
  await client.create(ConfigMap, map("a"));
  const closing = server.close();
  assert.deepEqual(await read(client.watch(ConfigMap, { namespace: "demo", sendInitialEvents: true }), 5), []);
  await closing;
});

test("an object that leaves the selection is deleted for its watcher", async () => {
  const { client } = await start();
  const made = await client.create(ConfigMap, {
    ...map("a"),
    metadata: { name: "a", namespace: "demo", labels: { app: "web" } },
  });
  const { metadata } = await client.list(ConfigMap);
  const reading = read(
    client.watch(ConfigMap, { labelSelector: "app=web", resourceVersion: metadata.resourceVersion }),
    2,
  );
  await client.update(ConfigMap, { ...made, metadata: { ...made.metadata, labels: { app: "db" } } });
  await client.patch(
    ConfigMap,
    { namespace: "demo", name: "a" },
    { type: "merge", body: { metadata: { labels: { app: "web" } } } },
  );
  assert.deepEqual(await reading, ["DELETED a", "ADDED a"]);
});

test("a watch from a compacted revision ends as expired", async () => {
  const { client, store, server, clock } = await start();
  const { metadata } = await client.create(ConfigMap, map("a"));
  for (const name of ["b", "c"]) await client.create(ConfigMap, map(name));
  await store.compact(store.revision());
  // A second server on the same store has no past of its own: it must ask the store.
  const late = await createApiServer({
    store,
    clock,
    random: seededRandom(2),
    log: silentLog,
    resources: [Namespace, ConfigMap],
    bodies: [Scale],
    authorizers: () => [masters],
  });
  const watching = late.localClient(ADMIN).watch(ConfigMap, { resourceVersion: metadata.resourceVersion });
  await assert.rejects(read(watching, 1), refused("Expired"));
  await late.close();
  await server.close();
});

test("a second server on the same store replays what it has not seen itself", async () => {
  const { client, store, clock } = await start();
  const { metadata } = await client.create(ConfigMap, map("a"));
  await client.create(ConfigMap, map("b"));
  const late = await createApiServer({
    store,
    clock,
    random: seededRandom(2),
    log: silentLog,
    resources: [Namespace, ConfigMap],
    bodies: [Scale],
    authorizers: () => [masters],
  });
  const reading = read(late.localClient(ADMIN).watch(ConfigMap, { resourceVersion: metadata.resourceVersion }), 2);
  await client.create(ConfigMap, map("c"));
  assert.deepEqual(await reading, ["ADDED b", "ADDED c"]);
});

test("bookmarks come each minute, and timeoutSeconds ends a watch quietly", async () => {
  const { client, clock } = await start();
  const { metadata } = await client.list(ConfigMap);
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of client.watch(ConfigMap, {
      resourceVersion: metadata.resourceVersion,
      timeoutSeconds: 150,
    }))
      seen.push(event.type);
  })();
  await clock.settle();
  for (let i = 0; i < 16; i++) {
    await clock.advance(10_000);
  }
  await reading;
  assert.deepEqual(seen, ["BOOKMARK", "BOOKMARK"]);
});

test("finalizers hold a deletion until the last is gone", async () => {
  const { client } = await start();
  await client.create(ConfigMap, {
    ...map("a"),
    metadata: { name: "a", namespace: "demo", finalizers: ["example.com/f"] },
  });
  await client.delete(ConfigMap, { namespace: "demo", name: "a" });
  const held = await client.get(ConfigMap, { namespace: "demo", name: "a" });
  assert.ok(held.metadata.deletionTimestamp);
  await client.patch(
    ConfigMap,
    { namespace: "demo", name: "a" },
    { type: "merge", body: { metadata: { finalizers: null } } },
  );
  await assert.rejects(client.get(ConfigMap, { namespace: "demo", name: "a" }), refused("NotFound"));
});

test("the cause of a write is kept in the store's history", async () => {
  const { client, store } = await start();
  const made = await client.because(["7"]).create(ConfigMap, map("a"));
  const [last] = await store.history({ key: "core/configmaps/demo/a" });
  assert.equal(last?.revision, Number(made.metadata.resourceVersion));
  assert.equal(last?.cause.user, "admin");
  assert.equal(last?.cause.request, "create core/configmaps demo");
  assert.deepEqual(last?.cause.reactedTo, [7]);
});
