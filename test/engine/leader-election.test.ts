// Leader election: one at a time, over at once when given back, after the lease when the holder is silent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import type { Client } from "../../src/client/client.ts";
import { LeaseLost, whileLeader } from "../../src/reconcile/leader-election.ts";
import { resources } from "../../src/resources/index.ts";
import { Lease } from "../../src/resources/coordination/lease.ts";
import { serviceUnavailable } from "../../src/schema/meta/status.ts";
import { bareServer } from "../client/carriers.ts";

async function open() {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const server = await bareServer(resources, clock);
  const client = server.localClient({ name: "admin", groups: ["system:masters"] });
  /** Who works now, and who ever did. */
  const working = new Set<string>();
  const ever: string[] = [];
  const candidate = (identity: string, through: Client = client) => {
    const stop = new AbortController();
    const options = {
      client: through,
      namespace: "kube-system",
      name: "leader",
      identity,
      clock,
      random: seededRandom(ever.length),
      log: silentLog,
    };
    const ended = whileLeader(options, stop.signal, async (signal) => {
      assert.equal(working.size, 0, "two at once");
      working.add(identity);
      ever.push(identity);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      working.delete(identity);
    });
    return { ended: ended.catch((error: unknown) => error), stop: () => stop.abort(new Error("stopped")) };
  };
  return { clock, client, working, ever, candidate };
}

test("one works at a time; the next takes over within seconds when the lease is given back", async () => {
  const { clock, client, working, ever, candidate } = await open();
  const a = candidate("a");
  await clock.advance(1000);
  const b = candidate("b");
  await clock.advance(60_000);
  assert.deepEqual([...working], ["a"]);
  a.stop();
  await clock.advance(5000);
  assert.deepEqual([...working], ["b"]);
  assert.deepEqual(ever, ["a", "b"]);
  assert.equal((await client.get(Lease, { namespace: "kube-system", name: "leader" })).spec.leaseTransitions, 1);
  b.stop();
  await clock.advance(5000);
  await Promise.all([a.ended, b.ended]);
});

test("who cannot renew stops before another begins", async () => {
  const { clock, client, working, ever, candidate } = await open();
  let cut = false;
  const flaky: Client = {
    ...({} as Client),
    user: "a",
    get: (...args) => (cut ? Promise.reject(serviceUnavailable("cut off")) : client.get(...args)),
    create: (...args) => client.create(...args),
    update: (...args) => (cut ? Promise.reject(serviceUnavailable("cut off")) : client.update(...args)),
  };
  const a = candidate("a", flaky);
  await clock.advance(1000);
  const b = candidate("b");
  await clock.advance(10_000);
  assert.deepEqual([...working], ["a"]);
  cut = true;
  await clock.advance(13_000);
  assert.deepEqual([...working], [], "the old one gave up");
  await clock.advance(10_000);
  assert.deepEqual([...working], ["b"]);
  assert.ok((await a.ended) instanceof LeaseLost);
  assert.deepEqual(ever, ["a", "b"]);
  b.stop();
  await clock.advance(5000);
  await b.ended;
});
