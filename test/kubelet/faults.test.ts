// What a kubelet makes of a machine that does it harm: dead shims, reboots, a runtime that does not let go, and its own
// end amid twenty starts. On the simulated runtime, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Draft } from "../../src/client/client.ts";
import type { Clock } from "../../src/base/clock.ts";
import type { KubeletOptions } from "../../src/kubelet/kubelet.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { isReady } from "../../src/resources/core/pod/readiness.ts";
import { FACTS, IMAGE, eventsOf, podNamed, testNode } from "./node.ts";
import type { TestNode } from "./node.ts";

const LOOP = 'trap "exit 0" TERM; while :; do sleep 0.2; done';
const CHANGED = "Normal SandboxChanged - Pod sandbox changed, it will be killed and re-created.";

function pod(name: string, spec: Partial<Pod["spec"]> = {}): Draft<Pod> {
  const container = { name: "c", image: IMAGE, command: ["sh", "-c", LOOP] };
  return {
    metadata: { name, namespace: "default" },
    spec: { nodeName: "node-1", terminationGracePeriodSeconds: 2, containers: [container], ...spec } as Pod["spec"],
  };
}

const sandboxOf = ({ runtime }: TestNode, name: string): string =>
  [...runtime.state.sandboxes.values()].find((one) => one.ready && one.config.metadata?.name === name)!.id;

/** Counts the calls of one name; `instead` is done in their place. */
function counting(node: TestNode, name: "removePodSandbox" | "stopPodSandbox", instead?: () => Promise<object>) {
  const calls = node.runtime.runtime as unknown as Record<string, (...all: unknown[]) => Promise<object>>;
  const real = calls[name]!;
  let count = 0;
  let restored = false;
  calls[name] = (...all) => {
    count++;
    return instead && !restored ? instead() : real.apply(calls, all);
  };
  return { count: () => count, restore: () => void (restored = true) };
}

test("a dead shim: the old sandbox is stopped, the containers restart in a new one", async () => {
  const node = await testNode();
  await node.client.create(Pod, pod("p"));
  await node.client.create(Pod, pod("other"));
  await node.clock.advance(2000);
  const stops = counting(node, "stopPodSandbox");
  const dead = sandboxOf(node, "p");
  node.runtime.killShim(dead);
  await node.clock.advance(2000);
  const seen = await podNamed(node.client, "p");
  assert.ok(isReady(seen));
  assert.equal(seen.status.containerStatuses?.[0]?.restartCount, 1);
  assert.equal(seen.status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 255);
  assert.equal(stops.count(), 1, "its address and network are given back");
  assert.notEqual(sandboxOf(node, "p"), dead);
  const told = await eventsOf(node.client, "p");
  assert.equal(told.filter((text) => text === CHANGED).length, 1);
  assert.equal((await podNamed(node.client, "other")).status.containerStatuses?.[0]?.restartCount, 0);
  await node.client.delete(Pod, { namespace: "default", name: "p" });
  await node.clock.advance(5000);
  assert.equal(node.runtime.state.sandboxes.size, 1);
  await node.close();
});

test("a dead shim of a pod that never restarts: it has failed, and its sandbox is stopped", async () => {
  const node = await testNode();
  await node.client.create(Pod, pod("p", { restartPolicy: "Never" }));
  await node.clock.advance(2000);
  const stops = counting(node, "stopPodSandbox");
  node.runtime.killShim(sandboxOf(node, "p"));
  await node.clock.advance(2000);
  assert.equal((await podNamed(node.client, "p")).status.phase, "Failed");
  assert.equal(stops.count(), 1);
  assert.equal(node.runtime.state.sandboxes.size, 1);
  await node.close();
});

test("a sandbox that stays listed though it was removed is asked for with growing delays, and goes at last", async () => {
  const node = await testNode();
  await node.client.create(Pod, pod("p"));
  await node.clock.advance(2000);
  const removals = counting(node, "removePodSandbox", async () => ({}));
  await node.client.delete(Pod, { namespace: "default", name: "p" });
  await node.clock.advance(120_000);
  assert.ok(removals.count() >= 5 && removals.count() <= 12, `${removals.count()} calls in two minutes`);
  removals.restore();
  await node.clock.advance(31_000);
  assert.equal(node.runtime.state.sandboxes.size, 0);
  await node.close();
});

test("a sandbox that cannot be stopped is tried again with growing delays", async () => {
  const node = await testNode();
  await node.client.create(Pod, pod("p"));
  await node.clock.advance(2000);
  const stops = counting(node, "stopPodSandbox", () => Promise.reject(new Error("the network is stuck")));
  node.runtime.killShim(sandboxOf(node, "p"));
  await node.clock.advance(60_000);
  assert.ok(stops.count() >= 4 && stops.count() <= 10, `${stops.count()} calls in a minute`);
  stops.restore();
  await node.clock.advance(31_000);
  assert.ok(isReady(await podNamed(node.client, "p")));
  await node.close();
});

