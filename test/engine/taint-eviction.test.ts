// Evictions by taints on a real server in virtual time: the test is scheduler, kubelet and whoever taints.
import assert from "node:assert/strict";
import { test } from "node:test";
import { taintEviction } from "../../src/controllers/taint-eviction.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { podConflicts } from "./pod-conflicts.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

const SECOND = 1000;
const name = { namespace: "demo", name: "p" };
const FOR_TEN_SECONDS = { key: "broken", operator: "Exists", effect: "NoExecute", tolerationSeconds: 10 };

async function open(tolerations: readonly object[]) {
  const conflicts = podConflicts("node-controller");
  const world = await openWorld({ controllers: [taintEviction()], admission: [conflicts.plugin] });
  await world.client.create(Node, { metadata: { name: "n" }, spec: {} });
  const spec = { nodeName: "n", containers: [{ name: "c", image: "app:1" }], tolerations };
  await world.client.create(Pod, { metadata: name, spec } as unknown as Pod);
  await world.pass(SECOND);
  return { world, conflicts };
}

const taint = ({ client }: World, taints: readonly object[]) =>
  client.patch(Node, { name: "n" }, { type: "merge", body: { spec: { taints } } });
const isLeaving = async ({ client }: World) =>
  (await client.get(Pod, name).catch(() => undefined))?.metadata.deletionTimestamp !== undefined;
const broken = { key: "broken", effect: "NoExecute" };

test("a pod bears a taint for as long as it says; without the taint it stays", async () => {
  const { world } = await open([FOR_TEN_SECONDS]);
  await taint(world, [broken]);
  await world.pass(5 * SECOND);
  await taint(world, []);
  await world.pass(15 * SECOND);
  assert.equal(await isLeaving(world), false);
  await taint(world, [broken]);
  await world.pass(9 * SECOND);
  assert.equal(await isLeaving(world), false);
  await world.pass(2 * SECOND);
  assert.equal(await isLeaving(world), true);
  await world.stop();
});

test("conflicts put an eviction off, and its time does not begin anew", async () => {
  for (const [tolerations, due] of [
    [[], 0],
    [[FOR_TEN_SECONDS], 10],
  ] as const) {
    const { world, conflicts } = await open(tolerations);
    conflicts.begin(world, (due + 1) * SECOND);
    await taint(world, [broken]);
    await world.pass((due + 0.5) * SECOND);
    assert.equal(await isLeaving(world), false);
    await world.pass(2 * SECOND);
    const { metadata, status } = await world.client.get(Pod, name);
    assert.ok(metadata.deletionTimestamp !== undefined);
    assert.equal(status.conditions?.find(({ type }) => type === "DisruptionTarget")?.reason, "DeletionByTaintManager");
    await world.stop();
  }
});

test("the first toleration that fits counts; an eviction that a pod's end forestalls is called off", async () => {
  const { world } = await open([{ ...FOR_TEN_SECONDS, tolerationSeconds: 60 }, FOR_TEN_SECONDS]);
  await taint(world, [broken]);
  await world.pass(20 * SECOND);
  assert.equal(await isLeaving(world), false, "sixty seconds come first");
  await world.client.delete(Pod, name, { gracePeriodSeconds: 0 });
  await world.pass(2 * SECOND);
  const { items } = await world.client.list(Event, { namespace: "demo" });
  assert.deepEqual(
    items.map(({ reason, message }) => `${reason} ${message}`),
    ["TaintManagerEviction Cancelling deletion of Pod demo/p"],
  );
  await world.stop();
});
