// Logs from files as a runtime writes them.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile, appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { keepAlive } from "../../base/processes.ts";
import { systemClock } from "../../base/clock.ts";
import type { LogOptions } from "./logs.ts";
import { readLog } from "./logs.ts";

describe("a container's log", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "kaji-logs-"));
  });
  after(() => rm(folder, { recursive: true }));

  const lines = (...texts: string[]) => texts.map((t, i) => `2026-01-01T00:00:0${i}.000000001Z ${t}\n`).join("");
  async function read(content: string, options: Partial<LogOptions>, running = false): Promise<string> {
    const path = join(folder, "0.log");
    await writeFile(path, content);
    const stop = new AbortController();
    const follow = { clock: systemClock, signal: stop.signal, isRunning: async () => running };
    const parts: Buffer[] = [];
    for await (const part of readLog(path, { follow: false, timestamps: false, ...options }, follow)) parts.push(part);
    return Buffer.concat(parts).toString();
  }
  const four = lines("stdout F one", "stderr F two", "stdout F three", "stdout F four");

  it("gives both streams in order, with times when asked", async () => {
    assert.equal(await read(four, {}), "one\ntwo\nthree\nfour\n");
    assert.equal(await read(four, { tailLines: 1, timestamps: true }), "2026-01-01T00:00:03.000000001Z four\n");
    assert.equal(await read(four, { stream: "stderr" }), "two\n");
  });
  it("counts whole lines from the end, and bytes from the start", async () => {
    assert.equal(await read(four, { tailLines: 2 }), "three\nfour\n");
    assert.equal(await read(four, { tailLines: 0 }), "");
    assert.equal(await read(four, { tailLines: 99 }), "one\ntwo\nthree\nfour\n");
    assert.equal(await read(four, { limitBytes: 6 }), "one\ntw");
  });
  it("joins the parts of a long line", async () => {
    const parts = lines("stdout F a", "stdout P long ", "stdout P er ", "stdout F line");
    assert.equal(await read(parts, { timestamps: false }), "a\nlong er line\n");
    assert.equal(await read(parts, { tailLines: 1 }), "long er line\n");
    const big = lines("stdout F first", ...Array.from({ length: 5 }, () => `stdout F ${"x".repeat(50_000)}`));
    assert.equal((await read(big, { tailLines: 5 })).length, 250_005);
  });
  it("gives a line of any length without holding it, and finds the last ones behind it", async () => {
    const long = "y".repeat(3_000_000);
    const content = lines("stdout F first", `stdout F ${long}`, "stdout P a", "stdout F b", "stdout F last");
    assert.equal(await read(content, {}), `first\n${long}\nab\nlast\n`);
    assert.equal(await read(content, { tailLines: 2 }), "ab\nlast\n");
    assert.equal(await read(content, { tailLines: 3 }), `${long}\nab\nlast\n`);
    assert.equal(await read(content, { tailLines: 4 }), `first\n${long}\nab\nlast\n`);
  });
  it("finds the last lines wherever pieces of the file meet", async () => {
    const all = Array.from({ length: 401 }, (_, i) => `stdout ${i % 3 === 0 ? "P" : "F"} ${i}:${"z".repeat(i * 3)}\n`);
    const content = all.map((text) => `2026-01-01T00:00:00.000000001Z ${text}`).join("");
    const whole = (await read(content, {})).trimEnd().split("\n");
    for (const tailLines of [1, 2, 7, 100, whole.length, 1000])
      assert.equal(await read(content, { tailLines }), `${whole.slice(-tailLines).join("\n")}\n`, String(tailLines));
  });
  it("leaves out what is older, and lines that a crash has torn", async () => {
    assert.equal(await read(four, { sinceMs: Date.parse("2026-01-01T00:00:02Z") }), "three\nfour\n");
    assert.equal(await read(`${lines("stdout F one")}\0\0\0\nnonsense\n`, {}), "one\n");
  });
  it("follows until the container has ended, its last words included", async () => {
    const path = join(folder, "0.log");
    await writeFile(path, lines("stdout F one"));
    const stop = new AbortController();
    let running = true;
    const got: string[] = [];
    const follow = { clock: systemClock, signal: stop.signal, isRunning: async () => running };
    const release = keepAlive();
    for await (const part of readLog(path, { follow: true, timestamps: false }, follow)) {
      got.push(part.toString());
      if (got.length === 1) {
        await appendFile(path, lines("stdout F two"));
        running = false;
      }
    }
    release();
    assert.deepEqual(got, ["one\n", "two\n"]);
  });
});
