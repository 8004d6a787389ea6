// What silence does to a node's conditions, what conditions do to its taints, and how many nodes may be emptied at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../resources/core/node.ts";
import { silenced, withConditionTaints, withEvictionTaint } from "./health.ts";
import { EvictionLimiter } from "./zones.ts";

const NOW = Date.UTC(2026, 0, 2);
const TIME = "2026-01-02T00:00:00Z";
const node = (ready: string, more: object = {}, labels: Record<string, string> = {}): Node =>
  ({
    metadata: { name: "n", creationTimestamp: "2026-01-01T00:00:00Z", labels },
    spec: more,
    status: {
      conditions: [
        { type: "Ready", status: ready, reason: "R", message: "m" },
        { type: "NetworkUnavailable", status: "False" },
      ],
    },
  }) as unknown as Node;

test("a silent kubelet's conditions are Unknown, those never told too, others stay", () => {
  const found = silenced(node("True"), NOW);
  const by = Object.fromEntries(found.map((c) => [c.type, [c.status, c.reason, c.lastTransitionTime]]));
  assert.deepEqual(by["Ready"], ["Unknown", "NodeStatusUnknown", TIME]);
  assert.deepEqual(by["NetworkUnavailable"], ["False", undefined, undefined]);
  for (const type of ["MemoryPressure", "DiskPressure", "PIDPressure"])
    assert.deepEqual(by[type], ["Unknown", "NodeStatusNeverUpdated", TIME]);
  const again = { ...node("True"), status: { conditions: found } };
  assert.equal(silenced(again, NOW + 5000), found, "nothing changes any more");
});

test("taints follow conditions, and leave alone what others put", () => {
  const own = { key: "mine", effect: "NoSchedule" as const };
  const tainted = withConditionTaints(node("Unknown", { unschedulable: true, taints: [own] }), NOW);
  assert.deepEqual(
    tainted.map((t) => t.key),
    ["mine", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable"],
  );
  assert.equal(tainted[1]!.timeAdded, TIME);
  assert.deepEqual(withConditionTaints(node("True", { taints: tainted }), NOW), [own]);
});

test("one taint of effect NoExecute at a time, kept as it is while it fits", () => {
  const first = withEvictionTaint([], "node.kubernetes.io/not-ready", NOW);
  assert.equal(withEvictionTaint(first, "node.kubernetes.io/not-ready", NOW + 1000), first);
  const swapped = withEvictionTaint(first, "node.kubernetes.io/unreachable", NOW);
  assert.deepEqual(
    swapped.map((t) => t.key),
    ["node.kubernetes.io/unreachable"],
  );
  assert.deepEqual(withEvictionTaint(swapped, undefined, NOW), []);
});

test("nodes are emptied one after another, and not at all when every zone fails", () => {
  const limiter = new EvictionLimiter({ normal: 0.1, secondary: 0.01, largeZone: 50, unhealthyPart: 0.55 });
  const zone = { "topology.kubernetes.io/zone": "z" };
  const [bad, good] = [node("Unknown", {}, zone), node("True", {}, zone)];
  assert.equal(limiter.waitMs(bad, [bad, good, good], 0), 0);
  assert.equal(limiter.waitMs(bad, [bad, good, good], 4000), 6000);
  assert.equal(limiter.waitMs(bad, [bad, good, good], 10_000), 0);
  assert.ok(limiter.waitMs(bad, [bad, bad], 100_000) > 0, "all fail: rather our own connection");
  assert.ok(limiter.waitMs(bad, [bad, bad, bad, good], 100_000) > 0, "a small zone of which much fails is left alone");
});
