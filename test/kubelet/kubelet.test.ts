// The kubelet as a whole, on the simulated runtime and in virtual time: crashes, faults, reboots, leftovers.
import { test } from "node:test";
import assert from "node:assert/strict";
import { seededRandom } from "../../src/base/random.ts";
import type { Draft } from "../../src/client/client.ts";
import { NotYet } from "../../src/kubelet/parts.ts";
import { simulatedDialer } from "../../src/kubelet/runtime/simulated-dialer.ts";
import { simulatedVolumes } from "../../src/kubelet/runtime/simulated-parts.ts";
import { Lease } from "../../src/resources/coordination/lease.ts";
import { Node } from "../../src/resources/core/node.ts";
import { isNodeReady } from "../../src/resources/core/node/readiness.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { isReady } from "../../src/resources/core/pod/readiness.ts";
import { GrpcError } from "../../src/wire/grpc/error.ts";
import { IMAGE, eventsOf, podNamed, testNode } from "./node.ts";
import type { TestNode } from "./node.ts";

const LOOP = 'trap "exit 0" TERM; while :; do sleep 0.2; done';

function pod(name: string, script = LOOP, spec: Partial<Pod["spec"]> = {}): Draft<Pod> {
  const container = { name: "c", image: IMAGE, command: ["sh", "-c", script] };
  return {
    metadata: { name, namespace: "default" },
    spec: { nodeName: "node-1", terminationGracePeriodSeconds: 2, containers: [container], ...spec } as Pod["spec"],
  };
}

const at = (name: string) => ({ namespace: "default", name });

async function gone({ client }: TestNode, name: string): Promise<boolean> {
  return podNamed(client, name).then(
    () => false,
    () => true,
  );
}

test("the node registers itself, is ready, and keeps its lease", async () => {
  const node = await testNode();
  await node.clock.advance(25_000);
  const seen = await node.client.get(Node, { name: "node-1" });
  assert.ok(isNodeReady(seen));
  assert.equal(seen.metadata.labels?.["kubernetes.io/hostname"], "node-1");
  assert.equal(seen.status.daemonEndpoints?.kubeletEndpoint?.Port, 10250);
  const lease = await node.client.get(Lease, { namespace: "kube-node-lease", name: "node-1" });
  assert.equal(lease.spec.holderIdentity, "node-1");
  assert.ok(Date.parse(lease.spec.renewTime!) >= node.clock.now() - 10_100);
  assert.equal(lease.metadata.ownerReferences?.[0]?.uid, seen.metadata.uid);
  await node.close();
});

test("a runtime that goes away makes the node NotReady, and pods go on when it is back", async () => {
  let down = false;
  const node = await testNode({ fault: () => (down ? new GrpcError("Unavailable", "connection refused") : undefined) });
  await node.client.create(Pod, pod("p"));
  await node.clock.advance(2000);
  assert.ok(isReady(await podNamed(node.client, "p")));
  down = true;
  await node.clock.advance(15_000);
  assert.ok(!isNodeReady(await node.client.get(Node, { name: "node-1" })));
  await node.client.create(Pod, pod("q"));
  await node.clock.advance(5000);
  down = false;
  await node.clock.advance(15_000);
  assert.ok(isNodeReady(await node.client.get(Node, { name: "node-1" })));
  assert.ok(isReady(await podNamed(node.client, "p")) && isReady(await podNamed(node.client, "q")));
  assert.equal((await podNamed(node.client, "p")).status.containerStatuses?.[0]?.restartCount, 0);
  await node.close();
});

test("after kill -9 the next kubelet adopts what runs: same containers, no restart, no event", async () => {
  const node = await testNode();
  for (let i = 0; i < 5; i++) await node.client.create(Pod, pod(`p${i}`));
  await node.clock.advance(3000);
  const ids = () => [...node.runtime.state.containers.keys()];
  const before = ids();
  const events = await eventsOf(node.client, "p0");
  await node.killKubelet();
  await node.clock.advance(30_000);
  node.startKubelet();
  await node.clock.advance(30_000);
  assert.deepEqual(ids(), before);
  for (let i = 0; i < 5; i++) assert.ok(isReady(await podNamed(node.client, `p${i}`)));
  assert.deepEqual(await eventsOf(node.client, "p0"), events);
  await node.close();
});

