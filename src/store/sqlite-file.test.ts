// The SQLite store as a file: reopening, locks, files that are not ours or not whole, disks that are full.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { startWorker } from "./sqlite/thread.ts";
import { openSqliteStore } from "./sqlite.ts";
import type { SqliteOptions } from "./sqlite.ts";
import { CompactedError, StoreClosedError, StoreDataError, StoreWriteError, TrimmedError } from "./store.ts";
import type { Store } from "./store.ts";
import { changesOf, put, remove, text } from "./probe.ts";

const folder = mkdtempSync(join(tmpdir(), "kaji-store-"));
const stores: Store[] = [];
after(async () => {
  // A test that failed half-way leaves its thread running.
  await Promise.all(stores.map((store) => store.close()));
  rmSync(folder, { recursive: true });
});
let files = 0;
const newPath = (): string => join(folder, `${files++}.db`);
async function open(path: string, more: Partial<SqliteOptions> = {}): Promise<Store> {
  const store = await openSqliteStore({ path, clock: systemClock, log: silentLog, ...more });
  stores.push(store);
  return store;
}

const dataError = (message: RegExp) => (error: unknown) =>
  error instanceof StoreDataError && message.test(error.message);

/** A file with `count` commits that were made and closed properly. */
async function filled(count: number): Promise<string> {
  const path = newPath();
  const store = await open(path);
  await Promise.all(Array.from({ length: count }, (_, i) => put(store, `k/${i}`, `value ${i} ${"x".repeat(500)}`)));
  await store.close();
  return path;
}

test("reopening finds entries, revision, compaction and what was trimmed", async () => {
  const path = newPath();
  let store = await open(path);
  await put(store, "a", "1");
  await put(store, "lease/a", "2");
  await put(store, "lease/a", "3");
  await put(store, "a", "4");
  await store.compact(5);
  await store.trim({ keepMs: Infinity, keepBytes: 0, neverKeep: ["lease/"] });
  await store.close();
  assert.ok(!existsSync(`${path}-wal`));
  store = await open(path);
  assert.equal(store.revision(), 5);
  assert.equal(text((await store.get("a")).entry?.value), "4");
  await assert.rejects(store.get("a", { revision: 4 }), { name: "CompactedError" });
  await assert.rejects(store.history({ key: "lease/a", from: 4 }), TrimmedError);
  assert.equal((await store.history({ key: "a", from: 1 })).length, 2);
  await store.close();
});

test("the revision counter survives when everything was deleted and trimmed", async () => {
  const path = newPath();
  let store = await open(path);
  await put(store, "a", "1");
  await remove(store, "a");
  await store.compact(3);
  await store.trim({ keepMs: -1, keepBytes: 0, neverKeep: [""] });
  await store.close();
  store = await open(path);
  assert.equal(store.revision(), 3);
  assert.equal(await put(store, "a", "again"), 4);
  await store.close();
});

test("a file is open once: the second owner is told by whom", async () => {
  const path = await filled(3);
  const store = await open(path);
  const inUse = dataError(new RegExp(`in use by process ${process.pid}: stop it first`));
  await assert.rejects(open(path), inUse);
  // From another process, and again here: a refused try must not take the lock away from its owner.
  const module = JSON.stringify(new URL("./sqlite.ts", import.meta.url).href);
  const base = JSON.stringify(new URL("../base/", import.meta.url).href);
  const code = `const { openSqliteStore } = await import(${module});
    const { systemClock } = await import(${base} + "clock.ts");
    const { silentLog } = await import(${base} + "log.ts");
    await openSqliteStore({ path: process.argv[1], clock: systemClock, log: silentLog })
      .then(() => console.log("opened"), (error) => console.log(error.name, error.message));`;
  const other = () => execFileSync(process.execPath, ["--input-type=module", "-e", code, path], { encoding: "utf8" });
  assert.match(other(), new RegExp(`^StoreDataError .* in use by process ${process.pid}`));
  await assert.rejects(open(path), inUse);
  assert.match(other(), new RegExp(`in use by process ${process.pid}`));
  await put(store, "a", "1");
  await store.close();
  assert.match(
    await new Promise<string>((resolve) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", `${code}; process.exit()`, path]);
      child.stdout.on("data", (data) => resolve(String(data)));
    }),
    /^opened/,
  );
});

