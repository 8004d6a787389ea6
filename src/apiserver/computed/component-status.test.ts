// ComponentStatuses say who watches; they are read like any other kind, and nobody stores them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { ComponentStatus } from "../../resources/core/component-status.ts";
import { Namespace } from "../../resources/core/namespace.ts";
import { memoryStore } from "../../store/memory.ts";
import { standardServer } from "../standard.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };

test("a component is healthy while it watches", async () => {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  const options = { store, clock, random: seededRandom(1), log: silentLog, serviceCidrs: ["10.96.0.0/16"] };
  const server = await standardServer(options);
  const client = server.localClient(ADMIN);
  const found = async () =>
    (await client.list(ComponentStatus)).items.map(({ metadata, conditions = [] }) => [
      metadata.name,
      conditions[0]?.status,
    ]);
  assert.deepEqual(await found(), [
    ["scheduler", "False"],
    ["controller-manager", "False"],
    ["etcd-0", "True"],
  ]);
  const stop = new AbortController();
  const agent = server.localClient(ADMIN, "kube-scheduler/v1.37.2 (linux/amd64)");
  const watching = (async () => {
    for await (const _ of agent.watch(Namespace, { signal: stop.signal }));
  })();
  await clock.settle();
  assert.deepEqual((await found())[0], ["scheduler", "True"]);
  assert.equal((await client.get(ComponentStatus, { name: "scheduler" })).conditions?.[0]?.message, "ok");
  stop.abort();
  await watching;
  assert.deepEqual((await found())[0], ["scheduler", "False"]);
  await assert.rejects(client.get(ComponentStatus, { name: "nothing" }), /^.*componentstatus "nothing" not found$/);
  await server.close(0);
});
