// Watches that begin in the past, on a server whose own caches are behind. It refuses sockets and real time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { Scale } from "../../resources/autoscaling/scale.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import type { Resource } from "../../schema/resource.ts";
import { memoryStore } from "../../store/memory.ts";
import type { Store } from "../../store/store.ts";
import { masters } from "../authorization/masters.ts";
import { createApiServer } from "../server.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };

/** The store of a server that hears of changes only once the gate is open; watches of one kind hear at once. */
function lateFor(store: Store, gate: Promise<void>): Store {
  return {
    revision: () => store.revision(),
    get: (...args) => store.get(...args),
    range: (...args) => store.range(...args),
    commit: (...args) => store.commit(...args),
    compact: (...args) => store.compact(...args),
    trim: (...args) => store.trim(...args),
    history: (...args) => store.history(...args),
    close: () => store.close(),
    async *watch(options) {
      for await (const batch of store.watch(options)) {
        if (options.prefix === "") await gate;
        yield batch;
      }
    },
  };
}

test("what the store has told of the past is not told again when the cache hears of it", async () => {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  const open = (on: Store) =>
    createApiServer({
      store: on,
      clock,
      random: seededRandom(1),
      log: silentLog,
      resources: [ConfigMap as unknown as Resource],
      bodies: [Scale],
      authorizers: () => [masters],
    });
  const gate = Promise.withResolvers<void>();
  const writer = await open(store);
  const people = writer.localClient(ADMIN);
  const make = (name: string) => people.create(ConfigMap, { metadata: { namespace: "demo", name } });
  const first = await make("first");
  await make("second");
  const server = await open(lateFor(store, gate.promise));
  await make("third");
  const stop = new AbortController();
  const told: string[] = [];
  const reading = (async () => {
    const { resourceVersion } = first.metadata;
    const events = server.localClient(ADMIN).watch(ConfigMap, { resourceVersion, signal: stop.signal });
    for await (const event of events)
      if (event.type !== "BOOKMARK") told.push(`${event.type} ${event.object.metadata.name}`);
  })();
  await clock.advance(10);
  const [second, third, fourth] = ["ADDED second", "ADDED third", "ADDED fourth"];
  assert.deepEqual(told, [second, third], "the past, and what the cache has not heard of");
  gate.resolve();
  await clock.advance(10);
  await make("fourth");
  await clock.advance(10);
  assert.deepEqual(told, [second, third, fourth]);
  stop.abort();
  await reading;
  await server.close(0);
  await writer.close(0);
});
