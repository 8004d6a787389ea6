// Durability as the kernel sees it: between two acknowledgements there is a completed fdatasync of the write-ahead log.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "kaji-strace-"));
after(() => rmSync(folder, { recursive: true }));

const COMMITS = 40;

const CHILD = `const { openSqliteStore } = await import(${JSON.stringify(new URL("./sqlite.ts", import.meta.url).href)});
  const { systemClock: clock } = await import(${JSON.stringify(new URL("../base/clock.ts", import.meta.url).href)});
  const { silentLog: log } = await import(${JSON.stringify(new URL("../base/log.ts", import.meta.url).href)});
  const { writeSync } = await import("node:fs");
  const store = await openSqliteStore({ path: process.argv[1], clock, log });
  writeSync(1, "begin\\n");
  for (let i = 0; i < ${COMMITS}; i++) {
    const key = "k/" + i;
    const done = await store.commit({ compare: [{ key, revision: 0 }], puts: [{ key, value: new Uint8Array(3000) }], cause: { user: "u", request: "r" } });
    writeSync(1, "acknowledged " + done.revision + "\\n");
  }
  await store.close();`;

const missing = spawnSync("strace", ["-V"]).status === 0 ? false : "needs strace";

test("an fdatasync of the log precedes every acknowledgement", { skip: missing }, () => {
  const trace = join(folder, "trace");
  const args = ["-f", "-y", "-e", "trace=fdatasync,fsync,write", "-o", trace];
  execFileSync("strace", [...args, process.execPath, "--input-type=module", "-e", CHILD, join(folder, "x.db")], {
    encoding: "utf8",
    timeout: 60_000,
  });
  let synced = false;
  let acknowledged = 0;
  let begun = false;
  // A call that another thread interrupts is told in two lines; only its end counts.
  const unfinished = new Set<string>();
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const pid = line.split(" ", 1)[0]!;
    if (/f(data)?sync\(\d+<[^>]*\.db-wal>/.test(line)) {
      if (line.includes("<unfinished")) unfinished.add(pid);
      else if (line.endsWith("= 0")) synced = true;
    } else if (/<\.\.\. f(data)?sync resumed>.*= 0$/.test(line) && unfinished.delete(pid)) synced = true;
    if (/write\(1<[^>]*>, "begin/.test(line)) [begun, synced] = [true, false];
    else if (begun && /write\(1<[^>]*>, "acknowledged/.test(line)) {
      assert.ok(synced, `acknowledgement ${acknowledged + 1} came before the log was on disk`);
      acknowledged++;
      synced = false;
    }
  }
  assert.equal(acknowledged, COMMITS);
});
