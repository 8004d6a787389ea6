// Order, back-off and waking, in virtual time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualClock } from "../base/virtual-clock.ts";
import { podInfo } from "./node-info.ts";
import type { ClusterEvent, Plugin } from "./plugin.ts";
import { SchedulingQueue } from "./queue.ts";
import { aNode, aPod } from "./situation.suite.ts";

const NODE_ADDED: ClusterEvent = { type: "NodeAdded", node: aNode("a") };
const NODE_REMOVED: ClusterEvent = { type: "NodeRemoved", node: aNode("a") };

/** Wakes on new nodes only, and counts how often it was asked. */
function picky(): Plugin & { asked: number } {
  return {
    name: "Picky",
    asked: 0,
    wakes(event) {
      this.asked++;
      return event.type === "NodeAdded" || event.type === "SelfChanged";
    },
  };
}

function setUp() {
  const clock = new VirtualClock();
  const plugin = picky();
  const queue = new SchedulingQueue({ clock, plugins: [plugin] });
  return { clock, plugin, queue, name: () => queue.take()?.pod.metadata.name };
}

describe("the order", () => {
  test("priority first, then who came first", () => {
    const { queue, name } = setUp();
    for (const [pod, priority] of [
      ["a", 0],
      ["b", 10],
      ["c", 10],
      ["d", 5],
    ] as const)
      queue.put(podInfo(aPod(pod, { priority })));
    assert.deepEqual([name(), name(), name(), name(), name()], ["b", "c", "d", "a", undefined]);
  });

  test("a removed pod is never taken", () => {
    const { queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    queue.remove("pod-a");
    assert.equal(name(), undefined);
    assert.equal(queue.size, 0);
  });

  test("ready resolves with the first pod and rejects when aborted", async () => {
    const { queue, name } = setUp();
    const stop = new AbortController();
    const ready = queue.ready(stop.signal);
    queue.put(podInfo(aPod("a")));
    await ready;
    assert.equal(name(), "a");
    const waiting = queue.ready(stop.signal);
    stop.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
  });
});

describe("parked pods", () => {
  test("only what concerns the plug-ins that objected wakes them, and no try happens without", async () => {
    const { clock, queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    assert.equal(name(), "a");
    queue.park("pod-a", new Set(["Picky"]));
    queue.notify(NODE_REMOVED);
    await clock.advance(60_000);
    assert.equal(name(), undefined);
    queue.notify(NODE_ADDED);
    assert.equal(name(), "a");
  });

  test("a pod that nobody rejected wakes on anything", async () => {
    const { clock, queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    queue.take();
    queue.park("pod-a", new Set());
    queue.notify(NODE_REMOVED);
    await clock.advance(1000);
    assert.equal(name(), "a");
  });

  test("the back-off counts from the last try and doubles up to ten seconds", async () => {
    const { clock, queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      assert.equal(name(), "a");
      queue.park("pod-a", new Set(["Picky"]));
      queue.notify(NODE_ADDED);
      await clock.advance(seconds * 1000 - 1);
      assert.equal(name(), undefined, `before ${seconds} s`);
      await clock.advance(1);
    }
    assert.equal(name(), "a");
  });

  test("nobody waits longer than five minutes", async () => {
    const { clock, queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    queue.take();
    queue.park("pod-a", new Set(["Picky"]));
    await clock.advance(299_999);
    assert.equal(name(), undefined);
    await clock.advance(1);
    assert.equal(name(), "a");
  });

  test("who was refused goes behind its equals", async () => {
    const { clock, queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    queue.put(podInfo(aPod("b")));
    queue.take();
    queue.park("pod-a", new Set(["Picky"]));
    await clock.advance(5000);
    queue.notify(NODE_ADDED);
    assert.deepEqual([name(), name()], ["b", "a"]);
  });

  test("a change of the pod itself is asked about only when it can matter", async () => {
    const { clock, plugin, queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    queue.take();
    queue.park("pod-a", new Set(["Picky"]));
    await clock.advance(5000);
    queue.put(podInfo(aPod("a", { status: { message: "told" } })));
    assert.equal(plugin.asked, 0);
    assert.equal(name(), undefined);
    queue.put(podInfo(aPod("a", { labels: { app: "web" } })));
    assert.equal(name(), "a");
  });

  test("a failure of another kind is retried after the back-off, parked or not", async () => {
    const { clock, queue, name } = setUp();
    queue.put(podInfo(aPod("a")));
    queue.take();
    queue.retry("pod-a");
    await clock.advance(1000);
    assert.equal(name(), "a");
    queue.park("pod-a", new Set(["Picky"]));
    queue.retry("pod-a");
    await clock.advance(2000);
    assert.equal(name(), "a");
  });

  test("removing a parked pod leaves no timer behind", () => {
    const { clock, queue } = setUp();
    queue.put(podInfo(aPod("a")));
    queue.take();
    queue.park("pod-a", new Set(["Picky"]));
    assert.equal(clock.pendingTimers, 1);
    queue.remove("pod-a");
    assert.equal(clock.pendingTimers, 0);
  });
});
