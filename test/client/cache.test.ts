// How a cache goes on after failures, on a server that is a script in virtual time. What it holds of a real server is
// tested with the engine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { serviceUnavailable } from "../../src/schema/meta/status.ts";
import { Cache } from "../../src/client/cache.ts";
import type { Client, WatchEvent, WatchOptions } from "../../src/client/client.ts";

const SECOND = 1000;

const bookmark = (resourceVersion: string, initialEnd = false) =>
  ({ type: "BOOKMARK", resourceVersion, initialEnd }) as WatchEvent<ConfigMap>;

/** A cache on a server that is down until `upAt`; then each watch tells the state, `news` or not, and ends. */
async function watchesOf({ upAt, news, until }: { upAt: number; news: boolean; until: number }) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const asked: number[] = [];
  const client = {
    async *watch(_: unknown, { sendInitialEvents }: WatchOptions) {
      asked.push(clock.monotonic());
      if (clock.monotonic() < upAt) throw serviceUnavailable("connection refused");
      if (!sendInitialEvents) return;
      yield bookmark("5", true);
      if (news) yield bookmark("6");
    },
  } as unknown as Client;
  const stop = new AbortController();
  const running = new Cache(ConfigMap, { client, clock, random: seededRandom(1), log: silentLog }).run(stop.signal);
  await clock.advance(until);
  stop.abort(new Error("the test is over"));
  await clock.settle();
  await running;
  return asked;
}

test("news from the server makes the cache forget an outage: the next failure is a first one again", async () => {
  const asked = await watchesOf({ upAt: 20 * SECOND, news: true, until: 60 * SECOND });
  const after = asked.filter((at) => at >= 20 * SECOND);
  assert.ok(after.length >= 4, `asked ${after.length} times`);
  // The state and news, a watch that ends at once, and the one that comes after the first delay.
  assert.ok(after[2]! - after[0]! < 200, `waited ${after[2]! - after[0]!} ms`);
});

test("a server that tells its state and ends every watch is asked ever more rarely", async () => {
  const asked = await watchesOf({ upAt: 0, news: false, until: 60 * SECOND });
  assert.ok(asked.length < 15, `asked ${asked.length} times within a minute`);
});

test("after a long outage the cache is back soon enough for who counts the silence of nodes", async () => {
  const minutes = 60 * SECOND;
  const asked = await watchesOf({ upAt: 10 * minutes, news: true, until: 11 * minutes });
  const back = asked.find((at) => at >= 10 * minutes);
  assert.ok(back !== undefined && back - 10 * minutes <= 15 * SECOND, `back after ${back} ms`);
  const gaps = asked.slice(1).map((at, i) => at - asked[i]!);
  assert.ok(Math.max(...gaps) <= 15 * SECOND, `waited ${Math.max(...gaps)} ms`);
});
