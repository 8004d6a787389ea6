// The conformance suite of the Store contract: every implementation passes it, each sentence of store.ts is a test.
// It refuses to know an implementation: what only one can fail at (files, threads) is tested beside that one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import { storeMatchesModel } from "./model.ts";
import { CompactedError, FutureRevisionError, SlowWatcherError, StoreClosedError, TrimmedError } from "./store.ts";
import type { Cause, Change, Commit, CommitResult, Revision, Store, WatchBatch } from "./store.ts";

/** Opens an empty store. `lag` is asked for where a test wants slow watchers thrown out early. */
export type OpenStore = (options: { clock: Clock; lag?: { changes: number; bytes: number } }) => Promise<Store>;

export const cause: Cause = { user: "alice", request: "update core/configmaps demo/a" };
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

/** A clock whose wall time the test sets; everything else is the machine's. */
export function settableClock(): Clock & { at: number } {
  return { ...systemClock, at: 1_000_000, now(): number { return this.at; } };
}

/** Puts one key and returns the revision. */
export async function put(store: Store, key: string, value: string): Promise<Revision> {
  const done = await store.commit({ compare: [], puts: [{ key, value: bytes(value) }], cause });
  assert.ok(done.ok);
  return done.revision;
}

export async function remove(store: Store, key: string): Promise<CommitResult> {
  return store.commit({ compare: [], deletes: [key], cause });
}

/** Reads a watch until it saw `count` changes. */
export async function changesOf(store: Store, prefix: string, after: Revision, count: number): Promise<Change[]> {
  const changes: Change[] = [];
  const end = new AbortController();
  if (count === 0) return changes;
  for await (const batch of store.watch({ prefix, after, signal: end.signal })) {
    changes.push(...batch.changes);
    if (changes.length >= count) break;
  }
  return changes;
}

const brief = (changes: readonly Change[]): unknown[] =>
  changes.map((c) => [c.key, c.revision, text(c.value), text(c.previous?.value)]);

export function storeSuite(name: string, open: OpenStore): void {
  const it = (title: string, body: (store: Store, clock: Clock & { at: number }) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const clock = settableClock();
      const store = await open({ clock });
      try {
        await body(store, clock);
      } finally {
        await store.close();
      }
    });
  };
  commits(it);
  reads(it);
  watches(it);
  slowWatches(name, open);
  compaction(it);
  histories(it);
  trims(it);
  closing(it);
  test(`${name}: any commits, reads and watches are as a naive model has them`, async () => {
    await storeMatchesModel(() => open({ clock: systemClock }));
  });
}

type It = (title: string, body: (store: Store, clock: Clock & { at: number }) => Promise<void>) => void;