test("files that are no store, newer, cut off or damaged are refused with advice", async () => {
  const notSqlite = newPath();
  writeFileSync(notSqlite, "apiVersion: v1\n".repeat(1000));
  await assert.rejects(open(notSqlite), dataError(/damaged \(.*\): move it away .* restore a backup/));

  const foreign = newPath();
  const other = new DatabaseSync(foreign);
  other.exec("CREATE TABLE t (a)");
  other.close();
  await assert.rejects(open(foreign), dataError(/is not a store of Kaji: move it away/));

  const newer = await filled(2);
  const later = new DatabaseSync(newer);
  later.exec("PRAGMA user_version = 99");
  later.close();
  await assert.rejects(open(newer), dataError(/has format 99, this version reads up to 1: run the newer Kaji/));

  const cut = await filled(200);
  truncateSync(cut, 50_000);
  await assert.rejects(open(cut), dataError(/damaged/));

  await assert.rejects(open(join(folder, "absent", "x.db")), dataError(/cannot be opened/));
});

test("a file whose tables are not ours any more is refused, and not by a dead thread", async () => {
  const path = await filled(3);
  const db = new DatabaseSync(path);
  db.exec("ALTER TABLE change RENAME COLUMN cause TO course");
  db.close();
  await assert.rejects(open(path), dataError(/is damaged \(no such column: cause\)/));
});

test("a store that was not closed is checked whole: damage is found", async () => {
  const path = await filled(300);
  const store = await open(path);
  await put(store, "a", "in the log");
  const copy = newPath();
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  await store.close();

  const whole = newPath();
  copyFileSync(copy, whole);
  copyFileSync(`${copy}-wal`, `${whole}-wal`);
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
  const again = await open(whole, { log });
  assert.deepEqual(warnings, ["store was not closed, its file was checked and is whole"]);
  assert.equal(text((await again.get("a")).entry?.value), "in the log");
  await again.close();

  const data = readFileSync(copy);
  data.fill(0xa5, 40_960, 49_152);
  writeFileSync(copy, data);
  await assert.rejects(open(copy), dataError(/damaged/));
});

test("a log cut or scribbled over anywhere opens to an exact prefix of the commits", async () => {
  const path = await filled(5);
  const store = await open(path);
  for (let i = 5; i < 60; i++) {
    await Promise.all([put(store, `k/${i}`, `value ${i} ${"x".repeat(500)}`), put(store, "counter", String(i))]);
  }
  const log = readFileSync(`${path}-wal`);
  const main = readFileSync(path);
  const everything = (await changesOf(store, "", 1, store.revision() - 1)).map((c) => [
    c.key,
    c.revision,
    text(c.value),
  ]);
  await store.close();
  const random = seededRandom(7);
  const found = new Set<number>();
  for (let round = 0; round < 200; round++) {
    const copy = newPath();
    writeFileSync(copy, main);
    const offset = random.below(log.length);
    const damaged = Buffer.from(log);
    if (round % 2 === 1) damaged.fill(damaged[offset]! ^ 0xff, offset, offset + 1);
    writeFileSync(`${copy}-wal`, round % 2 === 0 ? log.subarray(0, offset) : damaged);
    const opened = await open(copy);
    const count = opened.revision() - 1;
    assert.ok(count >= 5);
    found.add(count);
    const changes = (await changesOf(opened, "", 1, count)).map((c) => [c.key, c.revision, text(c.value)]);
    assert.deepEqual(changes, everything.slice(0, count));
    assert.equal(await put(opened, "more", "x"), count + 2, "revisions go on");
    await opened.close();
  }
  assert.ok(found.size > 10, "cuts fell at many places");
});

test("a full file refuses the commits of that batch; what was there stays, and later ones succeed", async () => {
  const path = newPath();
  const store = await open(path, { mostPages: 60 });
  const large = "x".repeat(20_000);
  const outcomes: PromiseSettledResult<number>[] = [];
  // Three to a batch: when the last does not fit, the others are taken back, and so is the counter.
  for (let i = 0; i < 30; i += 3) {
    outcomes.push(...(await Promise.allSettled([0, 1, 2].map((j) => put(store, `k/${i + j}`, large)))));
  }
  const kept = outcomes.flatMap((o, i) => (o.status === "fulfilled" ? [[`k/${i}`, o.value]] : []));
  const refused = outcomes.flatMap((o) => (o.status === "rejected" ? [o.reason] : []));
  assert.ok(kept.length > 3 && kept.length % 3 === 0 && refused.length > 3);
  for (const error of refused) assert.ok(error instanceof StoreWriteError && /disk refused/.test(error.message));
  const entries = async (of: Store) =>
    (await of.range({ prefix: "k/" })).entries
      .map((e) => [e.key, e.revision])
      .sort((a, b) => Number(a[1]) - Number(b[1]));
  assert.deepEqual(
    await entries(store),
    kept.toSorted((a, b) => Number(a[1]) - Number(b[1])),
  );
  assert.equal(store.revision(), kept.length + 1);
  assert.equal(await put(store, "small", "1"), kept.length + 2);
  const watched = await changesOf(store, "", 1, kept.length + 1);
  assert.equal(watched.length, kept.length + 1);
  await store.close();
});