test("a kubelet killed at any moment of a start leaves no pod with two containers or none", async () => {
  for (let moment = 0; moment <= 20; moment++) {
    const node = await testNode();
    await node.clock.advance(100);
    await node.client.create(Pod, pod("p"));
    await node.clock.advance(moment);
    await node.killKubelet();
    node.startKubelet();
    await node.clock.advance(5000);
    const seen = await podNamed(node.client, "p");
    assert.ok(isReady(seen), `killed after ${moment} ms: ${JSON.stringify(seen.status.containerStatuses?.[0]?.state)}`);
    const running = [...node.runtime.state.containers.values()].filter(({ state }) => state === "CONTAINER_RUNNING");
    assert.equal(running.length, 1, `killed after ${moment} ms`);
    await node.close();
  }
});

test("pods that went while no kubelet ran are removed, and so are their folders", async () => {
  const volumes = simulatedVolumes();
  const node = await testNode({}, { volumes });
  await node.client.create(Pod, pod("p"));
  await node.client.create(Pod, pod("stays"));
  await node.clock.advance(2000);
  await node.killKubelet();
  await node.client.delete(Pod, at("p"), { gracePeriodSeconds: 0 });
  node.startKubelet();
  await node.clock.advance(2000);
  assert.equal(node.runtime.state.sandboxes.size, 1);
  assert.equal((await volumes.leftovers()).length, 1);
  await node.close();
});

test("a pod deleted by force is ended on the node all the same", async () => {
  const node = await testNode();
  await node.client.create(Pod, pod("p", 'trap "" TERM; while :; do sleep 1; done'));
  await node.clock.advance(2000);
  await node.client.delete(Pod, at("p"), { gracePeriodSeconds: 0 });
  assert.ok(await gone(node, "p"));
  await node.clock.advance(5000);
  assert.deepEqual([node.runtime.state.sandboxes.size, node.runtime.state.containers.size], [0, 0]);
  await node.close();
});

test("a pod of the same name is another pod", async () => {
  const node = await testNode();
  await node.client.create(Pod, pod("p"));
  await node.clock.advance(2000);
  const first = await podNamed(node.client, "p");
  await node.client.delete(Pod, at("p"), { gracePeriodSeconds: 0 });
  await node.client.create(Pod, pod("p"));
  await node.clock.advance(5000);
  const second = await podNamed(node.client, "p");
  assert.ok(isReady(second));
  assert.notEqual(second.status.containerStatuses?.[0]?.containerID, first.status.containerStatuses?.[0]?.containerID);
  assert.equal(node.runtime.state.sandboxes.size, 1);
  await node.close();
});

test("after a reboot every pod gets a new sandbox and runs again", async () => {
  const node = await testNode();
  await node.client.create(Pod, pod("p"));
  await node.clock.advance(2000);
  node.runtime.reboot();
  await node.clock.advance(15_000);
  const seen = await podNamed(node.client, "p");
  assert.ok(isReady(seen));
  assert.equal(seen.status.containerStatuses?.[0]?.restartCount, 1);
  assert.ok((await eventsOf(node.client, "p")).some((text) => text.includes("SandboxChanged")));
  await node.close();
});

test("one pod that cannot have its volumes holds no other", async () => {
  const volumes = simulatedVolumes(({ metadata }) => {
    if (metadata.name === "held")
      throw new NotYet("FailedMount", 'MountVolume.SetUp failed for volume "v" : configmap "none" not found');
  });
  const node = await testNode({}, { volumes });
  await node.client.create(Pod, pod("held"));
  await node.client.create(Pod, pod("free"));
  await node.clock.advance(3000);
  assert.ok(isReady(await podNamed(node.client, "free")));
  assert.equal((await podNamed(node.client, "held")).status.phase, "Pending");
  await node.client.delete(Pod, at("held"));
  await node.clock.advance(3000);
  assert.ok(await gone(node, "held"));
  await node.close();
});

