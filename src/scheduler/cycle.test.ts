// The cycle by itself: order of plug-ins, scores, chance, and that nothing is placed beyond what a node has.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { enoughNodes, schedule } from "./cycle.ts";
import { nodeInfo, podInfo } from "./node-info.ts";
import { plugin } from "./plugin.ts";
import { defaultPlugins } from "./plugins/index.ts";
import { aCluster, aNode, aPod } from "./situation.suite.ts";
import { nodeNamed, snapshotOf } from "./snapshot.ts";

const first = () => 0;

test("of many nodes a share is enough, of few all are looked at", () => {
  assert.deepEqual([1, 100, 101, 1000, 5000, 10_000].map(enoughNodes), [1, 100, 100, 420, 500, 500]);
});

describe("one cycle", () => {
  const bare = snapshotOf(["a", "b", "c"].map((name) => nodeInfo(aNode(name), [])));

  test("the first plug-in that objects decides, and is named", () => {
    const says = (name: string, which: string) =>
      plugin({
        name,
        filter: (_p, node) => (node.name === which ? { reasons: [name], unresolvable: false } : undefined),
      });
    const plugins = [says("One", "a"), says("Two", "a"), says("Three", "b"), says("Four", "c")];
    const result = schedule(podInfo(aPod("p")), bare, { plugins, draw: first });
    assert.ok("rejections" in result);
    assert.deepEqual(
      [...result.rejections].map(([node, r]) => [node, r.plugin]),
      [
        ["a", "One"],
        ["b", "Three"],
        ["c", "Four"],
      ],
    );
  });

  test("scores are normalized, weighed and added up", () => {
    const byName = (name: string, scores: Record<string, number>, weight?: number) =>
      plugin({ name, score: (_p, node) => scores[node.name]!, ...(weight && { weight }) });
    const plugins = [byName("Light", { a: 100, b: 0, c: 0 }), byName("Heavy", { a: 0, b: 40, c: 60 }, 2)];
    assert.deepEqual(schedule(podInfo(aPod("p")), bare, { plugins, draw: first }), { node: "c", examined: 3 });
  });

  test("chance decides among equals only", () => {
    const score = plugin({ name: "Score", score: (_p, node) => (node.name === "b" ? 0 : 7) });
    const drawn: number[] = [];
    const draw = (below: number) => (drawn.push(below), below - 1);
    assert.deepEqual(schedule(podInfo(aPod("p")), bare, { plugins: [score], draw }), { node: "c", examined: 3 });
    assert.deepEqual(drawn, [2]);
  });

  test("looking begins where it is told to, and goes round", () => {
    const nodes = snapshotOf(Array.from({ length: 300 }, (_, i) => nodeInfo(aNode(`n${i}`), [])));
    const result = schedule(podInfo(aPod("p")), nodes, { plugins: [], draw: first, start: 250 });
    assert.deepEqual(result, { node: "n250", examined: enoughNodes(300) });
  });

  test("who is placed must also fit where those only nominated do not come", () => {
    const { cluster } = aCluster([aNode("a")]);
    const partner = podInfo(aPod("n", { priority: 9, labels: { app: "n" } }));
    cluster.nominate(partner, "a");
    const term = { labelSelector: { matchLabels: { app: "n" } }, topologyKey: "kubernetes.io/hostname" };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const pod = podInfo(aPod("p", { priority: 1, spec: { affinity } }));
    const snapshot = cluster.snapshotFor(pod);
    const options = { plugins: defaultPlugins, draw: first };
    assert.ok("node" in schedule(pod, snapshot, options));
    const result = schedule(pod, snapshot, { ...options, bare: cluster.snapshot() });
    assert.ok("rejections" in result);
    assert.equal(result.rejections.get("a")?.plugin, "InterPodAffinity");
  });
});

test("nothing is ever placed beyond what a node has", () => {
  const wanted = fc.record({
    cpu: fc.integer({ min: 0, max: 1500 }),
    memory: fc.integer({ min: 0, max: 1500 }),
    gpu: fc.nat(2),
    port: fc.nat(3),
  });
  const node = fc.record({
    cpu: fc.integer({ min: 0, max: 4000 }),
    memory: fc.integer({ min: 0, max: 4000 }),
    pods: fc.nat(8),
    gpu: fc.nat(4),
  });
  fc.assert(
    fc.property(
      fc.array(node, { minLength: 1, maxLength: 5 }),
      fc.array(wanted, { maxLength: 30 }),
      fc.nat(),
      (nodes, pods, chance) => {
        const { cluster } = aCluster(
          nodes.map(({ cpu, memory, pods: most, gpu }, i) =>
            aNode(`n${i}`, {
              cpu: `${cpu}m`,
              memory: `${memory}Mi`,
              pods: most,
              amounts: { "example.com/gpu": String(gpu) },
            }),
          ),
        );
        for (const [i, { cpu, memory, gpu, port }] of pods.entries()) {
          const amounts = { "example.com/gpu": String(gpu) };
          const hostPort = port > 0 ? { hostPort: 8000 + port } : {};
          const info = podInfo(aPod(`p${i}`, { cpu: `${cpu}m`, memory: `${memory}Mi`, amounts, ...hostPort }));
          const draw = (below: number) => chance % below;
          const result = schedule(info, cluster.snapshot(), { plugins: defaultPlugins, draw, start: i });
          if ("node" in result) cluster.assume(info, result.node);
        }
        for (const [i, has] of nodes.entries()) {
          const { requested, pods: placed, ports } = nodeNamed(cluster.snapshot(), `n${i}`)!;
          assert.ok(requested.cpu <= has.cpu && requested.memory <= has.memory * 2 ** 20);
          assert.ok((requested.others.get("example.com/gpu") ?? 0) <= has.gpu && placed.length <= has.pods);
          assert.equal(new Set(ports.map(({ port }) => port)).size, ports.length);
        }
      },
    ),
    { numRuns: 80 },
  );
});