function commits(it: It): void {
  it("is at revision 1 when new, and each commit gives one new revision to all it changes", async (store) => {
    assert.equal(store.revision(), 1);
    const two = [{ key: "a/1", value: bytes("x") }, { key: "b/1", value: bytes("y") }];
    assert.deepEqual(await store.commit({ compare: [], puts: two, cause }), { ok: true, revision: 2 });
    const done = await store.commit({ compare: [], puts: [two[0]!], deletes: ["b/1"], cause });
    assert.deepEqual(done, { ok: true, revision: 3 });
    assert.equal(store.revision(), 3);
    const { entries } = await store.range({ prefix: "" });
    assert.deepEqual(entries.map((e) => [e.key, e.revision, e.created]), [["a/1", 3, 2]]);
  });
  it("does nothing when one comparison fails, and says what is there", async (store) => {
    const at = await put(store, "a", "1");
    const commit: Commit = {
      compare: [{ key: "a", revision: at }, { key: "b", revision: 7 }, { key: "c", revision: 0 }],
      puts: [{ key: "c", value: bytes("new") }],
      deletes: ["a"],
      cause,
    };
    const done = await store.commit(commit);
    assert.ok(!done.ok);
    assert.equal(done.revision, at);
    assert.deepEqual(done.current.map((e) => [e.key, text(e.value), e.revision]), [["a", "1", at]]);
    assert.equal((await store.get("c")).entry, undefined);
    assert.equal(store.revision(), at);
  });
  it("takes revision 0 for an absent key, also after a deletion", async (store) => {
    const create: Commit = { compare: [{ key: "a", revision: 0 }], puts: [{ key: "a", value: bytes("1") }], cause };
    assert.ok((await store.commit(create)).ok);
    assert.ok(!(await store.commit(create)).ok);
    await remove(store, "a");
    const again = await store.commit(create);
    assert.deepEqual(again, { ok: true, revision: 4 });
    assert.equal((await store.get("a")).entry?.created, 4);
  });
  it("gives no revision to a commit that changes nothing", async (store) => {
    assert.deepEqual(await remove(store, "absent"), { ok: true, revision: 1 });
    assert.deepEqual(await store.commit({ compare: [{ key: "a", revision: 0 }], cause }), { ok: true, revision: 1 });
    assert.equal(store.revision(), 1);
  });
  it("applies commits in call order, each compared with the one before", async (store) => {
    const next = (revision: Revision, value: string) =>
      store.commit({ compare: [{ key: "a", revision }], puts: [{ key: "a", value: bytes(value) }], cause });
    const done = await Promise.all([next(0, "1"), next(0, "2"), next(2, "3"), next(2, "4"), next(3, "5")]);
    assert.deepEqual(done.map(({ ok, revision }) => [ok, revision]), [
      [true, 2], [false, 2], [true, 3], [false, 3], [true, 4],
    ]);
    assert.ok(!done[1]!.ok && text(done[1]!.current[0]?.value) === "1");
    assert.equal(text((await store.get("a")).entry?.value), "5");
  });
  it("keeps empty values and large ones as they are", async (store) => {
    const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
    const puts = [{ key: "empty", value: new Uint8Array(0) }, { key: "large", value: large }];
    assert.ok((await store.commit({ compare: [], puts, cause })).ok);
    assert.equal((await store.get("empty")).entry?.value.length, 0);
    assert.deepEqual(Buffer.compare((await store.get("large")).entry!.value, large), 0);
    assert.equal(large.length, 3_000_000, "the caller's bytes stay the caller's");
  });
  it("refuses keys that are no text, a key named twice, too many changes", async (store) => {
    const value = bytes("x");
    for (const key of ["", "a\0b", "\ud800"]) {
      await assert.rejects(store.commit({ compare: [], puts: [{ key, value }], cause }), TypeError);
    }
    const twice: Commit = { compare: [], puts: [{ key: "a", value }], deletes: ["a"], cause };
    await assert.rejects(store.commit(twice), TypeError);
    const puts = Array.from({ length: 1001 }, (_, i) => ({ key: `k${i}`, value }));
    await assert.rejects(store.commit({ compare: [], puts, cause }), TypeError);
    assert.ok((await store.commit({ compare: [], puts: puts.slice(1), cause })).ok);
    assert.equal((await store.range({ prefix: "k", limit: 1 })).remaining, 999);
    assert.equal(store.revision(), 2);
  });
}

