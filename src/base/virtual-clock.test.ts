// Proves the virtual clock: order, draining, limits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "./virtual-clock.ts";

test("timers fire in order of time, then of registration", async () => {
  const clock = new VirtualClock(1000);
  const fired: string[] = [];
  const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
  clock.after(20, note("c"));
  clock.after(10, note("a"));
  clock.after(10, note("b"));
  clock.after(30, note("later"));
  assert.equal(clock.nextTimerAt(), 1010);
  await clock.advance(20);
  assert.deepEqual(fired, ["a@1010", "b@1010", "c@1020"]);
  assert.equal(clock.pendingTimers, 1);
  assert.equal(clock.monotonic(), 20);
});

test("everything that is ready runs before the next timer", async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const chain = async () => {
    await clock.sleep(10);
    for (let i = 0; i < 200; i++) await Promise.resolve();
    seen.push(`chain@${clock.now()}`);
    await clock.sleep(0);
    seen.push(`again@${clock.now()}`);
  };
  void chain();
  clock.after(11, () => seen.push("timer"));
  await clock.advance(11);
  assert.deepEqual(seen, ["chain@10", "again@10", "timer"]);
});

test("a cancelled timer does not fire, whenever it is cancelled", async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  const b = clock.after(10, () => fired.push("b"));
  clock.after(5, () => b.cancel());
  const c = clock.after(20, () => fired.push("c"));
  await clock.advance(30);
  c.cancel();
  c.cancel();
  assert.deepEqual(fired, ["c"]);
  assert.equal(clock.pendingTimers, 0);
  assert.equal(clock.nextTimerAt(), undefined);
});

test("runUntil stops where the predicate first holds, or at the limit", async () => {
  const clock = new VirtualClock();
  let ticks = 0;
  const tick = () => {
    ticks++;
    clock.after(100, tick);
  };
  clock.after(100, tick);
  assert.equal(await clock.runUntil(() => ticks === 3, 10_000), true);
  assert.equal(clock.now(), 300);
  assert.equal(await clock.runUntil(() => ticks === 1000, 1000), false);
  assert.equal(clock.now(), 1300);
});

test("an aborted sleep leaves no timer", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(1000, controller.signal);
  controller.abort(new Error("no"));
  await assert.rejects(sleeping, { message: "no" });
  assert.equal(clock.pendingTimers, 0);
});

test("what a timer throws reaches who turns the clock, and the clock still turns", async () => {
  const clock = new VirtualClock();
  clock.after(1, () => {
    throw new Error("broken");
  });
  await assert.rejects(clock.advance(5), { message: "broken" });
  await clock.advance(5);
  assert.equal(clock.now(), 6);
});

test("thousands of timers in any order", async () => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  for (let i = 0; i < 5000; i++) {
    const at = (i * 7919) % 5000;
    const timer = clock.after(at, () => fired.push(at));
    if (at % 3 === 0) timer.cancel();
  }
  await clock.advance(5000);
  assert.deepEqual(
    fired,
    Array.from({ length: 5000 }, (_, i) => i).filter((i) => i % 3 !== 0),
  );
});
