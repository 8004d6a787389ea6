// Spreading: what must hold, what is only liked, and what wakes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TopologySpreadConstraint } from "../../resources/core/pod/scheduling.ts";
import { labelQueryOfMap } from "../../schema/label-selector.ts";
import { podInfo } from "../node-info.ts";
import { aNode, aPod, scores, verdicts, wakes } from "../situation.suite.ts";
import { NO_RELATED } from "../related.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";

const WEB = { app: "web" };
const NO = "node(s) didn't match pod topology spread constraints";
const NO_LABEL = "node(s) didn't match pod topology spread constraints (missing required label)!";
const zones = [aNode("a1", { zone: "a" }), aNode("b1", { zone: "b" }), aNode("c1", { zone: "c" })];

const spread = (words: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  maxSkew: 1,
  topologyKey: "topology.kubernetes.io/zone",
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector: { matchLabels: WEB },
  ...words,
});
const spreading = (...constraints: TopologySpreadConstraint[]) =>
  aPod("p", { labels: WEB, spec: { topologySpreadConstraints: constraints } });
const web = (name: string, on: string, words: Parameters<typeof aPod>[1] = {}) =>
  aPod(name, { on, labels: WEB, ...words });

describe("what must hold", () => {
  test("no place gets further ahead of the emptiest than the skew", () => {
    const pods = [web("x", "a1"), web("y", "b1")];
    assert.deepEqual(verdicts(podTopologySpread, spreading(spread()), { nodes: zones, pods }), [NO, NO, "yes"]);
    assert.deepEqual(verdicts(podTopologySpread, spreading(spread({ maxSkew: 2 })), { nodes: zones, pods }), [
      "yes",
      "yes",
      "yes",
    ]);
  });

  test("only pods of the namespace that stay and match are counted", () => {
    const nodes = zones.slice(0, 2);
    const pods = [
      web("x", "a1", { namespace: "other" }),
      web("y", "a1", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }),
      aPod("z", { on: "a1", labels: { app: "db" } }),
    ];
    assert.deepEqual(verdicts(podTopologySpread, spreading(spread()), { nodes, pods }), ["yes", "yes"]);
  });

  test("a node without the label is out and makes no place", () => {
    const nodes = [zones[0]!, aNode("x")];
    assert.deepEqual(verdicts(podTopologySpread, spreading(spread()), { nodes, pods: [web("x", "a1")] }), [
      "yes",
      NO_LABEL,
    ]);
  });

  test("fewer places than asked for count as an empty one", () => {
    const nodes = zones.slice(0, 2);
    const pods = [web("x", "a1"), web("y", "b1")];
    assert.deepEqual(verdicts(podTopologySpread, spreading(spread({ minDomains: 3 })), { nodes, pods }), [NO, NO]);
    assert.deepEqual(verdicts(podTopologySpread, spreading(spread({ minDomains: 2 })), { nodes, pods }), [
      "yes",
      "yes",
    ]);
  });

  test("nodes that affinity or taints rule out count by policy", () => {
    const nodes = [aNode("a1", { zone: "a", labels: { disk: "ssd" } }), zones[1]!];
    const pods = [web("x", "a1")];
    const pod = (words: Partial<TopologySpreadConstraint>) =>
      aPod("p", { labels: WEB, spec: { nodeSelector: { disk: "ssd" }, topologySpreadConstraints: [spread(words)] } });
    assert.equal(verdicts(podTopologySpread, pod({}), { nodes, pods })[0], "yes");
    assert.equal(verdicts(podTopologySpread, pod({ nodeAffinityPolicy: "Ignore" }), { nodes, pods })[0], NO);
    const tainted = [zones[0]!, aNode("b1", { zone: "b", spec: { taints: [{ key: "k", effect: "NoSchedule" }] } })];
    assert.equal(verdicts(podTopologySpread, spreading(spread()), { nodes: tainted, pods })[0], NO);
    assert.equal(
      verdicts(podTopologySpread, spreading(spread({ nodeTaintsPolicy: "Honor" })), { nodes: tainted, pods })[0],
      "yes",
    );
  });

  test("keys to match narrow the pods that are counted to those of the same value", () => {
    const nodes = zones.slice(0, 2);
    const pods = [web("x", "a1", { labels: { ...WEB, hash: "old" } })];
    const pod = (hash: string) =>
      aPod("p", {
        labels: { ...WEB, hash },
        spec: { topologySpreadConstraints: [spread({ matchLabelKeys: ["hash", "absent"] })] },
      });
    assert.deepEqual(verdicts(podTopologySpread, pod("new"), { nodes, pods }), ["yes", "yes"]);
    assert.deepEqual(verdicts(podTopologySpread, pod("old"), { nodes, pods }), [NO, "yes"]);
  });
});

describe("what is only liked", () => {
  const pods = [web("x", "a1"), web("y", "a1"), web("z", "b1")];

  test("places with fewer pods score higher", () => {
    const found = scores(podTopologySpread, spreading(spread({ whenUnsatisfiable: "ScheduleAnyway" })), {
      nodes: zones,
      pods,
    })!;
    assert.ok(found[0]! < found[1]! && found[1]! < found[2]!, String(found));
  });

  test("a node that lacks a label of the pod's own constraints gets nothing", () => {
    const nodes = [...zones, aNode("x")];
    const soft = spreading(spread({ whenUnsatisfiable: "ScheduleAnyway" }));
    assert.equal(scores(podTopologySpread, soft, { nodes, pods })![3], 0);
  });

  test("a pod of a service spreads over hosts and zones without saying so; one of nobody does not", () => {
    const query = labelQueryOfMap(WEB);
    const selecting = new Map([["demo", new Map([["s", { kind: "Service", uid: "s", query } as const]])]]);
    const related = { ...NO_RELATED, selecting };
    const found = scores(podTopologySpread, aPod("p", { labels: WEB }), { nodes: zones, pods, related })!;
    assert.ok(found[0]! < found[1]! && found[1]! < found[2]!, String(found));
    assert.equal(
      scores(podTopologySpread, aPod("p", { labels: { app: "db" } }), { nodes: zones, pods, related }),
      undefined,
    );
    assert.equal(scores(podTopologySpread, aPod("p", { labels: WEB }), { nodes: zones, pods }), undefined);
  });
});

test("it wakes for pods that are counted and for nodes that make other places", () => {
  const pod = spreading(spread());
  assert.equal(wakes(podTopologySpread, pod, { type: "PodGone", pod: podInfo(web("x", "a1")) }), true);
  assert.equal(wakes(podTopologySpread, pod, { type: "PodPlaced", pod: podInfo(aPod("x", { on: "a1" })) }), false);
  assert.equal(wakes(podTopologySpread, pod, { type: "NodeAdded", node: zones[0]! }), true);
  assert.equal(wakes(podTopologySpread, pod, { type: "NodeAdded", node: aNode("x") }), false);
  const moved = aNode("a1", { zone: "b" });
  assert.equal(wakes(podTopologySpread, pod, { type: "NodeUpdated", node: moved, old: zones[0]! }), true);
  const heartbeat = aNode("a1", { zone: "a", labels: { other: "label" } });
  assert.equal(wakes(podTopologySpread, pod, { type: "NodeUpdated", node: heartbeat, old: zones[0]! }), false);
});