function reads(it: It): void {
  it("gives entries in byte order of the keys", async (store) => {
    const keys = ["a/b", "a-b", "a/", "a/\u{1F600}", "a/\uff5e", "a/z", "A", "é", "\u{10FFFF}", "\ud7ff", "\ue000"];
    for (const key of keys) await put(store, key, key);
    const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const read = async (prefix: string) => (await store.range({ prefix })).entries.map((e) => e.key);
    assert.deepEqual(await read(""), sorted);
    for (const prefix of ["a/", "a", "\u{10FFFF}", "\ud7ff", "\ue000", "é"]) {
      assert.deepEqual(await read(prefix), sorted.filter((key) => key.startsWith(prefix)), JSON.stringify(prefix));
    }
    const old = await store.range({ prefix: "", revision: store.revision() - 2 });
    assert.deepEqual(old.entries.map((e) => e.key), sorted.filter((key) => key !== "\ud7ff" && key !== "\ue000"));
  });
  it("limits, says the next key and how many remain, and goes on from there", async (store) => {
    for (let i = 0; i < 10; i++) await put(store, `p/${i}`, "x");
    await put(store, "q/0", "x");
    const first = await store.range({ prefix: "p/", limit: 4 });
    assert.deepEqual([first.entries.length, first.next, first.remaining, first.revision], [4, "p/4", 6, 12]);
    await remove(store, "p/7");
    await put(store, "p/45", "new");
    const second = await store.range({ prefix: "p/", from: first.next!, limit: 4, revision: first.revision });
    assert.deepEqual(second.entries.map((e) => e.key), ["p/4", "p/5", "p/6", "p/7"]);
    assert.deepEqual([second.next, second.remaining, second.revision], ["p/8", 2, 12]);
    const last = await store.range({ prefix: "p/", from: "p/8", limit: 4, revision: 12 });
    assert.deepEqual([last.entries.length, last.next, last.remaining], [2, undefined, 0]);
    const exact = await store.range({ prefix: "p/", limit: 10 });
    assert.deepEqual([exact.entries.length, exact.next, exact.remaining], [10, undefined, 0]);
    const none = await store.range({ prefix: "p/", limit: 0 });
    assert.deepEqual([none.entries.length, none.next, none.remaining], [0, "p/0", 10]);
  });
  it("keeps to the prefix whatever `from` says", async (store) => {
    for (const key of ["a/1", "b/1", "b/2", "c/1"]) await put(store, key, "x");
    const keys = async (from: string) => (await store.range({ prefix: "b/", from })).entries.map((e) => e.key);
    assert.deepEqual(await keys("a/"), ["b/1", "b/2"]);
    assert.deepEqual(await keys("b/11"), ["b/2"]);
    assert.deepEqual(await keys("c"), []);
  });
  it("reads at an old revision what was there then", async (store) => {
    const first = await put(store, "a", "1");
    const second = await put(store, "a", "2");
    const third = (await remove(store, "a")).revision;
    const fourth = await put(store, "a", "4");
    const seen = async (revision: Revision) => {
      const { entry, revision: view } = await store.get("a", { revision });
      assert.equal(view, revision);
      const { entries } = await store.range({ prefix: "", revision });
      assert.deepEqual(entries[0], entry);
      return entry && [text(entry.value), entry.revision, entry.created];
    };
    assert.equal(await seen(1), undefined);
    assert.deepEqual(await seen(first), ["1", first, first]);
    assert.deepEqual(await seen(second), ["2", second, first]);
    assert.equal(await seen(third), undefined);
    assert.deepEqual(await seen(fourth), ["4", fourth, fourth]);
  });
  it("throws FutureRevisionError beyond the current revision, RangeError for what is none", async (store) => {
    await put(store, "a", "1");
    const future = (error: unknown) => error instanceof FutureRevisionError && error.current === 2;
    await assert.rejects(store.get("a", { revision: 3 }), future);
    await assert.rejects(store.range({ prefix: "", revision: 3 }), future);
    await assert.rejects(store.compact(3), future);
    for (const revision of [0, -1, 1.5, NaN]) await assert.rejects(store.get("a", { revision }), RangeError);
    assert.throws(() => store.watch({ prefix: "", after: -1, signal: AbortSignal.abort() }), RangeError);
  });
}

