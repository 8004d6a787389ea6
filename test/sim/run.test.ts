// A run is its seed: the same events, in the same order, in no time of the machine. It refuses to say anything about
// the cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineWatch } from "./machine-watch.ts";
import { run } from "./run.ts";

test("the same seed gives the same events", async () => {
  for (const seed of [7, 11]) {
    const once = await run({ seed });
    const again = await run({ seed });
    assert.equal(again.hash, once.hash);
    assert.deepEqual(again.faults, once.faults);
    assert.equal(again.writes, once.writes);
  }
});

test("another seed gives other events", async () => {
  const [a, b] = [await run({ seed: 3 }), await run({ seed: 4 })];
  assert.notEqual(a.hash, b.hash);
});

test("a real timer is seen", () => {
  const machine = new MachineWatch();
  try {
    assert.throws(() => setTimeout(() => {}, 1), /a real timer was asked for: setTimeout/);
    assert.match(machine.touched() ?? "", /setTimeout/);
  } finally {
    machine.close();
  }
});

test("a turn of the event loop is seen", async () => {
  const wait = setImmediate;
  const machine = new MachineWatch();
  try {
    await new Promise((resolve) => wait(resolve));
    assert.match(machine.touched() ?? "", /turn of the event loop/);
  } finally {
    machine.close();
  }
});
