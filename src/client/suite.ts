// The conformance suite of the Client contract: every carrier passes it, each sentence of client.ts is a test. It refuses to
// know a carrier, and kinds other than its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { listAtomic, map, object, optional, plain, string } from "../schema/node.ts";
import type { ValueIn } from "../schema/node.ts";
import { metadata, typeMeta } from "../schema/meta/object-meta.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { StatusReason } from "../schema/meta/status.ts";
import { resource } from "../schema/resource.ts";
import type { Resource } from "../schema/resource.ts";
import type { Client, WatchEvent } from "./client.ts";

const NoteStatus = object("test.Note.Status", { readers: optional(1, string(), "Who read it.") });
const noteSchema = object("test.Note", {
  ...typeMeta,
  metadata,
  data: optional(2, map(string()), "Texts by name."),
  lines: optional(3, listAtomic(string()), "Always there.", { always: true }),
  status: plain(4, NoteStatus, "What became of it."),
});
export interface Note extends ValueIn<typeof noteSchema> {}

/** A namespaced kind with a status, and a list that JSON always shows. */
export const Note: Resource<Note> = resource<Note>({
  group: "test.kaji",
  version: "v1",
  kind: "Note",
  plural: "notes",
  scope: "Namespaced",
  schema: noteSchema,
});

export interface Carried {
  /** May do everything. */
  readonly client: Client;
  readonly close: () => Promise<void>;
}

/** Opens a carrier to a new server that serves `kinds` and has no objects. */
export type OpenClient = (kinds: readonly Resource[]) => Promise<Carried>;

const refused = (reason: StatusReason) => (error: unknown) => hasReason(error, reason);
const note = (name: string, data: Readonly<Record<string, string>> = {}) => ({
  metadata: { namespace: "demo", name },
  data,
});
const NAMES = { namespace: "demo", name: "a" };

export function clientSuite(carrier: string, open: OpenClient): void {
  const it = (title: string, body: (client: Client) => Promise<void>) =>
    test(`${carrier}: ${title}`, { timeout: 30_000 }, async () => {
      const { client, close } = await open([Note]);
      try {
        await body(client);
      } finally {
        await close();
      }
    });
  objects(it);
  writes(it);
  watches(it);
}

type It = (title: string, body: (client: Client) => Promise<void>) => void;