function watches(it: It): void {
  it("delivers the kept changes and then new ones, without a gap, with previous values", async (store) => {
    await put(store, "a/1", "1");
    await put(store, "a/1", "2");
    const seen = changesOf(store, "a/", 2, 4);
    await put(store, "b/1", "other");
    await remove(store, "a/1");
    await put(store, "a/1", "5");
    await put(store, "a/2", "6");
    assert.deepEqual(brief(await seen), [
      ["a/1", 3, "2", "1"], ["a/1", 5, undefined, "2"], ["a/1", 6, "5", undefined], ["a/2", 7, "6", undefined],
    ]);
    const [, again] = await changesOf(store, "a/", 1, 2);
    assert.deepEqual([again?.previous?.key, again?.previous?.revision, again?.previous?.created], ["a/1", 2, 2]);
  });
  it("delivers whole commits only", async (store) => {
    const ends = new AbortController();
    const both = (value: string) => store.commit({
      compare: [], puts: ["x/1", "x/2"].map((key) => ({ key, value: bytes(value) })), cause,
    });
    await both("1");
    const batches: WatchBatch[] = [];
    const reading = (async () => {
      for await (const batch of store.watch({ prefix: "x/", after: 1, signal: ends.signal })) {
        batches.push(batch);
        if (batch.revision >= 4) return;
      }
    })();
    await Promise.all([both("2"), both("3")]);
    await reading;
    assert.equal(batches.flatMap((b) => b.changes).length, 6);
    for (const batch of batches) {
      assert.equal(batch.changes.length % 2, 0);
      assert.ok(batch.changes.every((c) => c.revision <= batch.revision));
    }
  });
  it("waits silently after a future revision, and tells progress only when asked", async (store) => {
    const ends = new AbortController();
    const future = changesOf(store, "a/", 4, 1);
    const progress = (async () => {
      const revisions: Revision[] = [];
      const watch = { prefix: "a/", after: 1, signal: ends.signal, progress: true };
      for await (const { changes, revision } of store.watch(watch)) {
        assert.ok(changes.length === 0 || changes[0]!.key === "a/5");
        revisions.push(revision);
        if (revision === 5) return revisions;
      }
      return revisions;
    })();
    for (const key of ["a/", "b/", "b/"].map((p, i) => (i === 0 ? "b/0" : `${p}${i}`))) await put(store, key, "x");
    await put(store, "a/5", "x");
    assert.deepEqual((await progress).at(-1), 5);
    assert.deepEqual(brief(await future), [["a/5", 5, "x", undefined]]);
  });
  it("ends quietly when the signal aborts: before, while waiting, while reading", async (store) => {
    await put(store, "a", "1");
    const count = async (signal: AbortSignal, onBatch: () => void = () => {}) => {
      let batches = 0;
      for await (const _ of store.watch({ prefix: "", after: 1, signal })) {
        batches++;
        onBatch();
      }
      return batches;
    };
    assert.equal(await count(AbortSignal.abort()), 0);
    const inside = new AbortController();
    assert.equal(await count(inside.signal, () => inside.abort()), 1);
    const waiting = new AbortController();
    const counted = count(waiting.signal);
    await put(store, "b", "1");
    await store.get("b");
    waiting.abort();
    assert.ok((await counted) <= 2);
  });
  it("gives many watchers the same order", async (store) => {
    const watchers = Array.from({ length: 20 }, (_, i) => changesOf(store, "", 1, 50 - (i % 2)));
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(store, `k/${i % 7}`, String(i))));
    const [first, ...others] = (await Promise.all(watchers)).map((changes) => brief(changes).slice(0, 49));
    for (const other of others) assert.deepEqual(other, first);
  });
}

function slowWatches(name: string, open: OpenStore): void {
  test(`${name}: throws out a watcher that lags, by changes or by bytes, and nobody else`, async () => {
    for (const lag of [{ changes: 10, bytes: 1e9 }, { changes: 1e9, bytes: 10 }]) {
      const store = await open({ clock: systemClock, lag });
      const ends = new AbortController();
      await put(store, "a", "0");
      const slow = store.watch({ prefix: "", after: 1, signal: ends.signal })[Symbol.asyncIterator]();
      const other = store.watch({ prefix: "b", after: 1, signal: ends.signal })[Symbol.asyncIterator]();
      assert.equal((await slow.next()).value?.changes.length, 1);
      const waiting = other.next();
      for (let i = 0; i < 12; i++) await put(store, "a", `value ${i}`);
      await assert.rejects(slow.next(), SlowWatcherError);
      await put(store, "b", "1");
      assert.equal((await waiting).value?.changes.length, 1);
      ends.abort();
      await store.close();
    }
  });
}

