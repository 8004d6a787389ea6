// What is kept of the past, on virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../base/log.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { memoryStore } from "../store/memory.ts";
import { CompactedError } from "../store/store.ts";
import { keepHistory } from "./history.ts";

test("reads reach back at least five minutes and at most ten", async () => {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  const stop = new AbortController();
  const keeping = keepHistory({ store, clock, log: silentLog }, stop.signal);
  const put = (value: string) =>
    store.commit({
      compare: [],
      puts: [{ key: "core/configmaps/a/b", value: Buffer.from(value) }],
      cause: { user: "u", request: "r" },
    });
  const first = await put("1");
  await clock.advance(60_000);
  await put("2");
  await clock.advance(5 * 60_000);
  await store.get("core/configmaps/a/b", { revision: first.revision });
  await clock.advance(5 * 60_000);
  await assert.rejects(store.get("core/configmaps/a/b", { revision: first.revision }), CompactedError);
  stop.abort();
  await keeping;
});
