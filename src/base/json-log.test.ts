// Proves log lines: fields, levels, errors, time from the clock.
import assert from "node:assert/strict";
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
  const { error, ...rest } = lines[1]!;
  const time = "2023-11-14T22:13:21.500000Z";
  assert.deepEqual(rest, { level: "warn", time, part: "scheduler", pod: "a/b", nodes: 3, msg: "no room" });
  assert.equal((error as { message: string }).message, "full");
  assert.equal(lines.length, 2);
});
