// The plug-ins that look at a node alone: its name, labels, taints, cordon, ports, images and balance.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { podInfo } from "../node-info.ts";
import { aNode, aPod, scores, verdicts, wakes } from "../situation.suite.ts";
import { balancedAllocation } from "./balanced-allocation.ts";
import { imageLocality } from "./image-locality.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { taintToleration } from "./taint-toleration.ts";

const nodes = [aNode("a", { labels: { disk: "ssd" } }), aNode("b")];

describe("NodeName", () => {
  test("a pod that names its node goes nowhere else, and waits for that one only", () => {
    const pod = aPod("p", { on: "b" });
    assert.deepEqual(verdicts(nodeName, pod, { nodes }), ["node(s) didn't match the requested node name!", "yes"]);
    assert.equal(wakes(nodeName, pod, { type: "NodeAdded", node: aNode("b") }), true);
    assert.equal(wakes(nodeName, pod, { type: "NodeAdded", node: aNode("c") }), false);
  });
});

describe("NodeUnschedulable", () => {
  const cordoned = aNode("a", { spec: { unschedulable: true } });
  const taint = { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" } as const;

  test("cordoned nodes take only who tolerates that", () => {
    assert.deepEqual(verdicts(nodeUnschedulable, aPod("p"), { nodes: [cordoned] }), ["node(s) were unschedulable!"]);
    assert.deepEqual(
      verdicts(nodeUnschedulable, aPod("p", { spec: { tolerations: [taint] } }), { nodes: [cordoned] }),
      ["yes"],
    );
  });

  test("uncordoning wakes, cordoning does not", () => {
    const pod = aPod("p");
    assert.equal(wakes(nodeUnschedulable, pod, { type: "NodeUpdated", node: aNode("a"), old: cordoned }), true);
    assert.equal(wakes(nodeUnschedulable, pod, { type: "NodeUpdated", node: cordoned, old: aNode("a") }), false);
  });
});

describe("TaintToleration", () => {
  const tainted = (effect: "NoSchedule" | "PreferNoSchedule") =>
    aNode("a", { spec: { taints: [{ key: "k", value: "v", effect }] } });
  const tolerations = [{ key: "k", operator: "Equal", value: "v" }] as const;

  test("taints keep off, preferences only lower the score", () => {
    assert.deepEqual(verdicts(taintToleration, aPod("p"), { nodes: [tainted("NoSchedule")] }), [
      "node(s) had untolerated taint(s)!",
    ]);
    const soft = [tainted("PreferNoSchedule"), aNode("b")];
    assert.deepEqual(verdicts(taintToleration, aPod("p"), { nodes: soft }), ["yes", "yes"]);
    assert.deepEqual(scores(taintToleration, aPod("p"), { nodes: soft }), [0, 100]);
    assert.deepEqual(
      scores(taintToleration, aPod("p", { spec: { tolerations: [...tolerations] } }), { nodes: soft }),
      [100, 100],
    );
  });

  test("the last taint that goes wakes", () => {
    const both = aNode("a", {
      spec: {
        taints: [
          { key: "k", effect: "NoSchedule" },
          { key: "l", effect: "NoExecute" },
        ],
      },
    });
    const one = aNode("a", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } });
    assert.equal(wakes(taintToleration, aPod("p"), { type: "NodeUpdated", node: one, old: both }), false);
    assert.equal(wakes(taintToleration, aPod("p"), { type: "NodeUpdated", node: aNode("a"), old: one }), true);
  });
});

describe("NodeAffinity", () => {
  const on = (key: string, ...values: string[]) => ({ key, operator: "In", values }) as const;

  test("labels that are demanded, and preferred ones by weight", () => {
    assert.deepEqual(verdicts(nodeAffinity, aPod("p", { spec: { nodeSelector: { disk: "ssd" } } }), { nodes }), [
      "yes",
      "node(s) didn't match Pod's node affinity/selector!",
    ]);
    const prefer = (weight: number, value: string) => ({
      weight,
      preference: { matchExpressions: [on("kubernetes.io/hostname", value)] },
    });
    const liked = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefer(20, "a"), prefer(80, "b")] },
    };
    assert.deepEqual(scores(nodeAffinity, aPod("p", { spec: { affinity: liked } }), { nodes }), [25, 100]);
    assert.equal(scores(nodeAffinity, aPod("p"), { nodes }), undefined);
  });

  test("nodes named by field are the only ones looked at, in words of their own", () => {
    const byName = (...terms: string[]) => ({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: terms.map((name) => ({ matchFields: [on("metadata.name", name)] })),
        },
      },
    });
    const other = "node(s) didn't satisfy plugin(s) [NodeAffinity]!";
    assert.deepEqual(verdicts(nodeAffinity, aPod("p", { spec: { affinity: byName("b") } }), { nodes }), [other, "yes"]);
    assert.deepEqual(verdicts(nodeAffinity, aPod("p", { spec: { affinity: byName("a", "b") } }), { nodes }), [
      "yes",
      "yes",
    ]);
  });

  test("a label that makes a node match wakes, another change of a node does not", () => {
    const pod = aPod("p", { spec: { nodeSelector: { disk: "ssd" } } });
    const [matching, other] = [aNode("b", { labels: { disk: "ssd" } }), aNode("b")];
    assert.equal(wakes(nodeAffinity, pod, { type: "NodeUpdated", node: matching, old: other }), true);
    assert.equal(
      wakes(nodeAffinity, pod, { type: "NodeUpdated", node: other, old: aNode("b", { labels: { disk: "hdd" } }) }),
      false,
    );
    assert.equal(wakes(nodeAffinity, pod, { type: "NodeAdded", node: other }), false);
  });
});

describe("NodePorts", () => {
  test("a port is taken by one pod, and its leaving wakes who wants that one", () => {
    const taken = aPod("x", { on: "a", hostPort: 80 });
    const pod = aPod("p", { hostPort: 80 });
    assert.deepEqual(verdicts(nodePorts, pod, { nodes, pods: [taken] }), [
      "node(s) didn't have free ports for the requested pod ports",
      "yes",
    ]);
    assert.equal(wakes(nodePorts, pod, { type: "PodGone", pod: podInfo(taken) }), true);
    assert.equal(wakes(nodePorts, pod, { type: "PodGone", pod: podInfo(aPod("y", { on: "a", hostPort: 81 })) }), false);
  });
});

describe("ImageLocality", () => {
  const image = { names: ["pause:1"], sizeBytes: 800 * 2 ** 20 };

  test("a large image that is there already counts, the more nodes have it the more", () => {
    const one = scores(imageLocality, aPod("p"), { nodes: [aNode("a", { images: [image] }), aNode("b")] })!;
    const both = scores(imageLocality, aPod("p"), {
      nodes: [aNode("a", { images: [image] }), aNode("b", { images: [image] })],
    })!;
    assert.equal(one[1], 0);
    assert.ok(one[0]! > 0 && both[0]! > one[0]!);
    assert.equal(both[0], both[1]);
    assert.equal(scores(imageLocality, aPod("p"), { nodes }), undefined);
  });
});

describe("NodeResourcesBalancedAllocation", () => {
  test("likes the node that the pod brings closer to balance", () => {
    const pods = [aPod("x", { on: "a", memory: "4Gi" }), aPod("y", { on: "b", cpu: "2" })];
    const [a, b] = scores(balancedAllocation, aPod("p", { cpu: "1" }), { nodes, pods })!;
    assert.ok(a! > 50 && b! < 50, `${a}, ${b}`);
    assert.equal(scores(balancedAllocation, aPod("p"), { nodes, pods }), undefined);
  });
});
