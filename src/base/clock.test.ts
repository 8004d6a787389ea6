// Proves the machine's clock: it measures, waits, cancels, and takes delays longer than the machine's timers do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";

test("sleeping takes as long as it says, an aborted sleep ends at once", async () => {
  const keepAlive = setInterval(() => {}, 1000);
  try {
    const start = systemClock.monotonic();
    await systemClock.sleep(20);
    assert.ok(systemClock.monotonic() - start >= 19);
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error("enough"));
    await assert.rejects(sleeping, { message: "enough" });
    await assert.rejects(systemClock.sleep(1, controller.signal), { message: "enough" });
    assert.ok(systemClock.monotonic() - start < 10_000);
  } finally {
    clearInterval(keepAlive);
  }
});

test("a cancelled timer, and one longer than the machine's timers take, do not fire", async () => {
  const keepAlive = setInterval(() => {}, 1000);
  try {
    const fired: string[] = [];
    systemClock.after(5, () => fired.push("cancelled")).cancel();
    // The machine's timers fire at once when the delay does not fit into 31 bits.
    const far = systemClock.after(2 ** 40, () => fired.push("far"));
    systemClock.after(-5, () => fired.push("past"));
    await systemClock.sleep(20);
    assert.deepEqual(fired, ["past"]);
    far.cancel();
  } finally {
    clearInterval(keepAlive);
  }
});

test("now is the wall clock's time in milliseconds", () => {
  const now = systemClock.now();
  assert.ok(Math.abs(now - Date.now()) < 1000);
});
