// The conformance suite of the Store contract: every implementation passes it, each sentence of store.ts is a test.
// It refuses to know an implementation: what only one can fail at (files, threads) is tested beside that one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { storeMatchesModel } from "./model.ts";
import { bytes, cause, changesOf, put, remove, settableClock, text } from "./probe.ts";
import { FutureRevisionError, StoreClosedError } from "./store.ts";
import type { Change, Commit, Revision } from "./store.ts";
import { compaction, histories, slowWatches, trims, watches } from "./history-suite.ts";
import type { It, OpenStore } from "./history-suite.ts";

export function storeSuite(name: string, open: OpenStore): void {
  const it: It = (title, body) => {
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

function commits(it: It): void {
  it("is at revision 1 when new, and each commit gives one new revision to all it changes", async (store) => {
    assert.equal(store.revision(), 1);
    const two = [
      { key: "a/1", value: bytes("x") },
      { key: "b/1", value: bytes("y") },
    ];
    assert.deepEqual(await store.commit({ compare: [], puts: two, cause }), { ok: true, revision: 2 });
    const done = await store.commit({ compare: [], puts: [two[0]!], deletes: ["b/1"], cause });
    assert.deepEqual(done, { ok: true, revision: 3 });
    assert.equal(store.revision(), 3);
    const { entries } = await store.range({ prefix: "" });
    assert.deepEqual(
      entries.map((e) => [e.key, e.revision, e.created]),
      [["a/1", 3, 2]],
    );
  });
  it("does nothing when one comparison fails, and says what is there", async (store) => {
    const at = await put(store, "a", "1");
    const commit: Commit = {
      compare: [
        { key: "a", revision: at },
        { key: "b", revision: 7 },
        { key: "c", revision: 0 },
      ],
      puts: [{ key: "c", value: bytes("new") }],
      deletes: ["a"],
      cause,
    };
    const done = await store.commit(commit);
    assert.ok(!done.ok);
    assert.equal(done.revision, at);
    assert.deepEqual(
      done.current.map((e) => [e.key, text(e.value), e.revision]),
      [["a", "1", at]],
    );
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
    assert.deepEqual(
      done.map(({ ok, revision }) => [ok, revision]),
      [
        [true, 2],
        [false, 2],
        [true, 3],
        [false, 3],
        [true, 4],
      ],
    );
    assert.ok(!done[1]!.ok && text(done[1]!.current[0]?.value) === "1");
    assert.equal(text((await store.get("a")).entry?.value), "5");
  });
  it("keeps empty values and large ones as they are", async (store) => {
    const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
    const puts = [
      { key: "empty", value: new Uint8Array(0) },
      { key: "large", value: large },
    ];
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
      assert.deepEqual(
        await read(prefix),
        sorted.filter((key) => key.startsWith(prefix)),
        JSON.stringify(prefix),
      );
    }
    const old = await store.range({ prefix: "", revision: store.revision() - 2 });
    assert.deepEqual(
      old.entries.map((e) => e.key),
      sorted.filter((key) => key !== "\ud7ff" && key !== "\ue000"),
    );
  });
  it("limits, says the next key and how many remain, and goes on from there", async (store) => {
    for (let i = 0; i < 10; i++) await put(store, `p/${i}`, "x");
    await put(store, "q/0", "x");
    const first = await store.range({ prefix: "p/", limit: 4 });
    assert.deepEqual([first.entries.length, first.next, first.remaining, first.revision], [4, "p/4", 6, 12]);
    await remove(store, "p/7");
    await put(store, "p/45", "new");
    const second = await store.range({ prefix: "p/", from: first.next!, limit: 4, revision: first.revision });
    assert.deepEqual(
      second.entries.map((e) => e.key),
      ["p/4", "p/5", "p/6", "p/7"],
    );
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
