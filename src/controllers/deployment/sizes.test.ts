// The arithmetic of a rollout, with Kubernetes' roundings.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../resources/apps/deployment.ts";
import type { ReplicaSet } from "../../resources/apps/replica-set.ts";
import { maxSurge, maxUnavailable, newSetSize, proportional } from "./sizes.ts";

const deployment = (replicas: number, maxSurgeOf: number | string, maxUnavailableOf: number | string): Deployment =>
  ({
    metadata: { name: "web" },
    spec: {
      replicas,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: maxSurgeOf, maxUnavailable: maxUnavailableOf } },
    },
    status: {},
  }) as unknown as Deployment;
const set = (name: string, replicas: number, maximum?: number): ReplicaSet =>
  ({
    metadata: {
      name,
      creationTimestamp: `2026-01-01T00:00:0${name}Z`,
      annotations: maximum === undefined ? {} : { "deployment.kubernetes.io/max-replicas": String(maximum) },
    },
    spec: { replicas },
    status: { replicas },
  }) as unknown as ReplicaSet;

test("surge rounds up, unavailable down, and one of them is more than nothing", () => {
  const d = deployment(5, "25%", "25%");
  assert.deepEqual([maxSurge(d), maxUnavailable(d)], [2, 1]);
  const none = deployment(3, 0, 0);
  assert.deepEqual([maxSurge(none), maxUnavailable(none)], [0, 1]);
  assert.deepEqual([maxSurge(deployment(1, "1%", "1%")), maxUnavailable(deployment(1, "1%", "1%"))], [1, 0]);
  assert.equal(maxUnavailable(deployment(2, 0, 10)), 2);
  assert.equal(maxUnavailable(deployment(0, 0, 1)), 0);
});

test("the new set grows by the room that surge leaves", () => {
  assert.equal(newSetSize(deployment(10, 3, 2), [set("1", 10), set("2", 0)], 0), 3);
  assert.equal(newSetSize(deployment(10, 3, 2), [set("1", 8), set("2", 5)], 5), 5);
  assert.equal(newSetSize(deployment(10, 30, 2), [set("1", 10), set("2", 0)], 0), 10);
});

/** Old set 1 and new set 2 in the middle of a rollout of 10 + 3, scaled to `to`. */
const scaled = (to: number, sizes: readonly [number, number], surge = 3) => {
  const sets = [set("1", sizes[0], 13), set("2", sizes[1], 13)];
  const found = proportional(deployment(to, surge, 2), sets);
  return sets.map((one) => found.get(one));
};

test("a rollout in its middle is scaled in proportion, and what is left goes to the largest", () => {
  assert.deepEqual(scaled(15, [8, 5]), [11, 7]);
  assert.deepEqual(scaled(5, [8, 5]), [5, 3]);
  assert.deepEqual(scaled(0, [8, 5]), [0, 0]);
});

test("growing favours the newer of equal sets, shrinking the older", () => {
  const up = scaled(12, [5, 5]);
  assert.ok(up[1]! >= up[0]!);
  assert.equal(up[0]! + up[1]!, 15);
});