function compaction(it: It): void {
  it("reads and watches before the compacted revision get CompactedError, at it they do not", async (store) => {
    for (let i = 0; i < 5; i++) await put(store, "a", String(i));
    await store.compact(4);
    const compacted = (error: unknown) => error instanceof CompactedError && error.compacted === 4;
    await assert.rejects(store.get("a", { revision: 3 }), compacted);
    await assert.rejects(store.range({ prefix: "", revision: 3 }), compacted);
    await assert.rejects(changesOf(store, "", 3, 1), compacted);
    assert.equal(text((await store.get("a", { revision: 4 })).entry?.value), "2");
    assert.deepEqual(brief(await changesOf(store, "", 4, 2)), [["a", 5, "3", "2"], ["a", 6, "4", "3"]]);
    await store.compact(2);
    await assert.rejects(store.get("a", { revision: 3 }), compacted, "never goes back");
  });
  it("compaction leaves history and running watches alone", async (store) => {
    const ends = new AbortController();
    const watch = store.watch({ prefix: "a", after: 1, signal: ends.signal })[Symbol.asyncIterator]();
    await put(store, "a", "1");
    assert.equal((await watch.next()).value?.revision, 2);
    for (let i = 0; i < 5; i++) await put(store, "a", String(i));
    await store.compact(store.revision());
    await store.trim({ keepMs: 0, keepBytes: 0, neverKeep: [] });
    await put(store, "a", "last");
    const seen: Change[] = [];
    while (seen.length < 6) seen.push(...(await watch.next()).value!.changes);
    assert.deepEqual(seen.map((c) => c.revision), [3, 4, 5, 6, 7, 8]);
    ends.abort();
  });
}

function histories(it: It): void {
  it("tells the changes of one key, newest first, with cause and time", async (store, clock) => {
    const why: Cause = { user: "bob", request: "delete a", requestId: "id-1", reactedTo: [2, 3] };
    await put(store, "a", "1");
    await put(store, "ab", "other");
    clock.at += 5000;
    await store.commit({ compare: [], deletes: ["a"], cause: why });
    const found = await store.history({ key: "a" });
    assert.deepEqual(found.map((c) => [c.revision, text(c.value), text(c.previous?.value), c.cause, c.at]), [
      [4, undefined, "1", why, 1_005_000],
      [2, "1", undefined, cause, 1_000_000],
    ]);
    assert.deepEqual((await store.history({ key: "a", limit: 1 })).map((c) => c.revision), [4]);
    assert.deepEqual((await store.history({ key: "a", from: 3 })).map((c) => c.revision), [4]);
    assert.deepEqual(await store.history({ key: "absent" }), []);
  });
}