function objects(it: It): void {
  it("gives frozen objects with apiVersion and kind, list items too", async (client) => {
    const made = await client.create(Note, note("a", { x: "1" }));
    const read = await client.get(Note, NAMES);
    const { items, metadata: meta } = await client.list(Note, { namespace: "demo" });
    for (const one of [made, read, items[0]!]) {
      assert.equal(one.apiVersion, "test.kaji/v1");
      assert.equal(one.kind, "Note");
      assert.ok(Object.isFrozen(one) && Object.isFrozen(one.metadata) && Object.isFrozen(one.data));
      assert.deepEqual(one.data, { x: "1" });
    }
    assert.equal(made.metadata.uid, read.metadata.uid);
    assert.ok(Number(meta.resourceVersion) >= Number(made.metadata.resourceVersion));
  });
  it("shows a list that JSON writes as null as one that is there", async (client) => {
    await client.create(Note, note("a"));
    const answers = [
      await client.get(Note, NAMES),
      (await client.list(Note)).items[0]!,
      await client.create(Note, note("b")),
      await client.create(Note, { ...note("c"), lines: [] }),
      await client.update(Note, { ...(await client.get(Note, NAMES)), data: { x: "1" } }),
    ];
    for (const one of answers) assert.deepEqual(one.lines, []);
  });
  it("never keeps nor changes what it was given, and takes undefined as absent", async (client) => {
    const draft = {
      metadata: { namespace: "demo", name: "a", labels: { l: "1" } },
      data: { x: "1" },
      lines: undefined,
    };
    await client.create(Note, draft as never);
    draft.data.x = "2";
    draft.metadata.labels.l = "2";
    const read = await client.get(Note, NAMES);
    assert.deepEqual([read.data, read.metadata.labels], [{ x: "1" }, { l: "1" }]);
    assert.deepEqual(Object.keys(draft), ["metadata", "data", "lines"]);
  });
  it("fails with the Status that the server gives", async (client) => {
    await client.create(Note, note("a"));
    await assert.rejects(client.get(Note, { namespace: "demo", name: "b" }), refused("NotFound"));
    await assert.rejects(client.create(Note, note("a")), refused("AlreadyExists"));
    await assert.rejects(client.create(Note, note("A_b")), refused("Invalid"));
  });
  it("rejects an aborted call with the signal's own reason", async (client) => {
    const reason = new Error("enough");
    await assert.rejects(client.get(Note, NAMES, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  });
  it("narrows lists by label, by field and in chunks", async (client) => {
    for (const name of ["a", "b", "c"]) {
      await client.create(Note, {
        metadata: { namespace: "demo", name, labels: { odd: name === "b" ? "no" : "yes" } },
      });
    }
    const names = async (options: object) => (await client.list(Note, options)).items.map((o) => o.metadata.name);
    assert.deepEqual(await names({ labelSelector: "odd=yes" }), ["a", "c"]);
    assert.deepEqual(await names({ fieldSelector: "metadata.name=b" }), ["b"]);
    const first = await client.list(Note, { limit: 2 });
    assert.equal(first.items.length, 2);
    assert.deepEqual(await names({ limit: 2, continue: first.metadata.continue }), ["c"]);
  });
}

function writes(it: It): void {
  it("updates only what nobody changed meanwhile", async (client) => {
    const made = await client.create(Note, note("a", { x: "1" }));
    await client.update(Note, { ...made, data: { x: "2" } });
    await assert.rejects(client.update(Note, { ...made, data: { x: "3" } }), refused("Conflict"));
    assert.deepEqual((await client.get(Note, NAMES)).data, { x: "2" });
  });
  it("writes the status apart from the object", async (client) => {
    const made = await client.create(Note, note("a", { x: "1" }));
    const read = await client.update(
      Note,
      { ...made, data: { x: "2" }, status: { readers: "me" } },
      { subresource: "status" },
    );
    assert.deepEqual([read.data, read.status.readers], [{ x: "1" }, "me"]);
  });
  it("patches in each of the four ways", async (client) => {
    await client.create(Note, note("a", { x: "1", y: "1" }));
    const merged = await client.patch(Note, NAMES, { type: "merge", body: { data: { y: null, z: "1" } } });
    assert.deepEqual(merged.data, { x: "1", z: "1" });
    const json = await client.patch(Note, NAMES, {
      type: "json",
      body: [{ op: "replace", path: "/data/x", value: "2" }],
    });
    assert.deepEqual(json.data, { x: "2", z: "1" });
    const strategic = await client.patch(Note, NAMES, {
      type: "strategic",
      body: { metadata: { labels: { l: "1" } } },
    });
    assert.deepEqual(strategic.metadata.labels, { l: "1" });
    const body = { apiVersion: "test.kaji/v1", kind: "Note", metadata: NAMES, data: { w: "1" } };
    const applied = await client.patch(Note, NAMES, { type: "apply", body, force: true }, { fieldManager: "me" });
    assert.deepEqual(applied.data, { x: "2", z: "1", w: "1" });
    assert.ok(applied.metadata.managedFields?.some((entry) => entry.manager === "me"));
  });
  it("does nothing in a dry run", async (client) => {
    await client.create(Note, note("a"), { dryRun: true });
    await assert.rejects(client.get(Note, NAMES), refused("NotFound"));
  });
  it("deletes under preconditions, one by one and all at once", async (client) => {
    const made = await client.create(Note, note("a"));
    await assert.rejects(client.delete(Note, NAMES, { preconditions: { uid: "another" } }), refused("Conflict"));
    await client.delete(Note, NAMES, { preconditions: { uid: made.metadata.uid } });
    await assert.rejects(client.get(Note, NAMES), refused("NotFound"));
    for (const name of ["b", "c"]) await client.create(Note, note(name));
    await client.deleteCollection(Note, { namespace: "demo" });
    assert.deepEqual((await client.list(Note)).items, []);
  });
  it("keeps an object that finalizers hold, and lets it go with the last of them", async (client) => {
    await client.create(Note, { metadata: { ...NAMES, finalizers: ["kaji.test/hold"] } });
    await client.delete(Note, NAMES);
    assert.ok((await client.get(Note, NAMES)).metadata.deletionTimestamp);
    await client.patch(Note, NAMES, { type: "merge", body: { metadata: { finalizers: null } } });
    await assert.rejects(client.get(Note, NAMES), refused("NotFound"));
  });
}

function watches(it: It): void {
  /** Events until there are `count`, as `TYPE name`. */
  const taken = async (events: AsyncIterable<WatchEvent<Note>>, count: number): Promise<string[]> => {
    const seen: string[] = [];
    for await (const event of events) {
      if (event.type === "BOOKMARK") {
        if (event.initialEnd) seen.push("END");
      } else {
        assert.ok(Object.isFrozen(event.object));
        assert.equal(event.object.kind, "Note");
        seen.push(`${event.type} ${event.object.metadata.name}`);
      }
      if (seen.length === count) break;
    }
    return seen;
  };
  it("watches from a version on", async (client) => {
    await client.create(Note, note("a"));
    const { metadata: meta } = await client.list(Note);
    const seen = taken(client.watch(Note, { resourceVersion: meta.resourceVersion }), 3);
    await client.create(Note, note("b"));
    await client.patch(Note, NAMES, { type: "merge", body: { data: { x: "1" } } });
    await client.delete(Note, NAMES);
    assert.deepEqual(await seen, ["ADDED b", "MODIFIED a", "DELETED a"]);
  });
  it("begins with the present state where that is asked for", async (client) => {
    await client.create(Note, note("a"));
    await client.create(Note, note("b"));
    const seen = taken(client.watch(Note, { namespace: "demo", sendInitialEvents: true }), 4);
    await client.create(Note, note("c"));
    const all = await seen;
    assert.ok(all.indexOf("END") >= 2, "the end of the present state is told after it");
    assert.deepEqual(all.filter((event) => event !== "END").sort(), ["ADDED a", "ADDED b", "ADDED c"]);
  });
  it("ends a watch quietly when its signal aborts", async (client) => {
    const stop = new AbortController();
    const events = taken(client.watch(Note, { resourceVersion: "0", signal: stop.signal }), Infinity);
    await client.create(Note, note("a"));
    stop.abort();
    assert.ok((await events).length <= 1);
  });
}
