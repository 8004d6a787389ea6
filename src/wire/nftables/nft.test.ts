// Programs in nft's place: what is handed to them, what becomes of their errors, and that a killed one does no harm.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { NftError, nft, readyNft } from "./nft.ts";

let folder = "";
let kept = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "kaji-nft-"));
  kept = join(folder, "nft");
  // Notes its process, then reads everything, keeps it under its own id, and refuses batches that say so.
  writeFileSync(
    kept,
    `#!/bin/sh\necho $$ > ${folder}/started.$$\ntext=$(cat)\necho "$text" > ${folder}/batch.$$\ncase "$text" in *refuse*) echo "/dev/stdin:1:1-6: Error: no such thing: $text" >&2; echo more >&2; exit 1;; esac\n`,
    { mode: 0o755 },
  );
});
after(() => rmSync(folder, { recursive: true }));

const batches = () =>
  readdirSync(folder)
    .filter((name) => name.startsWith("batch."))
    .map((name) => readFileSync(join(folder, name), "utf8").trim())
    .filter(Boolean)
    .sort();
const started = () =>
  readdirSync(folder)
    .filter((name) => name.startsWith("started."))
    .map((name) => Number(name.slice("started.".length)));
const clear = () => {
  for (const name of readdirSync(folder)) if (name !== "nft") rmSync(join(folder, name));
};
/** Waits until a process stands by. */
async function standby(known: readonly number[]): Promise<number> {
  for (let i = 0; i < 500; i++) {
    const fresh = started().find((pid) => !known.includes(pid));
    if (fresh !== undefined) return fresh;
    await systemClock.sleep(10);
  }
  throw new Error("no process was started beside the batch");
}

function* endless(): Iterable<string> {
  for (let i = 0; i < 100_000; i++) yield "y".repeat(1000);
}

describe("a process for each batch", () => {
  it("gets the whole of a batch that comes in pieces", async () => {
    clear();
    const pieces = Array.from({ length: 3000 }, (_, i) => `piece ${i} ${"x".repeat(90)}\n`);
    await nft(kept).apply(pieces);
    assert.deepEqual(batches(), [pieces.join("").trim()]);
  });
  it("tells nft's first line", async () => {
    await assert.rejects(nft(kept).apply("refuse a"), (error) => {
      assert.ok(error instanceof NftError);
      assert.equal(error.message, "/dev/stdin:1:1-6: Error: no such thing: refuse a");
      assert.match(error.output, /more/);
      return true;
    });
    await assert.rejects(nft(join(folder, "absent")).apply("x"), /cannot be run/);
  });
  it("does not wait for a program that ends before it has read everything", async () => {
    await assert.rejects(nft(["sh", "-c", "echo too much >&2; exit 3"]).apply(endless()), /too much/);
  });
  it("does not wait for a program that closes its input long before it ends", async () => {
    const slow = "exec 0<&-; sleep 0.1; echo too much >&2; exit 3";
    for (let i = 0; i < 5; i++) await assert.rejects(nft(["sh", "-c", slow]).apply(endless()), /too much/);
  });
});

describe("a process that stands by", () => {
  it("is used for the next batch alone, each with its own errors", async () => {
    clear();
    const ready = readyNft(kept);
    await ready.apply("one");
    const second = await standby(started().filter((pid) => existsSync(join(folder, `batch.${pid}`))));
    await assert.rejects(ready.apply("refuse two"), /no such thing: refuse two/);
    assert.ok(existsSync(join(folder, `batch.${second}`)), "the second batch went to the process that stood by");
    await ready.apply("three");
    ready.close();
    assert.deepEqual(batches(), ["one", "refuse two", "three"]);
  });
  it("is replaced when it was killed", async () => {
    clear();
    const ready = readyNft(kept);
    await ready.apply("one");
    const waiting = await standby(started().filter((pid) => existsSync(join(folder, `batch.${pid}`))));
    process.kill(waiting, "SIGKILL");
    await systemClock.sleep(50);
    await ready.apply("two");
    ready.close();
    assert.deepEqual(batches(), ["one", "two"]);
  });
  it("ends without having done anything when it is no longer needed", async () => {
    clear();
    const ready = readyNft(kept);
    await ready.apply("one");
    const waiting = await standby(started().filter((pid) => existsSync(join(folder, `batch.${pid}`))));
    ready.close();
    for (let i = 0; i < 500 && existsSync(`/proc/${waiting}`); i++) await systemClock.sleep(10);
    assert.ok(!existsSync(`/proc/${waiting}`));
    assert.deepEqual(batches(), ["one"]);
  });
});
