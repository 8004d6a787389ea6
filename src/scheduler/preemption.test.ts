// Who has to go, and on which node.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../resources/core/node.ts";
import type { Pod } from "../resources/core/pod.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { schedule } from "./cycle.ts";
import { podInfo } from "./node-info.ts";
import { defaultPlugins } from "./plugins/index.ts";
import type { Budget } from "./preemption.ts";
import { preempt, preempting } from "./preemption.ts";
import { aCluster, aNode, aPod } from "./situation.suite.ts";

function tryPod(nodes: readonly Node[], placed: readonly Pod[], pod: Pod, budgets: readonly Budget[] = []) {
  const { cluster } = aCluster(nodes, placed);
  const info = podInfo(pod);
  const snapshot = cluster.snapshotFor(info);
  const plugins = defaultPlugins;
  const result = schedule(info, snapshot, { plugins, draw: () => 0 });
  assert.ok("rejections" in result, "the pod has to be rejected first");
  const found = preempt(info, snapshot, result.rejections, { plugins, budgets, draw: () => 0 });
  if (found.outcome !== "found") return `${found.outcome}: ${found.message}`;
  const { node, victims, violations } = found.candidate;
  const names = victims.map(({ pod: victim }) => victim.metadata.name).join(" ");
  return `${node}: ${names}${violations ? ` (${violations} guarded)` : ""}`;
}

const budget = (app: string, allowed: number, disrupted: readonly string[] = []): Budget => ({
  namespace: "demo",
  query: labelQueryOf({ matchLabels: { app } }),
  allowed,
  disrupted: new Set(disrupted),
});

const high = (words: Parameters<typeof aPod>[1] = {}) => aPod("p", { priority: 100, cpu: "3", ...words });

test("a dry run stops after each small part: at every node, and at every pod where pods are counted", () => {
  const nodes = ["a", "b", "c"].map((name) => aNode(name, { zone: name }));
  const placed = ["a", "b", "c"].flatMap((on) => [1, 2].map((i) => aPod(`${on}${i}`, { on, cpu: "2" })));
  const { cluster } = aCluster(nodes, placed);
  const plugins = defaultPlugins;
  const steps = (pod: Pod) => {
    const info = podInfo(pod);
    const snapshot = cluster.snapshotFor(info);
    const result = schedule(info, snapshot, { plugins, draw: () => 0 });
    assert.ok("rejections" in result);
    return [...preempting(info, snapshot, result.rejections, { plugins, budgets: [], draw: () => 0 })].length;
  };
  assert.equal(steps(high()), 3);
  const spread = {
    maxSkew: 1,
    topologyKey: "topology.kubernetes.io/zone",
    whenUnsatisfiable: "DoNotSchedule",
  } as const;
  const labelSelector = { matchLabels: { app: "p" } };
  const spec = { topologySpreadConstraints: [{ ...spread, labelSelector }] };
  assert.equal(steps(high({ labels: { app: "p" }, spec })), 3 + 6);
});

