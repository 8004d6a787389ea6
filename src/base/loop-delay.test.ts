// The figures of a loop that is held, and of one that is not, whether it was at rest before or not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";
import { watchLoopDelay } from "./loop-delay.ts";
import { Metrics } from "./metrics.ts";

function hold(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("a loop that was held shows at worst, and each reading tells of the time since the last", async () => {
  const metrics = new Metrics();
  watchLoopDelay(metrics);
  const worst = () => Number(/^nodejs_eventloop_delay_max_seconds (\S+)$/m.exec(metrics.text())![1]);
  assert.equal(worst(), 0);
  for (let i = 0; i < 10; i++) await systemClock.sleep(20);
  hold(150);
  await systemClock.sleep(1);
  assert.ok(worst() >= 0.12, "held while the loop had work");
  // Long enough for the looks to become rare.
  await systemClock.sleep(1500);
  worst();
  const held = performance.now();
  hold(450);
  await systemClock.sleep(1);
  const seconds = worst();
  assert.ok(seconds >= 0.2 && seconds <= (performance.now() - held) / 1000, `held at rest: ${seconds}`);
  await systemClock.sleep(100);
  assert.ok(worst() < 0.45);
});
