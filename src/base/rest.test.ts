// When memory is given back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "./log.ts";
import { giveBackAtRest } from "./rest.ts";
import { VirtualClock } from "./virtual-clock.ts";

test("memory is given back once, after three quiet seconds in a row", async () => {
  const clock = new VirtualClock(0);
  const shares = [0.9, 0.01, 0.02, 0.3, 0, 0, 0];
  const collected: unknown[] = [];
  const collect = (options: unknown) => void collected.push(options);
  const options = { clock, log: silentLog, busy: () => shares.shift() ?? 0, collect };
  const done = giveBackAtRest(options, new AbortController().signal);
  await clock.advance(6500);
  assert.deepEqual(collected, []);
  await clock.advance(1000);
  await done;
  assert.deepEqual(collected, [{ type: "major", flavor: "last-resort" }]);
  await clock.advance(60_000);
  assert.equal(collected.length, 1);
});

test("a process that ends, or that cannot collect, is left alone", async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  const collect = () => assert.fail("nothing is to be collected");
  const waiting = giveBackAtRest({ clock, log: silentLog, busy: () => 0, collect }, stop.signal);
  await clock.advance(1500);
  stop.abort(new Error("the end"));
  await waiting;
  await giveBackAtRest({ clock, log: silentLog, busy: () => 0 }, new AbortController().signal);
});
