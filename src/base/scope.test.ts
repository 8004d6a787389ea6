// Proves lifetimes: what ends when, in which order, and where errors go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Scope } from "./scope.ts";
import { VirtualClock } from "./virtual-clock.ts";

test("closing goes back through tasks, children and deferred functions, last first", async () => {
  const order: string[] = [];
  const scope = new Scope("top");
  const untilAborted = (name: string) => (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => {
        order.push(`${name} aborted`);
        reject(signal.reason);
      });
    });
  scope.defer(() => order.push("first deferred"));
  void scope.run("task", untilAborted("task"));
  const child = scope.child("child");
  child.defer(async () => {
    await Promise.resolve();
    order.push("child deferred");
  });
  scope.defer(() => order.push("last deferred"));
  await scope.close();
  assert.deepEqual(order, ["task aborted", "last deferred", "child deferred", "first deferred"]);
  assert.ok(child.signal.aborted);
});

test("close waits for tasks", async () => {
  const clock = new VirtualClock();
  const scope = new Scope("top");
  let ended = false;
  void scope.run("slow", async () => {
    await clock.sleep(100);
    ended = true;
  });
  const closing = scope.close();
  await clock.advance(99);
  assert.equal(ended, false);
  await clock.advance(1);
  await closing;
  assert.equal(ended, true);
});

test("a failing task aborts its scope, not the parent, and close throws it", async () => {
  const top = new Scope("top");
  const child = top.child("child");
  await child.run("bad", async () => {
    throw new Error("broke");
  });
  assert.ok(child.signal.aborted);
  assert.ok(!top.signal.aborted);
  await assert.rejects(top.close(), { message: "top/child: task bad failed: broke" });
});

test("every ending runs although one throws; several errors come together", async () => {
  const scope = new Scope("top");
  let ran = false;
  scope.defer(() => (ran = true));
  scope.defer(() => Promise.reject(new Error("one")));
  scope.defer(() => {
    throw new Error("two");
  });
  await assert.rejects(scope.close(), (error: AggregateError) => {
    assert.deepEqual(
      error.errors.map((e: Error) => e.message),
      ["two", "one"],
    );
    return true;
  });
  assert.ok(ran);
});

test("a scope follows its parent's signal and lets go of it when closed", async () => {
  const parent = new AbortController();
  const scope = new Scope("s", parent.signal);
  const other = new Scope("o", parent.signal);
  await other.close("done");
  parent.abort("stop");
  assert.equal(scope.signal.reason, "stop");
  assert.equal(other.signal.reason, "done");
  assert.ok(new Scope("late", parent.signal).signal.aborted);
});

test("a closed scope takes nothing more; closing again is the same closing", async () => {
  const scope = new Scope("s");
  const first = scope.close();
  assert.equal(scope.close(), first);
  await first;
  assert.throws(() => scope.defer(() => {}), { name: "AssertionFailed" });
  assert.throws(() => scope.run("t", async () => {}), { name: "AssertionFailed" });
});

test("a task is not started in a cancelled scope", async () => {
  const scope = new Scope("s");
  scope.cancel();
  await scope.run("t", () => assert.fail("started"));
  await scope.close();
});

test("await using closes", async () => {
  let ended = false;
  {
    await using scope = new Scope("s");
    scope.defer(() => (ended = true));
  }
  assert.ok(ended);
});
