// Whether processes that were noted still run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { isRunning, startTimeOf } from "./processes.ts";

test("a process runs until it has ended, and its number given to another is not it", async () => {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
  const startTime = (await startTimeOf(child.pid!))!;
  const note = { pid: child.pid!, startTime, facts: {} };
  assert.equal(isRunning(note), true);
  assert.equal(isRunning({ ...note, startTime: `${startTime}0` }), false);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(isRunning(note), false);
});
