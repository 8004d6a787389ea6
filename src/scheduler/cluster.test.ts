// What the cluster counts, whom it tells, and that snapshots never change.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Cluster } from "./cluster.ts";
import { nodeInfo, podInfo } from "./node-info.ts";
import { aCluster, aNode, aPod } from "./situation.suite.ts";
import { nodeNamed } from "./snapshot.ts";

const namesOn = (cluster: Cluster, node: string) =>
  nodeNamed(cluster.snapshot(), node)?.pods.map(({ pod }) => pod.metadata.name);

describe("what the cluster counts", () => {
  test("pods told of before their node, and after it is gone", () => {
    const { cluster, events } = aCluster([], [aPod("p", { on: "a" })]);
    assert.equal(cluster.snapshot().nodes.length, 0);
    cluster.putNode(aNode("a"));
    assert.deepEqual(namesOn(cluster, "a"), ["p"]);
    cluster.removeNode(aNode("a"));
    assert.equal(cluster.snapshot().nodes.length, 0);
    // Another node of that name: the pods that name it are counted on it until they are told to be gone.
    cluster.putNode(aNode("a", { uid: "other" }));
    assert.deepEqual(namesOn(cluster, "a"), ["p"]);
    cluster.removePod(aPod("p", { on: "a" }));
    assert.deepEqual(namesOn(cluster, "a"), []);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["NodeAdded", "NodeRemoved", "NodeAdded", "PodGone"],
    );
  });

  test("a finished pod takes no room", () => {
    const { cluster, events } = aCluster([aNode("a")], [aPod("p", { on: "a" })]);
    cluster.putPlaced(aPod("p", { on: "a", status: { phase: "Succeeded" } }));
    assert.deepEqual(namesOn(cluster, "a"), []);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["PodGone"],
    );
  });

  test("an assumed pod counts at once, and is told to be placed when the cache shows it", () => {
    const { cluster, events } = aCluster([aNode("a")]);
    const info = podInfo(aPod("p", { cpu: "1" }));
    cluster.assume(info, "a");
    assert.equal(nodeNamed(cluster.snapshot(), "a")!.requested.cpu, 1000);
    assert.equal(cluster.isAssumed("pod-p"), true);
    cluster.putPlaced(aPod("p", { cpu: "1", on: "a" }));
    assert.equal(nodeNamed(cluster.snapshot(), "a")!.requested.cpu, 1000);
    assert.equal(cluster.isAssumed("pod-p"), false);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["PodPlaced"],
    );
    cluster.forget(info);
    assert.deepEqual(namesOn(cluster, "a"), ["p"], "what the cache showed is not forgotten");
  });

  test("a pod that turns out to be on another node is counted once", () => {
    const { cluster } = aCluster([aNode("a"), aNode("b")]);
    cluster.assume(podInfo(aPod("p")), "a");
    cluster.putPlaced(aPod("p", { on: "b" }));
    assert.deepEqual([namesOn(cluster, "a"), namesOn(cluster, "b")], [[], ["p"]]);
  });

  test("a pod deleted while it was assumed is not forgotten twice", () => {
    const { cluster, events } = aCluster([aNode("a")]);
    const info = podInfo(aPod("p"));
    cluster.assume(info, "a");
    cluster.removePod(info.pod);
    cluster.forget(info);
    assert.deepEqual(namesOn(cluster, "a"), []);
    assert.equal(events.length, 1);
  });
});

