// Turns: what comes at once is spread over turns, in order; what comes alone never waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "./turns.ts";

function loop() {
  let now = 0;
  const next: (() => void)[] = [];
  const turns = new Turns({ now: () => now, next: (action) => void next.push(action) });
  const done: number[] = [];
  return {
    done,
    /** One request that works for `ms`. */
    request: async (id: number, ms: number) => {
      const pending = turns.take();
      if (pending !== undefined) await pending;
      now += ms;
      done.push(id);
    },
    turn: async () => {
      for (const action of next.splice(0)) action();
      // What was let go runs before the next turn.
      for (let i = 0; i < 10; i++) await Promise.resolve();
    },
  };
}

test("a burst is spread, in the order of its arrival", async () => {
  const { done, request, turn } = loop();
  const all = Array.from({ length: 20 }, (_, i) => request(i, 1));
  await Promise.resolve();
  assert.equal(done.length, 6, "the first turn works for a little more than its time");
  await turn();
  assert.equal(done.length, 10);
  for (let i = 0; i < 4; i++) await turn();
  await Promise.all(all);
  assert.deepEqual(
    done,
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test("who comes in a turn of its own never waits", async () => {
  const { done, request, turn } = loop();
  for (let i = 0; i < 5; i++) {
    void request(i, 50);
    assert.equal(done.length, i + 1);
    await turn();
  }
});

test("who comes while others wait goes behind them", async () => {
  const { done, request, turn } = loop();
  const first = Array.from({ length: 12 }, (_, i) => request(i, 1));
  const late = request(99, 1);
  for (let i = 0; i < 5; i++) await turn();
  await Promise.all([...first, late]);
  assert.equal(done.at(-1), 99);
});
