// The memory store against the contract, and as the simulation uses it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { memoryStore } from "./memory.ts";
import type { Change } from "./store.ts";
import { changesOf, put, remove } from "./probe.ts";
import { storeSuite } from "./suite.ts";

storeSuite("memory", async (options) => memoryStore(options));

test("memory: needs microtasks only, and repeats itself", async () => {
  let turned = false;
  systemClock.after(0, () => (turned = true));
  const run = async (): Promise<Change[]> => {
    const store = memoryStore({ clock: new VirtualClock() });
    const watching = Promise.all(["", "a/", "a/"].map((prefix) => changesOf(store, prefix, 1, 200)));
    for (let i = 0; i < 300; i++)
      await (i % 3 === 2 ? remove(store, `a/${i - 1}`) : put(store, `a/${i % 50}`, String(i)));
    const seen = (await watching).flatMap((changes) => changes.slice(0, 200));
    await store.range({ prefix: "a/", revision: 100 });
    await store.compact(150);
    await store.trim({ keepMs: 0, keepBytes: 0, neverKeep: [] });
    await store.close();
    return seen;
  };
  assert.deepEqual(await run(), await run());
  assert.equal(turned, false, "a turn of the event loop was needed");
});

test("memory: lists of 100,000 keys are read page by page without a scan", async () => {
  const store = memoryStore({ clock: new VirtualClock() });
  const count = 100_000;
  for (let i = 0; i < count; i++) await put(store, `core/pods/ns-${i % 10}/pod-${(i * 7919) % count}`, "x");
  const began = systemClock.monotonic();
  let pages = 0;
  for (let from: string | undefined = ""; from !== undefined; pages++) {
    const page: { next: string | undefined } = await store.range({ prefix: "core/pods/", from, limit: 500 });
    from = page.next;
  }
  const took = systemClock.monotonic() - began;
  assert.equal(pages, 200);
  // 60 ms here; a scan of the keys for each page takes twenty times as long.
  assert.ok(took < 1000, `${took} ms`);
  await store.close();
});
