// What the store costs beside bare SQLite on the same disk in the same run. It refuses to judge: main.ts prints.
// Alone: `bin/node test/bench/store.ts`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Cause, Store } from "../../src/store/store.ts";

/** One line of the table; `ratio` is figure / baseline for rates and baseline / figure for times: 1 is the baseline. */
export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly figure: number;
  /** What the figure is compared with in the same run; undefined: it stands alone. */
  readonly baseline: number | undefined;
  readonly ratio: number | undefined;
}

/** The size of a stored pod. */
const VALUE = new Uint8Array(4400).fill(7);
const CAUSE: Cause = {
  user: "system:serviceaccount:kube-system:deployment-controller",
  request: "update core/pods demo/web-1/status",
};
const IN_FLIGHT = 64;
const GROUPED = 16_384;
const SERIAL = 500;

const keyOf = (i: number): string => `core/pods/ns-${i % 20}/pod-${i % 5000}`;
const clock = systemClock;

/** `count` inserts in transactions of `group`; rows a second. */
function bareInserts(path: string, count: number, group: number): number {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, key, value)");
  const insert = db.prepare("INSERT INTO t (key, value) VALUES (?, ?)");
  const began = clock.monotonic();
  for (let i = 0; i < count; i += group) {
    db.exec("BEGIN IMMEDIATE");
    for (let j = i; j < i + group; j++) insert.run(keyOf(j), VALUE);
    db.exec("COMMIT");
  }
  const took = clock.monotonic() - began;
  db.close();
  return (count / took) * 1000;
}

/** `count` commits with so many in flight, watched as the API server does; commits a second. */
async function commits(store: Store, count: number, inFlight: number): Promise<number> {
  const ends = new AbortController();
  const watching = (async () => {
    let seen = 0;
    for await (const { changes } of store.watch({ prefix: "", after: store.revision(), signal: ends.signal })) {
      seen += changes.length;
      if (seen === count) return;
    }
  })();
  let next = 0;
  const began = clock.monotonic();
  const loop = async () => {
    while (next < count) {
      await store.commit({ compare: [], puts: [{ key: keyOf(next++), value: VALUE }], cause: CAUSE });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const took = clock.monotonic() - began;
  await watching;
  ends.abort();
  return (count / took) * 1000;
}

/** The longest of some commits made one after another while `other` runs; milliseconds. */
async function longestDuring(store: Store, other: () => Promise<void>): Promise<number> {
  let longest = 0;
  let over = false;
  const running = other().finally(() => (over = true));
  for (let i = 0; !over; i++) {
    const began = clock.monotonic();
    await store.commit({ compare: [], puts: [{ key: `during/${i % 10}`, value: VALUE }], cause: CAUSE });
    longest = Math.max(longest, clock.monotonic() - began);
  }
  await running;
  return longest;
}

const rate = (name: string, figure: number, baseline: number): BenchRow => {
  return { name, unit: "1/s", figure, baseline, ratio: figure / baseline };
};
const time = (name: string, figure: number, baseline?: number): BenchRow => {
  return { name, unit: "ms", figure, baseline, ratio: baseline === undefined ? undefined : baseline / figure };
};

export async function storeRows(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "kaji-bench-"));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(folder: string): Promise<BenchRow[]> {
  const path = join(folder, "store.db");
  const open = () => openSqliteStore({ path, clock, log: silentLog });
  const rows: BenchRow[] = [];
  let store = await open();
  await commits(store, GROUPED / 4, IN_FLIGHT); // both threads warm
  const grouped = await commits(store, GROUPED, IN_FLIGHT);
  rows.push(rate(`commits, ${IN_FLIGHT} in flight`, grouped, bareInserts(join(folder, "g.db"), GROUPED, IN_FLIGHT)));
  const serial = await commits(store, SERIAL, 1);
  const bareSerial = bareInserts(join(folder, "s.db"), SERIAL, 1);
  rows.push(time("one commit, alone", 1000 / serial, 1000 / bareSerial));
  const memory = memoryStore({ clock });
  rows.push(rate("commits, SQLite against memory", grouped, await commits(memory, GROUPED, IN_FLIGHT)));

  const readBegan = clock.monotonic();
  const { entries } = await store.range({ prefix: "core/pods/" });
  rows.push(time(`range of ${entries.length} entries`, clock.monotonic() - readBegan));
  const quiet = await longestDuring(store, () => clock.sleep(500));
  await store.compact(store.revision());
  const trimming = () => store.trim({ keepMs: 0, keepBytes: 0, neverKeep: [] });
  rows.push(time("longest commit while history is trimmed", await longestDuring(store, trimming), quiet));
  await store.close();

  const opening = clock.monotonic();
  store = await open();
  rows.push(time("open an existing store", clock.monotonic() - opening));
  await store.close();
  return rows;
}

if (import.meta.main) {
  for (const { name, unit, figure, baseline, ratio } of await storeRows()) {
    const numbers = [figure, baseline, ratio].map((n) => (n === undefined ? "–" : n.toPrecision(4)).padStart(9));
    process.stdout.write(`${name.padEnd(42)} ${numbers.join(" ")}  ${unit}\n`);
  }
}