test("a reboot: the node says so with its new boot id, pods start again by their policy, nothing runs twice", async () => {
  let bootID = "first";
  const node = await testNode({}, { facts: () => ({ ...FACTS, bootID }) });
  await node.client.create(Pod, pod("always"));
  await node.client.create(Pod, pod("failure", { restartPolicy: "OnFailure" }));
  await node.client.create(Pod, pod("never", { restartPolicy: "Never" }));
  await node.clock.advance(15_000);
  const rebooted = async () => {
    const { items } = await node.client.list(Event, { namespace: "default" });
    return items.filter(({ reason }) => reason === "Rebooted").map(({ type, message }) => `${type} ${message}`);
  };
  assert.deepEqual(await rebooted(), []);
  await node.killKubelet();
  node.runtime.reboot();
  bootID = "second";
  node.startKubelet();
  await node.clock.advance(40_000);
  assert.deepEqual(await rebooted(), ["Warning Node node-1 has been rebooted, boot id: second"]);
  assert.equal((await node.client.get(Node, { name: "node-1" })).status.nodeInfo?.bootID, "second");
  for (const name of ["always", "failure"]) {
    const seen = await podNamed(node.client, name);
    assert.ok(isReady(seen), name);
    assert.equal(seen.status.containerStatuses?.[0]?.restartCount, 1, name);
    assert.ok((await eventsOf(node.client, name)).includes(CHANGED), name);
  }
  assert.equal((await podNamed(node.client, "never")).status.phase, "Failed");
  const { containers, sandboxes } = node.runtime.state;
  assert.equal([...containers.values()].filter(({ state }) => state === "CONTAINER_RUNNING").length, 2);
  assert.equal([...sandboxes.values()].filter(({ ready }) => ready).length, 2);
  await node.close();
});

test("killed amid twenty starts, at any moment: every pod runs exactly once, none restarted", async () => {
  for (let moment = 0; moment <= 60; moment += 6) {
    const node = await testNode({ latency: { RunPodSandbox: 15, CreateContainer: 7, StartContainer: 9 } });
    await node.clock.advance(100);
    for (let i = 0; i < 20; i++) {
      await node.client.create(Pod, pod(`p${i}`));
      await node.clock.advance(1);
    }
    await node.clock.advance(moment);
    await node.killKubelet();
    await node.clock.advance(500);
    node.startKubelet();
    await node.clock.advance(90_000);
    const { containers, sandboxes } = node.runtime.state;
    const running = [...containers.values()].filter(({ state }) => state === "CONTAINER_RUNNING");
    const when = `killed after ${moment} ms`;
    assert.equal(running.length, 20, when);
    assert.equal(containers.size, 20, `${when}: no other container is left`);
    assert.equal(sandboxes.size, 20, `${when}: no second sandbox is left`);
    for (let i = 0; i < 20; i++) {
      const seen = await podNamed(node.client, `p${i}`);
      assert.ok(isReady(seen), when);
      assert.equal(seen.status.containerStatuses?.[0]?.restartCount, 0, when);
    }
    await node.close();
  }
});

test("a start that was cut off by the end of the kubelet has not failed, and is no restart", async () => {
  const node = await testNode({ latency: { StartContainer: 50 } });
  const names = ["Always", "OnFailure", "Never"] as const;
  for (const restartPolicy of names) await node.client.create(Pod, pod(restartPolicy.toLowerCase(), { restartPolicy }));
  await node.clock.advance(40);
  await node.killKubelet();
  node.startKubelet();
  await node.clock.advance(30_000);
  const { containers } = node.runtime.state;
  assert.equal(containers.size, 3, "what was cut off is gone");
  for (const name of names.map((one) => one.toLowerCase())) {
    const seen = await podNamed(node.client, name);
    assert.ok(isReady(seen), name);
    const [status] = seen.status.containerStatuses ?? [];
    assert.deepEqual([status?.restartCount, status?.lastState ?? {}], [0, {}], name);
    const told = await eventsOf(node.client, name);
    assert.deepEqual(
      told.filter((text) => /Failed|BackOff|Error/.test(text)),
      [],
      name,
    );
  }
  await node.close();
});

test("a start that fails by itself is a failure, also when another kubelet finds it", async () => {
  const node = await testNode();
  await node.client.create(
    Pod,
    pod("p", { containers: [{ name: "c", image: IMAGE, command: ["/no/such"] }] as never }),
  );
  await node.clock.advance(2000);
  await node.killKubelet();
  node.startKubelet();
  await node.clock.advance(30_000);
  const [status] = (await podNamed(node.client, "p")).status.containerStatuses ?? [];
  assert.ok(status!.restartCount > 0);
  await node.close();
});

const HOUR_MS = 3_600_000;

test("a clock set back an hour holds up no pod that waits for its image", async () => {
  let pulls = 0;
  const options: { -readonly [K in keyof KubeletOptions]?: KubeletOptions[K] } = {};
  const pull = () => (++pulls <= 2 ? new Error("unexpected status: 503") : 100);
  const node = await testNode({ images: [], pull }, options);
  await node.killKubelet();
  let skewMs = 0;
  const clock: Clock = {
    now: () => node.clock.now() + skewMs,
    monotonic: () => node.clock.monotonic(),
    after: (ms, fn) => node.clock.after(ms, fn),
    sleep: (ms, signal) => node.clock.sleep(ms, signal),
  };
  options.clock = clock;
  node.startKubelet();
  await node.client.create(Pod, pod("p"));
  await node.clock.advance(2000);
  assert.equal(pulls, 1);
  skewMs = -HOUR_MS;
  // Something makes it look meanwhile, and reckon how long it has to wait.
  await node.client.patch(
    Pod,
    { namespace: "default", name: "p" },
    { type: "merge", body: { metadata: { labels: { seen: "now" } } } },
  );
  await node.clock.advance(1000);
  await node.clock.advance(90_000);
  assert.ok(isReady(await podNamed(node.client, "p")), `after ${pulls} pulls`);
  await node.close();
});