test("probes over the virtual network: ready when the server answers, restarted when it stops", async () => {
  let listens = false;
  const answers = () => (listens ? { status: 200, body: "" } : undefined);
  const node = await testNode({}, {}, undefined, (state) => simulatedDialer(state, answers));
  const probe = {
    httpGet: { port: 80, path: "/" },
    periodSeconds: 1,
    failureThreshold: 3,
    timeoutSeconds: 1,
    successThreshold: 1,
  };
  const containers = [
    {
      name: "c",
      image: IMAGE,
      command: ["sh", "-c", LOOP],
      readinessProbe: probe,
      livenessProbe: { ...probe, initialDelaySeconds: 5 },
    },
  ];
  await node.client.create(Pod, pod("p", LOOP, { containers } as Partial<Pod["spec"]>));
  await node.clock.advance(3000);
  assert.ok(!isReady(await podNamed(node.client, "p")));
  listens = true;
  await node.clock.advance(2000);
  assert.ok(isReady(await podNamed(node.client, "p")));
  listens = false;
  await node.clock.advance(4000);
  assert.ok(!isReady(await podNamed(node.client, "p")));
  listens = true;
  await node.clock.advance(10_000);
  const seen = await podNamed(node.client, "p");
  assert.equal(seen.status.containerStatuses?.[0]?.restartCount, 1);
  assert.ok(isReady(seen));
  const events = await eventsOf(node.client, "p");
  assert.ok(events.some((text) => text.includes("Container c failed liveness probe, will be restarted")));
  assert.ok(
    events.some((text) =>
      /Unhealthy .* Readiness probe failed: Get "http:\/\/10\.244\.0\.1:80\/": dial tcp 10\.244\.0\.1:80: connect: connection refused/.test(
        text,
      ),
    ),
  );
  await node.close();
});

test("calls to the runtime that fail at random delay pods and lose none", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const chance = seededRandom(seed);
    let faults = 0;
    let faulty = true;
    const fault = () => {
      if (!faulty || chance.float() > 0.3) return undefined;
      faults++;
      return new GrpcError("Unavailable", "a fault of the plan");
    };
    const node = await testNode({ fault });
    const names = ["a", "b", "c", "d"];
    for (const name of names) await node.client.create(Pod, pod(name));
    await node.client.create(Pod, pod("done", "exit 0", { restartPolicy: "Never" }));
    await node.clock.advance(20_000);
    await node.client.delete(Pod, at("a"));
    await node.clock.advance(20_000);
    faulty = false;
    await node.clock.advance(70_000);
    assert.ok(faults > 20, `${faults} faults with seed ${seed}`);
    for (const name of names.slice(1))
      assert.ok(isReady(await podNamed(node.client, name)), `${name} with seed ${seed}`);
    assert.equal((await podNamed(node.client, "done")).status.phase, "Succeeded", `seed ${seed}`);
    assert.ok(await gone(node, "a"), `seed ${seed}`);
    const running = [...node.runtime.state.containers.values()].filter(({ state }) => state === "CONTAINER_RUNNING");
    assert.equal(running.length, 3, `seed ${seed}`);
    assert.equal([...node.runtime.state.sandboxes.values()].filter(({ ready }) => ready).length, 3, `seed ${seed}`);
    await node.close();
  }
});

test("a hundred pods start, and their ends are noticed at once", async () => {
  const node = await testNode();
  await node.clock.advance(100);
  for (let i = 0; i < 100; i++)
    await node.client.create(Pod, pod(`p${i}`, "sleep 5; exit 0", { restartPolicy: "Never" }));
  await node.clock.advance(3000);
  const { items } = await node.client.list(Pod, { namespace: "default" });
  assert.equal(items.filter(isReady).length, 100);
  await node.clock.advance(3000);
  const ended = (await node.client.list(Pod, { namespace: "default" })).items;
  assert.equal(ended.filter(({ status }) => status.phase === "Succeeded").length, 100);
  await node.close();
});
