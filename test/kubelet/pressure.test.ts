// A node that runs short of memory: who goes, what is said, who is not let in, and that it is over.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Draft } from "../../src/client/client.ts";
import { Shortages } from "../../src/kubelet/node/shortages.ts";
import type { Shortage } from "../../src/kubelet/node/shortages.ts";
import type { MemoryUse } from "../../src/kubelet/pod/pod-usage.ts";
import type { Clock } from "../../src/base/clock.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { condition } from "../../src/resources/core/pod/readiness.ts";
import { IMAGE, eventsOf, podNamed, testNode } from "./node.ts";

const MI = 1024 ** 2;
const LOOP = "while :; do sleep 0.2; done";
const SHORT: Shortage = { resource: "memory", threshold: 100 * MI, available: 10 * MI };

function pod(name: string, memory?: string): Draft<Pod> {
  const resources = memory === undefined ? {} : { requests: { memory } };
  const container = { name: "c", image: IMAGE, command: ["sh", "-c", LOOP], resources };
  return {
    metadata: { name, namespace: "default" },
    spec: { nodeName: "node-1", terminationGracePeriodSeconds: 30, containers: [container] } as Pod["spec"],
  };
}

test("a node that is short of memory ends one pod at a time, and takes none that asks for nothing", async () => {
  let found: readonly Shortage[] = [];
  let used: readonly MemoryUse[] = [];
  // The node's clock is made with it.
  const late: { clock?: Clock } = {};
  const clock = { monotonic: () => late.clock?.monotonic() ?? 0 } as Clock;
  const shortages = new Shortages(clock, () => Promise.resolve(found));
  const node = await testNode({}, { shortages, memoryUse: () => Promise.resolve(used) });
  late.clock = node.clock;
  const { client } = node;
  const made: Record<string, Pod> = {};
  for (const [name, memory] of [["modest", "64Mi"], ["greedy"], ["greedier"]] as const)
    made[name] = await client.create(Pod, pod(name, memory));
  await node.clock.advance(5000);
  const use = (name: string, mi: number) => {
    const memory = { workingSet: mi * MI };
    return { uid: made[name]!.metadata.uid!, memory, containers: [{ name: "c", memory }] };
  };
  used = [use("modest", 60), use("greedy", 200), use("greedier", 300)];
  found = [SHORT];
  await node.clock.advance(15_000);
  found = [];
  await node.clock.advance(10_000);

  const gone = await podNamed(client, "greedier");
  const message =
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 10Mi. " +
    "Container c was using 300Mi, request is 0, has larger consumption of memory. ";
  assert.deepEqual([gone.status.phase, gone.status.reason, gone.status.message], ["Failed", "Evicted", message]);
  const { status, reason } = condition(gone, "DisruptionTarget")!;
  assert.deepEqual([status, reason], ["True", "TerminationByKubelet"]);
  assert.ok((await eventsOf(client, "greedier")).includes(`Warning Evicted - ${message}`));
  for (const name of ["modest", "greedy"]) assert.equal((await podNamed(client, name)).status.phase, "Running", name);

  const conditionOf = async () =>
    (await client.get(Node, { name: "node-1" })).status.conditions?.find(({ type }) => type === "MemoryPressure");
  assert.equal((await conditionOf())?.status, "True");
  await client.create(Pod, pod("asks-nothing"));
  await client.create(Pod, pod("asks", "1Mi"));
  await node.clock.advance(5000);
  const refused = await podNamed(client, "asks-nothing");
  assert.deepEqual(
    [refused.status.phase, refused.status.reason, refused.status.message],
    ["Failed", "Evicted", "Pod was rejected: The node had condition: [MemoryPressure]. "],
  );
  assert.equal((await podNamed(client, "asks")).status.phase, "Running");
  await node.clock.advance(330_000);
  assert.equal((await conditionOf())?.status, "False");
  await node.close();
});