describe("who has to go", () => {
  test("as few as needed: the important and those of no use stay", () => {
    const placed = [
      aPod("x", { on: "a", cpu: "2", priority: 5 }),
      aPod("y", { on: "a", cpu: "1", priority: 1 }),
      aPod("z", { on: "a", cpu: "1", priority: 7 }),
    ];
    assert.equal(tryPod([aNode("a")], placed, high()), "a: x y");
    assert.equal(tryPod([aNode("a")], placed, high({ cpu: "1" })), "a: y");
  });

  test("equals stay, and so does everyone for a pod that may not preempt", () => {
    const placed = [aPod("x", { on: "a", cpu: "2", priority: 100 })];
    assert.equal(
      tryPod([aNode("a")], placed, high()),
      "none: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    );
    assert.equal(
      tryPod([aNode("a")], placed, high({ priority: 200, spec: { preemptionPolicy: "Never" } })),
      "not eligible: not eligible due to preemptionPolicy=Never.",
    );
  });

  test("no pod's leaving helps against a taint, or where the node is too small", () => {
    const tainted = aNode("a", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } });
    const placed = [aPod("x", { on: "b", cpu: "1" })];
    assert.equal(
      tryPod([tainted, aNode("b", { cpu: "2" })], placed, high()),
      "none: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
  });

  test("while a victim on the nominated node terminates nobody else has to go", () => {
    const going = aPod("x", {
      on: "a",
      cpu: "2",
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
      status: { conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] },
    });
    const placed = [going, aPod("y", { on: "b", cpu: "2" })];
    assert.equal(
      tryPod([aNode("a"), aNode("b")], placed, high({ status: { nominatedNodeName: "a" } })),
      "not eligible: not eligible due to a terminating pod on the nominated node.",
    );
  });

  test("a rule about other pods is judged with the victims gone", () => {
    const term = { labelSelector: { matchLabels: { app: "x" } }, topologyKey: "kubernetes.io/hostname" };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const placed = [aPod("x", { on: "a", labels: { app: "x" } }), aPod("y", { on: "a" })];
    assert.equal(tryPod([aNode("a")], placed, high({ spec: { affinity } })), "a: x");
  });
});

describe("which node", () => {
  const two = [aNode("a"), aNode("b")];

  test("the one whose most important victim is less important, then fewer victims", () => {
    const placed = [
      aPod("a1", { on: "a", cpu: "4", priority: 9 }),
      aPod("b1", { on: "b", cpu: "2", priority: 8 }),
      aPod("b2", { on: "b", cpu: "2", priority: 8 }),
    ];
    assert.equal(tryPod(two, placed, high()), "b: b1 b2");
    const alike = [
      aPod("a1", { on: "a", cpu: "2" }),
      aPod("a2", { on: "a", cpu: "2" }),
      aPod("b1", { on: "b", cpu: "4" }),
    ];
    assert.equal(tryPod(two, alike, high()), "b: b1");
  });

  test("the one whose victims started later", () => {
    const at = (startTime: string) => ({ status: { startTime } });
    const placed = [
      aPod("a1", { on: "a", cpu: "4", ...at("2026-01-01T00:00:00Z") }),
      aPod("b1", { on: "b", cpu: "4", ...at("2026-01-02T00:00:00Z") }),
    ];
    assert.equal(tryPod(two, placed, high()), "b: b1");
  });

  test("a budget outweighs priority, but is broken when there is no other way", () => {
    const guarded = aPod("a1", { on: "a", cpu: "4", labels: { app: "web" } });
    const other = aPod("b1", { on: "b", cpu: "4", priority: 50 });
    assert.equal(tryPod(two, [guarded, other], high(), [budget("web", 0)]), "b: b1");
    assert.equal(tryPod(two, [guarded, other], high(), [budget("web", 1)]), "a: a1");
    assert.equal(tryPod([aNode("a")], [guarded], high(), [budget("web", 0)]), "a: a1 (1 guarded)");
  });

  test("budgets are counted for each node by itself", () => {
    const web = { cpu: "4", labels: { app: "web" } };
    const placed = [aPod("a1", { on: "a", ...web }), aPod("b1", { on: "b", ...web, priority: -1 })];
    assert.equal(tryPod(two, placed, high(), [budget("web", 1)]), "b: b1");
  });

  test("a pod counted as disrupted already costs its budget nothing", () => {
    const placed = [aPod("a1", { on: "a", cpu: "4", labels: { app: "web" } })];
    assert.equal(tryPod([aNode("a")], placed, high(), [budget("web", 0, ["a1"])]), "a: a1");
  });

  test("on one node the pod under a budget is spared for another of the same use", () => {
    const placed = [
      aPod("guarded", { on: "a", cpu: "2", labels: { app: "web" } }),
      aPod("other", { on: "a", cpu: "2", priority: 50 }),
    ];
    assert.equal(tryPod([aNode("a")], placed, high({ cpu: "2" }), [budget("web", 0)]), "a: other");
  });
});