function trims(it: It): void {
  const forget = { keepMs: 0, keepBytes: 0, neverKeep: [] };
  it("forgets nothing that reads and watches still reach", async (store, clock) => {
    for (let i = 0; i < 5; i++) await put(store, "a", String(i));
    clock.at += 1;
    await store.trim(forget);
    assert.equal(text((await store.get("a", { revision: 2 })).entry?.value), "0");
    assert.equal((await store.history({ key: "a", from: 1 })).length, 5);
    await store.compact(4);
    await store.trim(forget);
    assert.equal(text((await store.get("a", { revision: 4 })).entry?.value), "2");
    assert.deepEqual(brief(await changesOf(store, "", 4, 2)), [["a", 5, "3", "2"], ["a", 6, "4", "3"]]);
    assert.deepEqual((await store.history({ key: "a" })).map((c) => c.revision), [6, 5, 4]);
    await assert.rejects(store.history({ key: "a", from: 3 }), (e) => e instanceof TrimmedError && e.oldest === 4);
  });
  it("keeps current values, forgets deleted ones", async (store, clock) => {
    await put(store, "lives", "1");
    await put(store, "dies", "2");
    await remove(store, "dies");
    await put(store, "other", "3");
    clock.at += 1;
    await store.compact(store.revision());
    await store.trim(forget);
    assert.deepEqual((await store.range({ prefix: "" })).entries.map((e) => [e.key, text(e.value)]), [
      ["lives", "1"], ["other", "3"],
    ]);
    assert.deepEqual(await store.history({ key: "dies" }), []);
    const done = await store.commit({ compare: [{ key: "dies", revision: 0 }], puts: [{ key: "dies", value: bytes("") }], cause });
    assert.deepEqual(done, { ok: true, revision: 6 });
    assert.deepEqual(await remove(store, "lives"), { ok: true, revision: 7 });
  });
  it("keeps what is young or among the newest bytes", async (store, clock) => {
    for (let i = 0; i < 10; i++) {
      await put(store, "a", "x".repeat(1000));
      clock.at += 1000;
    }
    await store.compact(store.revision());
    const kept = async (keepMs: number, keepBytes: number) => {
      await store.trim({ keepMs, keepBytes, neverKeep: [] });
      return (await store.history({ key: "a" })).length;
    };
    assert.equal(await kept(Infinity, 0), 10);
    assert.equal(await kept(0, Infinity), 10);
    assert.equal(await kept(8000, 5500), 8);
    assert.equal(await kept(1000, 5500), 5);
    assert.equal(await kept(2000, 10), 2);
    assert.equal((await store.range({ prefix: "" })).entries.length, 1);
  });
  it("never keeps history below the named prefixes", async (store, clock) => {
    for (let i = 0; i < 60; i++) {
      await put(store, "leases/a", `lease ${i}`);
      await put(store, "pods/a", `pod ${i}`);
    }
    await put(store, "leases/b", "gone");
    await remove(store, "leases/b");
    await put(store, "pods/b", "last");
    clock.at += 1;
    await store.compact(store.revision() - 5);
    await store.trim({ keepMs: Infinity, keepBytes: 0, neverKeep: ["leases/"] });
    const oldest = store.revision() - 5;
    assert.deepEqual((await store.history({ key: "leases/a" })).map((c) => c.revision).every((r) => r >= oldest), true);
    await assert.rejects(store.history({ key: "leases/a", from: 5 }), TrimmedError);
    assert.equal((await store.history({ key: "pods/a", from: 1 })).length, 60);
    assert.equal(text((await store.get("leases/a")).entry?.value), "lease 59");
    assert.equal((await store.range({ prefix: "leases/" })).entries.length, 1);
    assert.equal((await changesOf(store, "", oldest, 5)).length, 5);
  });
}

function closing(it: It): void {
  it("close finishes accepted commits, ends watches, and then everything says it is closed", async (store) => {
    const ends = new AbortController();
    const seen: Change[] = [];
    const reading = (async () => {
      for await (const batch of store.watch({ prefix: "", after: 1, signal: ends.signal })) seen.push(...batch.changes);
    })();
    const failed = assert.rejects(reading, StoreClosedError);
    await put(store, "a", "0");
    const accepted = Array.from({ length: 20 }, (_, i) => put(store, `a/${i}`, "x"));
    const closed = store.close();
    assert.equal(new Set(await Promise.all(accepted)).size, 20);
    await closed;
    await failed;
    assert.equal(seen.length, 21);
    await store.close();
    const closedError = (error: unknown) => error instanceof StoreClosedError;
    await assert.rejects(store.get("a"), closedError);
    await assert.rejects(store.range({ prefix: "" }), closedError);
    await assert.rejects(put(store, "a", "1"), closedError);
    await assert.rejects(store.history({ key: "a" }), closedError);
    await assert.rejects(store.compact(1), closedError);
    await assert.rejects(store.trim({ keepMs: 0, keepBytes: 0, neverKeep: [] }), closedError);
    await assert.rejects(changesOf(store, "", 1, 1), closedError);
  });
}
