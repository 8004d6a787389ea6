// Logs are set aside, packed and removed; a runtime that fails keeps its file.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { silentLog } from "../../base/log.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import type { Cri } from "../cri.ts";
import { bytesBelow } from "./disk-usage.ts";
import { rotateOnce } from "./log-rotation.ts";

const never = new AbortController().signal;

async function bench() {
  const folder = await mkdtemp(join(tmpdir(), "logs-"));
  const own = join(folder, "ns_p_uid", "c");
  await mkdir(own, { recursive: true });
  const path = join(own, "0.log");
  const clock = new VirtualClock(Date.parse("2026-01-02T03:04:05Z"));
  let reopened = 0;
  let fails = false;
  const runtime = {
    listContainers: async () => ({ containers: [{ id: "c-1" }] }),
    containerStatus: async () => ({ status: { logPath: path } }),
    reopenContainerLog: async () => {
      if (fails) throw new Error("not now");
      reopened++;
      await writeFile(path, "");
    },
  };
  const options = { cri: { runtime } as unknown as Cri, clock, log: silentLog, folder, maxBytes: 10, maxFiles: 3 };
  return {
    path,
    clock,
    round: () => rotateOnce(options, never),
    reopened: () => reopened,
    fail: (value: boolean) => (fails = value),
    names: async () => (await readdir(own)).sort(),
    read: (name: string) => readFile(join(own, name)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

test("a small log is left alone, a large one set aside, older ones packed, the oldest removed", async () => {
  await using one = await bench();
  await writeFile(one.path, "small");
  await one.round();
  assert.deepEqual([await one.names(), one.reopened()], [["0.log"], 0]);
  for (let i = 0; i < 4; i++) {
    await writeFile(one.path, `${i} is a long log`);
    await one.round();
    await one.clock.advance(1000);
  }
  assert.deepEqual(await one.names(), ["0.log", "0.log.20260102-030407.gz", "0.log.20260102-030408"]);
  assert.equal(String(gunzipSync(await one.read("0.log.20260102-030407.gz"))), "2 is a long log");
  assert.equal(String(await one.read("0.log.20260102-030408")), "3 is a long log");
  assert.equal(one.reopened(), 4);
});

test("a runtime that does not begin a new log keeps the old one", async () => {
  await using one = await bench();
  one.fail(true);
  await writeFile(one.path, "a long enough log");
  await one.round();
  assert.deepEqual(await one.names(), ["0.log"]);
});

test("bytes below a folder, and of nothing", async () => {
  await using one = await bench();
  await writeFile(one.path, Buffer.alloc(100_000));
  const bytes = await bytesBelow(join(one.path, ".."));
  assert.ok(bytes >= 100_000 && bytes < 200_000, String(bytes));
  assert.equal(await bytesBelow("/no/such/folder"), 0);
});
