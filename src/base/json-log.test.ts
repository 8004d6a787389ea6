// Proves log lines: fields, levels, errors, time from the clock.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { jsonLog } from "./json-log.ts";
import { VirtualClock } from "./virtual-clock.ts";

test("lines are JSON with the clock's time and the fields of every with()", async () => {
  const lines: Record<string, unknown>[] = [];
  const clock = new VirtualClock(1_700_000_000_000);
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = jsonLog({ destination, clock, fields: { part: "scheduler" } });
  log.info("started");
  await clock.advance(1500);
  log.with({ pod: "a/b" }).warn("no room", { nodes: 3, error: new Error("full") });
  log.debug("not shown");
  assert.deepEqual(lines[0], { level: "info", time: "2023-11-14T22:13:20.000000Z", part: "scheduler", msg: "started" });
  assert.deepEqual(Object.keys(lines[0]!), ["level", "time", "part", "msg"]);
  const { error, ...rest } = lines[1]!;
  const time = "2023-11-14T22:13:21.500000Z";
  assert.deepEqual(rest, { level: "warn", time, part: "scheduler", pod: "a/b", nodes: 3, msg: "no room" });
  assert.equal((error as { message: string }).message, "full");
  assert.equal(lines.length, 2);
});

test("errors come with type, stack, what they carry and their cause; what cannot be written is said", () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = jsonLog({ destination, clock: new VirtualClock(0), level: "debug" });
  const cause = Object.assign(new TypeError("inner"), { code: "EINNER" });
  log.error("failed", { error: new Error("outer", { cause }), size: 1n });
  const error = lines[0]!["error"] as { type: string; stack: string; cause: Record<string, string> };
  assert.match(error.stack, /^Error: outer\n/);
  assert.deepEqual([error.type, error.cause["type"], error.cause["code"]], ["Error", "TypeError", "EINNER"]);
  assert.equal(lines[0]!["size"], "1");
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  log.debug("round", { circle });
  assert.match(String(lines[1]!["unwritable"]), /circular/);
  assert.equal(lines[1]!["msg"], "round");
});

test("a file is appended to, its folder made, and each line is there at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "kaji-log-"));
  try {
    const file = join(folder, "deep/er/kaji.log");
    jsonLog({ destination: file, clock: new VirtualClock(0) }).info("one");
    jsonLog({ destination: file, clock: new VirtualClock(0) }).info("two \u00fc");
    const said = readFileSync(file, "utf8").trimEnd().split("\n");
    assert.deepEqual(
      said.map((line) => (JSON.parse(line) as { msg: string }).msg),
      ["one", "two \u00fc"],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
