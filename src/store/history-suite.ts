// The part of the conformance suite about time: watches, compaction, history, trimming. It refuses to run by itself:
// suite.ts lists it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import { bytes, cause, changesOf, put, remove, text } from "./probe.ts";
import { CompactedError, SlowWatcherError, TrimmedError } from "./store.ts";
import type { Cause, Change, Revision, Store, WatchBatch } from "./store.ts";

/** Opens an empty store. `lag` is asked for where a test wants slow watchers thrown out early. */
export type OpenStore = (options: { clock: Clock; lag?: { changes: number; bytes: number } }) => Promise<Store>;

/** One test of the suite, with an empty store and its clock. */
export type It = (title: string, body: (store: Store, clock: Clock & { at: number }) => Promise<void>) => void;

const brief = (changes: readonly Change[]): unknown[] =>
  changes.map((c) => [c.key, c.revision, text(c.value), text(c.previous?.value)]);

export function watches(it: It): void {
  it("delivers the kept changes and then new ones, without a gap, with previous values", async (store) => {
    await put(store, "a/1", "1");
    await put(store, "a/1", "2");
    const seen = changesOf(store, "a/", 2, 4);
    await put(store, "b/1", "other");
    await remove(store, "a/1");
    await put(store, "a/1", "5");
    await put(store, "a/2", "6");
    assert.deepEqual(brief(await seen), [
      ["a/1", 3, "2", "1"],
      ["a/1", 5, undefined, "2"],
      ["a/1", 6, "5", undefined],
      ["a/2", 7, "6", undefined],
    ]);
    const [, again] = await changesOf(store, "a/", 1, 2);
    assert.deepEqual([again?.previous?.key, again?.previous?.revision, again?.previous?.created], ["a/1", 2, 2]);
  });
  it("shows the previous value that the writer holds", async (store) => {
    await put(store, "a/1", "1");
    const seen = changesOf(store, "a/", 2, 2);
    const held = (revision: number, value: string) => [{ key: "a/1", revision, value: bytes(value) }];
    assert.ok((await store.commit({ compare: held(2, "1"), puts: [{ key: "a/1", value: bytes("2") }], cause })).ok);
    const late = await store.commit({ compare: held(2, "1"), deletes: ["a/1"], cause });
    assert.deepEqual(late.ok ? [] : late.current.map(({ revision, value }) => [revision, text(value)]), [[3, "2"]]);
    assert.ok((await store.commit({ compare: held(3, "2"), deletes: ["a/1"], cause })).ok);
    assert.deepEqual(brief(await seen), [
      ["a/1", 3, "2", "1"],
      ["a/1", 4, undefined, "2"],
    ]);
    const [first] = await changesOf(store, "a/", 2, 1);
    assert.deepEqual([first?.previous?.key, first?.previous?.revision, first?.previous?.created], ["a/1", 2, 2]);
  });
  it("delivers whole commits only", async (store) => {
    const ends = new AbortController();
    // Three of these are more than any step of reading back takes at once.
    const triple = (value: string) => {
      const puts = ["x/1", "x/2", "x/3"].map((key) => ({ key, value: bytes(value.repeat(600_000)) }));
      return store.commit({ compare: [], puts, cause });
    };
    await triple("1");
    await triple("2");
    const batches: WatchBatch[] = [];
    const reading = (async () => {
      for await (const batch of store.watch({ prefix: "x/", after: 1, signal: ends.signal })) {
        batches.push(batch);
        if (batch.revision >= 5) return;
      }
    })();
    await Promise.all([triple("3"), triple("4")]);
    await reading;
    assert.equal(batches.flatMap((batch) => batch.changes).length, 12);
    for (const batch of batches) {
      assert.equal(batch.changes.length % 3, 0);
      assert.ok(batch.changes.every((change) => change.revision <= batch.revision));
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

export function slowWatches(name: string, open: OpenStore): void {
  test(`${name}: throws out a watcher that lags, by changes or by bytes, and nobody else`, async () => {
    for (const lag of [
      { changes: 10, bytes: 1e9 },
      { changes: 1e9, bytes: 10 },
    ]) {
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

export function compaction(it: It): void {
  it("reads and watches before the compacted revision get CompactedError, at it they do not", async (store) => {
    for (let i = 0; i < 5; i++) await put(store, "a", String(i));
    await store.compact(4);
    const compacted = (error: unknown) => error instanceof CompactedError && error.compacted === 4;
    await assert.rejects(store.get("a", { revision: 3 }), compacted);
    await assert.rejects(store.range({ prefix: "", revision: 3 }), compacted);
    await assert.rejects(changesOf(store, "", 3, 1), compacted);
    assert.equal(text((await store.get("a", { revision: 4 })).entry?.value), "2");
    assert.deepEqual(brief(await changesOf(store, "", 4, 2)), [
      ["a", 5, "3", "2"],
      ["a", 6, "4", "3"],
    ]);
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
    assert.deepEqual(
      seen.map((c) => c.revision),
      [3, 4, 5, 6, 7, 8],
    );
    ends.abort();
  });
}

export function histories(it: It): void {
  it("tells the changes of one key, newest first, with cause and time", async (store, clock) => {
    const why: Cause = { user: "bob", request: "delete a", requestId: "id-1", reactedTo: [2, 3] };
    await put(store, "a", "1");
    await put(store, "ab", "other");
    clock.at += 5000;
    await store.commit({ compare: [], deletes: ["a"], cause: why });
    const found = await store.history({ key: "a" });
    assert.deepEqual(
      found.map((c) => [c.revision, text(c.value), text(c.previous?.value), c.cause, c.at]),
      [
        [4, undefined, "1", why, 1_005_000],
        [2, "1", undefined, cause, 1_000_000],
      ],
    );
    assert.deepEqual(
      (await store.history({ key: "a", limit: 1 })).map((c) => c.revision),
      [4],
    );
    assert.deepEqual(
      (await store.history({ key: "a", from: 3 })).map((c) => c.revision),
      [4],
    );
    assert.deepEqual(await store.history({ key: "absent" }), []);
  });
}

export function trims(it: It): void {
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
    assert.deepEqual(brief(await changesOf(store, "", 4, 2)), [
      ["a", 5, "3", "2"],
      ["a", 6, "4", "3"],
    ]);
    assert.deepEqual(
      (await store.history({ key: "a" })).map((c) => c.revision),
      [6, 5, 4],
    );
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
    assert.deepEqual(
      (await store.range({ prefix: "" })).entries.map((e) => [e.key, text(e.value)]),
      [
        ["lives", "1"],
        ["other", "3"],
      ],
    );
    assert.deepEqual(await store.history({ key: "dies" }), []);
    const done = await store.commit({
      compare: [{ key: "dies", revision: 0 }],
      puts: [{ key: "dies", value: bytes("") }],
      cause,
    });
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
    assert.deepEqual(
      (await store.history({ key: "leases/a" })).map((c) => c.revision).every((r) => r >= oldest),
      true,
    );
    await assert.rejects(store.history({ key: "leases/a", from: 5 }), TrimmedError);
    assert.equal((await store.history({ key: "pods/a", from: 1 })).length, 60);
    assert.equal(text((await store.get("leases/a")).entry?.value), "lease 59");
    assert.equal((await store.range({ prefix: "leases/" })).entries.length, 1);
    assert.equal((await changesOf(store, "", oldest, 5)).length, 5);
  });
}
