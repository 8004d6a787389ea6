// Heavy calls of the runtime: a few at a time, the furthest first, and a hanging one holds up nobody.
import { test } from "node:test";
import assert from "node:assert/strict";
import { VirtualClock } from "../../base/virtual-clock.ts";
import type { Cri } from "../cri.ts";
import { pacedCri } from "./paced.ts";

function world(most: number) {
  const clock = new VirtualClock(0);
  const log: string[] = [];
  let running = 0;
  let highest = 0;
  const call =
    (name: string, ms = 100) =>
    async ({ id = "" }: { id?: string }) => {
      log.push(`${name} ${id}`);
      highest = Math.max(highest, ++running);
      await clock.sleep(ms);
      running--;
      if (id === "bad") throw new Error("refused");
      return {};
    };
  const names = ["runPodSandbox", "createContainer", "startContainer", "removePodSandbox"];
  const calls = Object.fromEntries(names.map((name) => [name, call(name)]));
  const runtime = {
    ...calls,
    stopContainer: call("stopContainer", 60_000),
    stopPodSandbox: call("stopPodSandbox", 60_000),
  };
  const cri = { runtime, images: {}, changes: () => [] } as unknown as Cri;
  const paced = pacedCri(cri, { clock, most }).runtime as unknown as Record<
    string,
    (request: object, options?: { signal: AbortSignal }) => Promise<object>
  >;
  return { clock, log, paced, highest: () => highest };
}

test("no more than so many run at a time, and each is made", async () => {
  const { clock, log, paced, highest } = world(3);
  const all = Array.from({ length: 10 }, (_, i) => paced["runPodSandbox"]!({ id: String(i) }));
  await clock.advance(1000);
  await Promise.all(all);
  assert.deepEqual([log.length, highest()], [10, 3]);
});

test("who has got further goes first, but nobody waits for ever", async () => {
  const { clock, log, paced } = world(1);
  const names = ["runPodSandbox", "removePodSandbox", "runPodSandbox", "createContainer", "startContainer"];
  const all = names.map((name, i) => paced[name]!({ id: String(i) }));
  await clock.advance(1000);
  await Promise.all(all);
  const order = ["runPodSandbox 0", "startContainer 4", "createContainer 3", "runPodSandbox 2", "removePodSandbox 1"];
  assert.deepEqual(log.splice(0), order);
  const old = [paced["runPodSandbox"]!({}), paced["removePodSandbox"]!({ id: "old" })];
  const later: Promise<object>[] = [];
  for (let i = 0; i < 80; i++) {
    later.push(paced["startContainer"]!({}));
    await clock.advance(100);
  }
  assert.ok(log.indexOf("removePodSandbox old") < 60, "it was not overtaken for more than some seconds");
  await clock.advance(10_000);
  await Promise.all([...old, ...later]);
});

test("a call that hangs gives its place away, one that fails too; light calls do not wait", async () => {
  const { clock, log, paced } = world(1);
  const hanging = paced["stopPodSandbox"]!({});
  const next = paced["startContainer"]!({});
  void paced["stopContainer"]!({});
  await clock.advance(4000);
  assert.deepEqual(log, ["stopPodSandbox ", "stopContainer "]);
  await clock.advance(2000);
  await next;
  await clock.advance(60_000);
  await hanging;
  const bad = assert.rejects(paced["startContainer"]!({ id: "bad" }), /refused/);
  const after = paced["startContainer"]!({});
  await clock.advance(200);
  await Promise.all([bad, after]);
});

test("who gives up while it waits takes no place", async () => {
  const { clock, log, paced } = world(1);
  const first = paced["startContainer"]!({ id: "first" });
  const stop = new AbortController();
  const gone = assert.rejects(paced["startContainer"]!({ id: "gone" }, { signal: stop.signal }), /no longer/);
  const last = paced["startContainer"]!({ id: "last" });
  stop.abort(new Error("no longer wanted"));
  await clock.advance(300);
  await Promise.all([first, gone, last]);
  assert.deepEqual(log, ["startContainer first", "startContainer last"]);
});
