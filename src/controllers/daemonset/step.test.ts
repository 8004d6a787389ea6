// On which nodes a DaemonSet's pods belong, and how a new template reaches them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DaemonSet } from "../../resources/apps/daemon-set.ts";
import type { Node } from "../../resources/core/node.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { placement, rollout } from "./step.ts";
import type { Situation, Step } from "./step.ts";

const node = (name: string, taint?: string): Node =>
  ({
    metadata: { name, labels: { kind: "worker" } },
    spec: taint ? { taints: [{ key: "t", effect: taint }] } : {},
    status: {},
  }) as unknown as Node;
let age = 0;
const pod = (name: string, on: string, { hash = "new", phase = "Running", ready = true, going = false } = {}): Pod =>
  ({
    metadata: {
      name,
      creationTimestamp: `2026-01-01T00:00:${String(age++ % 60).padStart(2, "0")}Z`,
      labels: { "controller-revision-hash": hash },
      ...(going && { deletionTimestamp: "2026-01-01T00:10:00Z" }),
    },
    spec: { containers: [], nodeName: on },
    status: {
      phase,
      conditions: ready ? [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] : [],
    },
  }) as unknown as Pod;

function situation(nodes: readonly Node[], pods: readonly Pod[], rollingUpdate: object = {}): Situation {
  const set = {
    metadata: { name: "ds" },
    spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate } },
  } as unknown as DaemonSet;
  const spec = { containers: [], nodeSelector: { kind: "worker" } } as unknown as Situation["spec"];
  return {
    set,
    spec,
    nodes,
    pods: Map.groupBy(pods, (p) => p.spec.nodeName ?? ""),
    hash: "new",
    now: Date.UTC(2026, 0, 2),
  };
}
const text = ({ create, remove }: Pick<Step, "create" | "remove">) =>
  [...create.map((n) => `+${n}`), ...remove.map((p) => `-${p.metadata.name}`)].join(" ");

test("each node that fits gets one pod; taints keep it off or take it away", () => {
  const nodes = [node("a"), node("b", "NoSchedule"), node("c", "NoExecute"), node("d")];
  const pods = [pod("on-b", "b"), pod("on-c", "c"), pod("leaving", "d", { going: true })];
  assert.equal(
    text(placement(situation(nodes, pods))),
    "+a -on-c",
    "one that may not start may stay; one that leaves is waited for",
  );
});

test("of two pods on a node the younger goes, and ended ones are told apart", () => {
  const found = placement(
    situation([node("a")], [pod("older", "a"), pod("younger", "a"), pod("failed", "a", { phase: "Failed" })]),
  );
  assert.equal(text(found), "-younger");
  assert.deepEqual(
    found.ended.map(({ pod: p, node: n }) => `${p.metadata.name} on ${n}`),
    ["failed on a"],
  );
});

test("a new template goes from node to node, first to where the old pod does not work", () => {
  const nodes = [node("a"), node("b"), node("c")];
  const old = (name: string, ready = true) => pod(name, name, { hash: "old", ready });
  assert.equal(text(rollout(situation(nodes, [old("a"), old("b"), old("c")]))), "-a");
  assert.equal(
    text(rollout(situation(nodes, [pod("new", "a", { ready: false }), old("b"), old("c")]))),
    "",
    "one is missing already",
  );
  assert.equal(text(rollout(situation(nodes, [pod("new", "a"), old("b"), old("c")]))), "-b");
  assert.equal(
    text(rollout(situation(nodes, [old("a"), old("b", false), old("c")]))),
    "-b",
    "what does not work costs nothing",
  );
  assert.equal(text(rollout(situation(nodes, [old("a"), old("b"), old("c")], { maxUnavailable: "60%" }))), "-a -b");
});

test("with surge the new pod comes first, and the old one goes when it is available", () => {
  const nodes = [node("a"), node("b")];
  const old = (name: string) => pod(`old-${name}`, name, { hash: "old" });
  const surge = { maxSurge: 1, maxUnavailable: 0 };
  assert.equal(text(rollout(situation(nodes, [old("a"), old("b")], surge))), "+a");
  assert.equal(text(rollout(situation(nodes, [old("a"), pod("new-a", "a", { ready: false }), old("b")], surge))), "");
  assert.equal(text(rollout(situation(nodes, [old("a"), pod("new-a", "a"), old("b")], surge))), "+b -old-a");
  const fresh = (ready: boolean) => pod("new-a", "a", { ready });
  assert.equal(
    text(placement(situation(nodes, [old("a"), fresh(false), old("b")], surge))),
    "",
    "both may be there meanwhile",
  );
  assert.equal(text(placement(situation(nodes, [old("a"), fresh(true), old("b")], surge))), "-old-a");
  const broken = pod("old-a", "a", { hash: "old", ready: false });
  assert.equal(text(placement(situation(nodes, [broken, fresh(false), old("b")], surge))), "-old-a", "neither serves");
  assert.equal(
    text(placement(situation(nodes, [pod("x", "a", { going: true }), old("b")], surge))),
    "+a",
    "nobody waits for one that leaves",
  );
});

test("with surge one that is out of place serves until enough others do", () => {
  const nodes = [node("a"), node("b", "NoSchedule")];
  const surge = { maxSurge: 1, maxUnavailable: 0 };
  const old = pod("old-b", "b", { hash: "old" });
  assert.equal(text(rollout(situation(nodes, [pod("new-a", "a", { ready: false }), old], surge))), "");
  assert.equal(text(rollout(situation(nodes, [pod("new-a", "a"), old], surge))), "-old-b");
});

test("a pod that waits for a node which is gone goes too", () => {
  const lost = { ...pod("lost", ""), spec: { containers: [] } } as unknown as Pod;
  const found = situation([node("a")], [pod("p", "a")]);
  assert.equal(
    text(placement({ ...found, pods: new Map([...found.pods, ["gone", [lost, pod("on", "gone")]]]) })),
    "-lost",
  );
});
