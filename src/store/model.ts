// A naive store, and the property that a real one agrees with it. It refuses to be fast: all states are kept whole.
import assert from "node:assert/strict";
import fc from "fast-check";
import { CompactedError } from "./store.ts";
import type { Change, Commit, Entry, Revision, Store } from "./store.ts";

const KEYS = ["a", "a/1", "a/2", "a/\u{1F600}", "a/\uffee", "b/1", "b/2", "c"];
const PREFIXES = ["", "a", "a/", "b/", "c", "d"];

/** A step of the property: a commit, or that older revisions are forgotten (a share of the current revision). */
type Step =
  | { readonly do: "commit"; readonly writes: readonly Write[]; readonly compare: Comparison | undefined }
  | { readonly do: "forget"; readonly share: number; readonly neverKeep: readonly string[] };
interface Write {
  readonly key: string;
  /** undefined: delete. */
  readonly value: number | undefined;
}
interface Comparison {
  readonly key: string;
  readonly holds: boolean;
}

const aKey = fc.constantFrom(...KEYS);
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      writes: fc.uniqueArray(fc.record({ key: aKey, value: fc.option(fc.nat(255), { nil: undefined }) }), {
        selector: ({ key }) => key,
        maxLength: 3,
      }),
      compare: fc.option(fc.record({ key: aKey, holds: fc.boolean() }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("forget" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      neverKeep: fc.subarray(["a/", "c"]),
    }),
  },
);

class Model {
  revision: Revision = 1;
  compacted: Revision = 0;
  /** What was there at each revision; index 0 and 1 are empty. */
  readonly states: ReadonlyMap<string, Entry>[] = [new Map(), new Map()];
  readonly changes: Change[] = [];

  commit({ compare, puts = [], deletes = [] }: Commit): boolean {
    const state = new Map(this.states[this.revision]);
    if (compare.some(({ key, revision }) => (state.get(key)?.revision ?? 0) !== revision)) return false;
    const revision = this.revision + 1;
    const made: Change[] = [];
    for (const { key, value } of puts) {
      const previous = state.get(key);
      state.set(key, { key, value, revision, created: previous?.created ?? revision });
      made.push({ key, revision, value, previous });
    }
    for (const key of deletes) {
      const previous = state.get(key);
      if (state.delete(key)) made.push({ key, revision, value: undefined, previous });
    }
    if (made.length === 0) return true;
    this.changes.push(...made);
    this.states.push(state);
    this.revision = revision;
    return true;
  }

  range(prefix: string, revision: Revision): Entry[] {
    const entries = [...this.states[revision]!.values()].filter(({ key }) => key.startsWith(prefix));
    return entries.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }
}

/** Random steps, some of them at once, then every kept revision, page by page, and watches from every one. */
export async function storeMatchesModel(open: () => Promise<Store>, runs = 30): Promise<void> {
  const property = fc.asyncProperty(
    fc.array(aStep, { minLength: 1, maxLength: 60 }),
    fc.nat(4),
    async (steps, together) => {
      const store = await open();
      const model = new Model();
      const ends = new AbortController();
      const live = collect(store, "", 1, ends.signal);
      try {
        await play(store, model, steps, together);
        await compare(store, model);
        await until(() => live.changes.length >= model.changes.length, store);
        assert.deepEqual(plain(live.changes), plain(model.changes));
      } finally {
        ends.abort();
        await live.ended;
        await store.close();
      }
    },
  );
  await fc.assert(property, { numRuns: runs });
}

async function play(store: Store, model: Model, steps: readonly Step[], together: number): Promise<void> {
  let waiting: Promise<void>[] = [];
  for (const step of steps) {
    if (step.do === "commit") {
      const commit = commitOf(step, model);
      const expected = model.commit(commit);
      const { revision } = model;
      const check = async () => {
        const done = await store.commit(commit);
        assert.deepEqual([done.ok, done.revision], [expected, revision]);
      };
      waiting.push(check());
      if (waiting.length <= together) continue;
    }
    await Promise.all(waiting);
    waiting = [];
    if (step.do === "commit") continue;
    model.compacted = Math.max(model.compacted, Math.max(1, Math.floor(model.revision * step.share)));
    await store.compact(model.compacted);
    await store.trim({ keepMs: 0, keepBytes: 100, neverKeep: step.neverKeep });
  }
  await Promise.all(waiting);
}

function commitOf(step: Extract<Step, { do: "commit" }>, model: Model): Commit {
  const at = (key: string) => model.states[model.revision]!.get(key)?.revision ?? 0;
  const wanted = step.compare;
  return {
    compare: wanted === undefined ? [] : [{ key: wanted.key, revision: at(wanted.key) + (wanted.holds ? 0 : 1) }],
    puts: step.writes.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value: Uint8Array.of(value) }])),
    deletes: step.writes.filter(({ value }) => value === undefined).map(({ key }) => key),
    cause: { user: "property", request: `after ${model.revision}` },
  };
}

async function compare(store: Store, model: Model): Promise<void> {
  assert.equal(store.revision(), model.revision);
  for (let revision = Math.max(1, model.compacted); revision <= model.revision; revision++) {
    for (const prefix of PREFIXES) {
      const expected = model.range(prefix, revision);
      assert.deepEqual(plain((await store.range({ prefix, revision })).entries), plain(expected));
      const limit = 1 + (revision % 3);
      const page = await store.range({ prefix, revision, limit });
      assert.deepEqual(plain(page.entries), plain(expected.slice(0, limit)));
      assert.deepEqual([page.next, page.remaining], [expected[limit]?.key, Math.max(0, expected.length - limit)]);
      if (page.next === undefined) continue;
      const rest = await store.range({ prefix, revision, from: page.next, limit });
      assert.deepEqual(plain(rest.entries), plain(expected.slice(limit, 2 * limit)));
      assert.equal(rest.remaining, Math.max(0, expected.length - 2 * limit));
    }
    const key = KEYS[revision % KEYS.length]!;
    assert.deepEqual((await store.get(key, { revision })).entry, model.states[revision]!.get(key));
    const prefix = PREFIXES[revision % PREFIXES.length]!;
    const expected = model.changes.filter((c) => c.revision > revision && c.key.startsWith(prefix));
    const ends = new AbortController();
    const seen = collect(store, prefix, revision, ends.signal);
    await until(() => seen.changes.length >= expected.length, store);
    ends.abort();
    await seen.ended;
    assert.deepEqual(plain(seen.changes), plain(expected));
  }
  if (model.compacted > 1) await assert.rejects(store.get("a", { revision: model.compacted - 1 }), CompactedError);
}

/** Reads a watch into an array until the signal aborts. */
function collect(
  store: Store,
  prefix: string,
  after: Revision,
  signal: AbortSignal,
): { changes: Change[]; ended: Promise<void> } {
  const changes: Change[] = [];
  const ended = (async () => {
    for await (const batch of store.watch({ prefix, after, signal })) changes.push(...batch.changes);
  })();
  return { changes, ended };
}

/** Lets the store work until it is so; each turn is a read, which is a microtask or a trip to a thread. */
async function until(isSo: () => boolean, store: Store): Promise<void> {
  for (let turn = 0; turn < 200 && !isSo(); turn++) await store.get("a");
}

/** Without classes and order of fields, so that they compare. */
function plain(items: readonly (Entry | Change)[]): unknown[] {
  return items.map((item) => {
    const created = "created" in item ? item.created : undefined;
    const previous = "previous" in item && item.previous ? plain([item.previous]) : undefined;
    return [item.key, item.revision, item.value && [...item.value], created, previous];
  });
}
