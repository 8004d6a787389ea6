// Definitions come to life and go: one server after the other on one store, virtual time, no sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { customKinds } from "../../resources/apiextensions/custom-kind.ts";
import { CustomResourceDefinition } from "../../resources/apiextensions/custom-resource-definition.ts";
import { conditionOf, isEstablished } from "../../resources/apiextensions/definition/conditions.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { memoryStore } from "../../store/memory.ts";
import { prepareCluster, standardServer, upkeep } from "../standard.ts";

const clock = new VirtualClock();

async function start(store = memoryStore({ clock })) {
  const log = silentLog;
  const server = await standardServer({ store, clock, random: seededRandom(1), log, serviceCidrs: ["10.96.0.0/16"] });
  const client = await prepareCluster({ server, log });
  const stop = new AbortController();
  const keeping = upkeep({ server, store, clock, log }, stop.signal);
  await clock.settle();
  const end = async () => {
    stop.abort();
    await clock.settle();
    await keeping;
    await server.close(0);
  };
  return { server, client, store, end };
}

type Running = Awaited<ReturnType<typeof start>>;

const OPEN = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

async function define({ client }: Running, plural: string, kind: string, names: object = {}) {
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: OPEN } };
  await client.create(CustomResourceDefinition, {
    metadata: { name: `${plural}.example.com` },
    spec: { group: "example.com", scope: "Namespaced", names: { plural, kind, ...names }, versions: [version] },
  });
  await clock.settle();
  return client.get(CustomResourceDefinition, { name: `${plural}.example.com` });
}

const only = (definition: CustomResourceDefinition): Resource => customKinds(definition)[0]!;
const widget = (name: string, more: object = {}) =>
  ({ metadata: { namespace: "default", name, ...more }, spec: { size: 3 } }) as unknown as KubeObject;
const notFound = (error: unknown) => hasReason(error, "NotFound");

test("a definition is established, its objects are served, and a server that begins anew serves them at once", async () => {
  const first = await start();
  const definition = await define(first, "widgets", "Widget");
  assert.ok(isEstablished(definition));
  assert.deepEqual(definition.status.acceptedNames, {
    plural: "widgets",
    singular: "widget",
    kind: "Widget",
    listKind: "WidgetList",
  });
  const kind = only(definition);
  await first.client.create(kind, widget("a"));
  await first.end();
  const second = await start(first.store);
  const found = (await second.client.get(kind, { namespace: "default", name: "a" })) as unknown as { spec: object };
  assert.deepEqual(found.spec, { size: 3 });
  await second.end();
});

test("a definition that goes takes its objects along, those with finalizers when they let go", async () => {
  const running = await start();
  const { client } = running;
  const kind = only(await define(running, "widgets", "Widget"));
  await client.create(kind, widget("a"));
  await client.create(kind, widget("b", { finalizers: ["example.com/wait"] }));
  await client.delete(CustomResourceDefinition, { name: "widgets.example.com" });
  await clock.settle();
  const going = await client.get(CustomResourceDefinition, { name: "widgets.example.com" });
  assert.equal(conditionOf(going, "Terminating")?.status, "True");
  assert.deepEqual(
    (await client.list(kind)).items.map(({ metadata }) => metadata.name),
    ["b"],
  );
  const held = await client.get(kind, { namespace: "default", name: "b" });
  await client.update(kind, { ...held, metadata: { ...held.metadata, finalizers: [] } });
  await clock.advance(2000);
  await assert.rejects(client.get(CustomResourceDefinition, { name: "widgets.example.com" }), notFound);
  assert.equal(running.server.kinds.find("example.com", "v1", "widgets"), undefined);
  // What comes under the same name begins empty.
  const again = only(await define(running, "widgets", "Gadget"));
  assert.deepEqual((await client.list(again)).items, []);
  await running.end();
});

test("names that others have are not accepted, until they are free", async () => {
  const running = await start();
  await define(running, "widgets", "Widget");
  const late = await define(running, "gadgets", "Widget");
  assert.equal(isEstablished(late), false);
  assert.equal(conditionOf(late, "NamesAccepted")?.reason, "ListKindConflict");
  assert.equal(running.server.kinds.find("example.com", "v1", "gadgets"), undefined);
  await running.client.delete(CustomResourceDefinition, { name: "widgets.example.com" });
  await clock.advance(2000);
  const free = await running.client.get(CustomResourceDefinition, { name: "gadgets.example.com" });
  assert.ok(isEstablished(free));
  await running.end();
});

test("what is stored is shown as the schema of today has it, and kept as it is", async () => {
  const running = await start();
  const { client, store } = running;
  const name = "widgets.example.com";
  await define(running, "widgets", "Widget");
  const text = { type: "string" };
  const state = async (properties: object, versions: readonly [string, boolean][] = [["v1", true]]) => {
    const found = await client.get(CustomResourceDefinition, { name });
    const schema = { openAPIV3Schema: { type: "object", properties } };
    const all = versions.map(([one, storage]) => ({ name: one, served: true, storage, schema }));
    const spec = { ...found.spec, versions: all };
    await client.update(CustomResourceDefinition, { ...found, spec } as CustomResourceDefinition);
    await clock.settle();
    return customKinds(await client.get(CustomResourceDefinition, { name }));
  };
  const read = async (kind: Resource, which: string) => {
    const {
      apiVersion: _a,
      kind: _k,
      metadata,
      ...rest
    } = await client.get(kind, { namespace: "default", name: which });
    return [rest, metadata.resourceVersion] as const;
  };
  const make = (kind: Resource, which: string, more: object) =>
    client.create(kind, { metadata: { namespace: "default", name: which }, ...more } as unknown as KubeObject);
  const [plain] = await state({ a: text, b: text, c: text });
  await make(plain!, "old", { c: "x" });
  const [, revision] = await read(plain!, "old");
  const [withA] = await state({ a: { ...text, default: "A" }, b: text, c: text });
  assert.deepEqual(await read(withA!, "old"), [{ a: "A", c: "x" }, revision]);
  await make(withA!, "new", {});
  const [withB] = await state({ a: text, b: { ...text, default: "B" } });
  assert.deepEqual(
    (await read(withB!, "old"))[0],
    { b: "B" },
    "neither a default of yesterday nor a field without schema",
  );
  assert.deepEqual((await read(withB!, "new"))[0], { a: "A", b: "B" });
  const { items } = await client.list(withB!);
  assert.deepEqual(
    items.map((one) => (one as unknown as { b: string }).b),
    ["B", "B"],
  );
  // Another storage version: written as it is, an object moves there, as migrations rely on.
  const [stored] = await state({ a: text, b: { ...text, default: "B" } }, [
    ["v1", false],
    ["v2", true],
  ]);
  const key = "example.com/widgets/default/new";
  const bytes = async () => new TextDecoder().decode((await store.get(key)).entry?.value);
  assert.match(await bytes(), /^{"apiVersion":"example.com\/v1"/);
  await client.update(stored!, await client.get(stored!, { namespace: "default", name: "new" }));
  assert.match(await bytes(), /^{"apiVersion":"example.com\/v2"/);
  await running.end();
});
