// Proves the work queue's promises on the virtual clock, with chance in the order of events.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { keyedBackoff } from "./backoff.ts";
import { seededRandom } from "./random.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { WorkQueue } from "./work-queue.ts";

function setup() {
  const clock = new VirtualClock();
  const backoff = keyedBackoff<string>({ initialMs: 10, maxMs: 1000 }, seededRandom(1));
  return { clock, queue: new WorkQueue<string>({ clock, backoff }) };
}

const never = new AbortController().signal;

test("a key is handed out once, in order of adding", async () => {
  const { queue } = setup();
  for (const key of ["a", "b", "a"]) queue.add(key);
  assert.equal(queue.length, 2);
  assert.equal(await queue.take(never), "a");
  assert.equal(await queue.take(never), "b");
  assert.equal(queue.length, 0);
});

test("a key added while it is worked on comes again after done", async () => {
  const { clock, queue } = setup();
  queue.add("a");
  await queue.take(never);
  queue.add("a");
  let again: string | undefined;
  void queue.take(never).then((key) => (again = key));
  await clock.settle();
  assert.equal(again, undefined);
  queue.done("a");
  await clock.settle();
  assert.equal(again, "a");
});

test("the earliest of several delays counts", async () => {
  const { clock, queue } = setup();
  queue.addAfter("a", 500);
  queue.addAfter("a", 100);
  queue.addAfter("a", 900);
  assert.equal(queue.delayed, 1);
  await clock.advance(99);
  assert.equal(queue.length, 0);
  await clock.advance(1);
  assert.equal(queue.length, 1);
  assert.equal(clock.pendingTimers, 0);
});

test("retries wait longer each time until forgotten", async () => {
  const { clock, queue } = setup();
  const delays = [];
  for (let i = 0; i < 9; i++) {
    delays.push(queue.retry("a"));
    await clock.advance(1000);
    queue.done(await queue.take(never));
  }
  assert.deepEqual(delays, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
  assert.equal(queue.retries("a"), 9);
  queue.forget("a");
  assert.equal(queue.retry("a"), 10);
});

test("one signal ends all who wait with it, and is listened to only while somebody waits", async () => {
  const { clock, queue } = setup();
  const { signal, abort } = aborting();
  const listeners = () => getEventListeners(signal, "abort").length;
  const takes = [queue.take(signal), queue.take(signal), queue.take(signal)];
  assert.equal(listeners(), 1);
  queue.add("a");
  assert.equal(await takes.shift(), "a");
  assert.equal(listeners(), 1);
  abort(new Error("enough"));
  for (const take of takes) await assert.rejects(take, { message: "enough" });
  queue.add("b");
  await clock.settle();
  assert.equal(queue.length, 1, "nobody who is gone takes a key with them");

  const later = aborting().signal;
  for (const key of ["c", "d"]) {
    assert.equal(await queue.take(later), key === "c" ? "b" : "c");
    queue.add(key);
  }
  const waits = [queue.take(later), queue.take(later)];
  queue.add("e");
  await Promise.all(waits);
  assert.equal(getEventListeners(later, "abort").length, 0);
});

function aborting() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason: Error) => controller.abort(reason) };
}

test("an aborted take gives its place to the next", async () => {
  const { clock, queue } = setup();
  const gone = new AbortController();
  const first = queue.take(gone.signal);
  const second = queue.take(never);
  gone.abort(new Error("enough"));
  await assert.rejects(first, { message: "enough" });
  queue.add("a");
  await clock.settle();
  assert.equal(await second, "a");
  await assert.rejects(queue.take(gone.signal), { message: "enough" });
});

test("done without take is a broken invariant", () => {
  const { queue } = setup();
  assert.throws(() => queue.done("a"), { name: "AssertionFailed" });
});

test("whatever happens, a key is never worked on twice and every addition is seen", async () => {
  const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d"), delay: fc.nat(5), work: fc.nat(5) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, workers) => {
      const { clock, queue } = setup();
      const working = new Set<string>();
      const added = new Map<string, number>();
      const seen = new Map<string, number>();
      const end = new AbortController();
      const worker = async (n: number) => {
        for (;;) {
          const key = await queue.take(end.signal);
          assert.ok(!working.has(key), "two workers on one key");
          working.add(key);
          const version = added.get(key)!;
          await clock.sleep(1 + n);
          seen.set(key, version);
          working.delete(key);
          queue.done(key);
        }
      };
      const running = Array.from({ length: workers }, (_, n) =>
        worker(n).catch((e) => assert.equal(e, end.signal.reason)),
      );
      for (const [i, { key, delay, work }] of steps.entries()) {
        added.set(key, i);
        queue.addAfter(key, delay);
        await clock.advance(work);
      }
      await clock.advance(1000);
      assert.deepEqual([...seen].sort(), [...added].sort());
      assert.equal(queue.length + queue.working + queue.delayed, 0);
      end.abort();
      await Promise.all(running);
    }),
    { numRuns: 200 },
  );
});

test("many keys cost the same each", async () => {
  const { queue } = setup();
  for (let i = 0; i < 100_000; i++) queue.add(`${i}`);
  for (let i = 0; i < 100_000; i++) queue.done(await queue.take(never));
  assert.equal(queue.length, 0);
});
