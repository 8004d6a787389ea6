// The SQLite store against SIGKILL and a disk without room: what was acknowledged is there afterwards.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import type { Random } from "../base/random.ts";
import { openSqliteStore } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "kaji-crash-"));
after(() => rmSync(folder, { recursive: true }));

/** More of them when asked: the full proof is a thousand, which takes a quarter of an hour. */
const KILLS = Number(process.env["KAJI_KILLS"] ?? 30);

/** Code of a child process: opens the store at argv[1]; `store`, `put` and `say` are there for `body`. */
function childCode(body: string): string {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  return `const { openSqliteStore } = await import(${url("./sqlite.ts")});
    const { systemClock: clock } = await import(${url("../base/clock.ts")});
    const { silentLog: log } = await import(${url("../base/log.ts")});
    const { writeSync } = await import("node:fs");
    const say = (...words) => writeSync(1, words.join(" ") + "\\n");
    const store = await openSqliteStore({ path: process.argv[1], clock, log });
    const put = (key, size) => store.commit({
      compare: [{ key, revision: 0 }], puts: [{ key, value: new Uint8Array(size) }], cause: { user: "u", request: "r" },
    });
    ${body}`;
}

/** Every key is written once, by eight loops at a time; now and then old history goes. */
const WRITING = childCode(`
  let n = store.revision();
  say("at", n);
  const loop = async () => {
    for (;;) {
      const mine = ++n;
      const done = await put("k/" + String(mine).padStart(8, "0"), mine % 9000);
      say("acknowledged", mine, done.revision);
      if (mine % 40 === 0) {
        await store.compact(store.revision() - 20);
        await store.trim({ keepMs: 0, keepBytes: 0, neverKeep: [] });
      }
    }
  };
  for (let i = 0; i < 8; i++) void loop();`);

/** Runs the child, kills it `delay` ms after its first line, answers what it said. */
function runAndKill(path: string, delay: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", WRITING, path], {
      stdio: ["ignore", "pipe", "inherit"],
      // Thirty starts need not strip the same types sixty times.
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "cache") },
    });
    let said = "";
    child.stdout.on("data", (data) => {
      if (said === "") systemClock.after(delay, () => child.kill("SIGKILL"));
      said += String(data);
    });
    child.on("error", reject);
    // A line that the kill cut off was not said.
    child.on("close", () => resolve(said.split("\n").slice(0, -1)));
  });
}

/** A store is looked through whole after each kill, so a new one is begun now and then. */
const KILLS_A_STORE = 50;

test(`killed ${KILLS} times, every acknowledged commit is there, in order, and revisions go on`, async (t) => {
  const random = seededRandom(11);
  let acknowledged = 0;
  for (let kills = 0; kills < KILLS; kills += KILLS_A_STORE) {
    const path = join(folder, `killed-${kills}.db`);
    acknowledged += await killAndLook(path, Math.min(KILLS_A_STORE, KILLS - kills), random);
  }
  assert.ok(acknowledged > KILLS * 15, `only ${acknowledged} commits were acknowledged`);
  t.diagnostic(`${acknowledged} acknowledged commits were all there`);
});

/** Answers how many commits were acknowledged in all; fails when one of them is not there after a kill. */
async function killAndLook(path: string, kills: number, random: Random): Promise<number> {
  const acknowledged = new Map<string, number>();
  let before = 1;
  for (let kill = 0; kill < kills; kill++) {
    const [first, ...lines] = await runAndKill(path, random.below(120));
    assert.equal(first, `at ${before}`);
    for (const line of lines) {
      const [, n, revision] = line.split(" ");
      acknowledged.set(`k/${n!.padStart(8, "0")}`, Number(revision));
    }
    const store = await openSqliteStore({ path, clock: systemClock, log: silentLog });
    const { entries } = await store.range({ prefix: "k/" });
    const found = new Map(entries.map((e) => [e.key, e.revision]));
    for (const [key, revision] of acknowledged) assert.equal(found.get(key), revision, `${key} after kill ${kill}`);
    // One key a revision and none deleted: each revision is there exactly once.
    const revisions = entries.map((e) => e.revision).sort((a, b) => a - b);
    assert.deepEqual(
      revisions,
      revisions.map((_, i) => i + 2),
    );
    assert.equal(store.revision(), entries.length + 1);
    before = store.revision();
    await store.close();
  }
  return acknowledged.size;
}

/** Fills a file system of 3 MB, makes room again, and goes on. */
const FILLING = childCode(`
  const fs = await import("node:fs");
  const ballast = process.argv[1] + ".ballast";
  fs.writeFileSync(ballast, new Uint8Array(1_000_000));
  const kept = [];
  let refused = 0;
  for (let i = 0; i < 400; i++) {
    await put("k/" + i, 9000).then(({ revision }) => kept.push([i, revision]), (error) => {
      if (error.name !== "StoreWriteError") throw error;
      refused++;
    });
  }
  fs.rmSync(ballast);
  const after = await put("after", 9000);
  const { entries } = await store.range({ prefix: "k/" });
  await store.close();
  const again = await openSqliteStore({ path: process.argv[1], clock, log });
  const reopened = (await again.range({ prefix: "k/" })).entries.length;
  say(JSON.stringify({ kept, refused, after, entries: entries.length, reopened, revision: again.revision() }));
  await again.close();`);

const mayMount = process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

test("a disk that fills up loses nothing, and is used again when there is room", { skip: !mayMount }, () => {
  const room = mkdtempSync(join(folder, "small-"));
  const script = 'mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" --input-type=module -e "$3" "$1/x.db"';
  const said = execFileSync("unshare", ["-m", "sh", "-c", script, "sh", room, process.execPath, FILLING], {
    encoding: "utf8",
  });
  const {
    kept,
    refused,
    after: last,
    entries,
    reopened,
    revision,
  } = JSON.parse(said) as {
    kept: [number, number][];
    refused: number;
    after: { ok: boolean; revision: number };
    entries: number;
    reopened: number;
    revision: number;
  };
  assert.ok(kept.length > 20 && refused > 20, said);
  assert.deepEqual(
    kept.map(([, at]) => at),
    kept.map((_, i) => i + 2),
  );
  assert.deepEqual([entries, reopened], [kept.length, kept.length]);
  assert.deepEqual([last.ok, last.revision, revision], [true, kept.length + 2, kept.length + 2]);
});