describe("nominations", () => {
  const waiting = (name: string, priority: number, cpu: string) => podInfo(aPod(name, { priority, cpu }));

  test("room is kept from lower and equal pods, not from higher ones nor from itself", () => {
    const { cluster } = aCluster([aNode("a")]);
    const nominated = waiting("n", 100, "3");
    cluster.nominate(nominated, "a");
    const cpuSeenBy = (priority: number) =>
      nodeNamed(cluster.snapshotFor(waiting("x", priority, "1")), "a")!.requested.cpu;
    assert.deepEqual([cpuSeenBy(10), cpuSeenBy(100), cpuSeenBy(1000)], [3000, 3000, 0]);
    assert.equal(nodeNamed(cluster.snapshotFor(nominated), "a")!.requested.cpu, 0);
    assert.equal(cluster.snapshotFor(waiting("x", 1000, "1")), cluster.snapshot());
  });

  test("our own decision holds until the status shows it; then the status decides", () => {
    const { cluster } = aCluster([aNode("a")]);
    const pod = aPod("n", { priority: 5 });
    cluster.nominate(podInfo(pod), "a");
    cluster.putWaiting(aPod("n", { priority: 5 }));
    assert.equal(cluster.nominatedBelow(10, "a").length, 1);
    cluster.putWaiting(aPod("n", { priority: 5, status: { nominatedNodeName: "a" } }));
    assert.equal(cluster.nominatedBelow(10, "a").length, 1);
    cluster.putWaiting(aPod("n", { priority: 5 }));
    assert.equal(cluster.nominatedBelow(10, "a").length, 0);
  });

  test("who is gone while nominated frees the room", () => {
    const { cluster, events } = aCluster([aNode("a")]);
    const info = waiting("n", 100, "3");
    cluster.nominate(info, "a");
    cluster.removePod(info.pod);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["PodGone"],
    );
  });
});

test("a snapshot never changes, and is what counting everything anew gives", () => {
  const step = fc.record({
    act: fc.constantFrom("assume", "put", "remove", "node", "gone"),
    pod: fc.nat(12),
    node: fc.nat(4),
    cpu: fc.integer({ min: 0, max: 900 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cluster = new Cluster(() => undefined);
      const kept: { snapshot: ReturnType<Cluster["snapshot"]>; text: string }[] = [];
      for (const { act, pod, node, cpu } of steps) {
        const words = { cpu: `${cpu}m`, on: `n${node}` };
        if (act === "node") cluster.putNode(aNode(`n${node}`));
        else if (act === "gone") cluster.removeNode(aNode(`n${node}`));
        else if (act === "remove") cluster.removePod(aPod(`p${pod}`));
        else if (act === "put") cluster.putPlaced(aPod(`p${pod}`, words));
        else if (!cluster.isCounted(`pod-p${pod}`))
          cluster.assume(podInfo(aPod(`p${pod}`, { cpu: `${cpu}m` })), `n${node}`);
        const snapshot = cluster.snapshot();
        kept.push({ snapshot, text: textOf(snapshot) });
        for (const [i, info] of snapshot.nodes.entries()) {
          assert.equal(snapshot.index.get(info.name), i);
          const { requested, scored, free } = nodeInfo(info.node, info.pods);
          assert.deepEqual([info.requested, info.scored, info.free], [requested, scored, free]);
        }
      }
      for (const { snapshot, text } of kept) assert.equal(textOf(snapshot), text);
    }),
    { numRuns: 60 },
  );
});

const textOf = ({ nodes }: ReturnType<Cluster["snapshot"]>) =>
  nodes.map(({ name, pods, requested }) => `${name} ${requested.cpu} ${pods.map(({ uid }) => uid)}`).join("\n");

test("after a start the nodes are worked out in parts, and come out as in one go", () => {
  const filled = (inParts: boolean) => {
    const cluster = new Cluster(() => undefined);
    for (let i = 0; i < 200; i++) cluster.putNode(aNode(`n${i}`));
    for (let i = 0; i < 200; i++) cluster.putPlaced(aPod(`p${i}`, { on: `n${i % 150}` }));
    let parts = 0;
    if (inParts) {
      for (const _ of cluster.filling()) {
        // Others have their turn, and change something.
        if (parts++ === 0) cluster.putPlaced(aPod("late", { on: "n0" }));
      }
    } else cluster.putPlaced(aPod("late", { on: "n0" }));
    return { parts, pods: cluster.snapshot().nodes.map(({ name, pods }) => `${name} ${pods.length}`) };
  };
  const [whole, inParts] = [filled(false), filled(true)];
  assert.ok(inParts.parts >= 3);
  assert.deepEqual(inParts.pods, whole.pods);
});