test("a thread that dies fails the commits in flight, the watches and everything after", async () => {
  const path = newPath();
  let worker: Worker | undefined;
  const store = await open(path, { start: (begin) => (worker = startWorker(begin)) });
  await put(store, "a", "1");
  const ends = new AbortController();
  const watching = assert.rejects(async () => {
    for await (const _ of store.watch({ prefix: "", after: 2, signal: ends.signal }));
  }, StoreClosedError);
  const inFlight = Array.from({ length: 5 }, (_, i) => put(store, `b/${i}`, "x"));
  await worker!.terminate();
  // Some may have been acknowledged before the end; none may hang.
  for (const outcome of await Promise.allSettled(inFlight)) {
    assert.ok(outcome.status === "fulfilled" || outcome.reason instanceof StoreClosedError);
  }
  await watching;
  await assert.rejects(put(store, "a", "2"), StoreClosedError);
  await assert.rejects(store.get("a"), StoreClosedError);
  await store.close();
  const again = await open(path);
  assert.equal(text((await again.get("a")).entry?.value), "1");
  await again.close();
});

test("reads do not wait behind a commit that the disk holds up", async () => {
  const path = newPath();
  const roles: string[] = [];
  const store = await open(path, {
    start: (begin) => {
      roles.push(begin.role);
      return startWorker(begin);
    },
  });
  await put(store, "a", "1");
  // Another connection with the write lock stands for a slow disk: the writing thread sits in BEGIN.
  const slow = new DatabaseSync(path);
  slow.exec("BEGIN IMMEDIATE");
  const commit = put(store, "a", "2");
  await systemClock.sleep(20);
  const began = systemClock.monotonic();
  assert.equal(text((await store.get("a")).entry?.value), "1");
  assert.equal((await store.range({ prefix: "" })).entries.length, 1);
  assert.equal((await changesOf(store, "", 1, 1)).length, 1);
  const took = systemClock.monotonic() - began;
  slow.exec("ROLLBACK");
  slow.close();
  assert.equal(await commit, 3);
  assert.equal(text((await store.get("a")).entry?.value), "2");
  assert.deepEqual(roles, ["writer", "reader"]);
  assert.ok(took < 1500, `reads took ${took} ms`);
  await store.close();
});

test("forgetting goes in steps: commits and reads get in between, and what must stay stays", async () => {
  const path = newPath();
  const store = await open(path);
  const write = (i: number) => put(store, `k/${i % 100}`, `value ${i}`);
  for (let i = 0; i < 20_000; i += 500) await Promise.all(Array.from({ length: 500 }, (_, j) => write(i + j)));
  for (let i = 50; i < 100; i++) await remove(store, `k/${i}`);
  const compacted = store.revision();
  await store.compact(compacted);
  let over = false;
  const trimmed = store.trim({ keepMs: -1, keepBytes: 0, neverKeep: ["k/5"] }).finally(() => (over = true));
  let between = 0;
  for (; !over; between++) await put(store, "between", String(between));
  await trimmed;
  assert.ok(between >= 3, `${between} commits got in between`);
  assert.equal((await store.range({ prefix: "k/", revision: compacted })).entries.length, 50);
  await assert.rejects(store.history({ key: "k/1", from: compacted - 1 }), TrimmedError);
  assert.equal((await changesOf(store, "", compacted, between)).length, between);
  await store.close();
  const db = new DatabaseSync(path, { readOnly: true });
  const left = Number(db.prepare("SELECT count(*) AS n FROM change").get()?.["n"]);
  db.close();
  // The fifty keys that live, the last deletion with what it deleted, and what was written meanwhile.
  assert.equal(left, 52 + between);
});

test("SQLite's log is copied into the file when commits pause", async () => {
  const path = newPath();
  const store = await open(path);
  for (let i = 0; i < 6; i++) await put(store, `k/${i}`, "x".repeat(1_000_000));
  for (let i = 0; statSync(path).size < 6_000_000; i++) {
    assert.ok(i < 100, "no checkpoint within ten seconds");
    await systemClock.sleep(100);
  }
  await store.close();
});

test("a watch that reads back slower than history is forgotten gets CompactedError, not a gap", async () => {
  const store = await open(newPath());
  for (let i = 0; i < 12; i++) await put(store, "k", String(i).repeat(300_000));
  const ends = new AbortController();
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const { changes, revision } of store.watch({ prefix: "", after: 1, signal: ends.signal })) {
      seen.push(...changes.map((change) => change.revision));
      if (seen.length > changes.length) continue;
      await store.compact(store.revision());
      await store.trim({ keepMs: -1, keepBytes: 0, neverKeep: [] });
      assert.ok(revision < 10, "there is more to read than one step");
    }
  }, CompactedError);
  assert.deepEqual(
    seen,
    seen.map((_, i) => i + 2),
  );
  await store.close();
});
