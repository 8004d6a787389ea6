// How many pods metrics ask for.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import type { PodMetrics } from "./metrics.ts";
import { byAverage, byUtilization, byValue, byValuePerPod } from "./replicas.ts";

const NOW = Date.UTC(2026, 0, 2);
const LONG_AGO = "2026-01-01T00:00:00Z";
type State = "ready" | "unready" | "pending" | "failed";
const pod = (name: string, state: State = "ready"): Pod =>
  ({
    metadata: { name },
    spec: { containers: [{ name: "c", resources: { requests: { cpu: "100m" } } }] },
    status: {
      phase: state === "pending" ? "Pending" : state === "failed" ? "Failed" : "Running",
      startTime: LONG_AGO,
      conditions: [{ type: "Ready", status: state === "ready" ? "True" : "False", lastTransitionTime: LONG_AGO }],
    },
  }) as unknown as Pod;
const metrics = (...values: number[]): PodMetrics =>
  new Map(values.map((value, i) => [`p${i}`, { value, at: NOW, window: 60_000 }]));
const tolerance = { down: 0.1, up: 0.1 };
const of = (current: number, ...pods: Pod[]) => ({ current, pods, tolerance, now: NOW });
const three = [pod("p0"), pod("p1"), pod("p2")];

test("utilization: the average share of the request against the target", () => {
  assert.deepEqual(byUtilization(metrics(60, 60, 60), 30, "cpu", undefined, of(3, ...three)), {
    replicas: 6,
    usage: 60,
    utilization: 60,
  });
  assert.equal(byUtilization(metrics(32, 32, 32), 30, "cpu", undefined, of(3, ...three)).replicas, 3, "within a tenth");
  assert.equal(byUtilization(metrics(10, 10, 10), 30, "cpu", "c", of(3, ...three)).replicas, 1);
});

test("pods that are not ready or say nothing lean against what the others ask for", () => {
  const two = [pod("p0"), pod("p1"), pod("p2", "pending")];
  assert.equal(byUtilization(metrics(60, 60), 30, "cpu", undefined, of(3, ...two)).replicas, 4, "of three, not of two");
  const silent = [pod("p0"), pod("p1"), pod("p2")];
  assert.equal(byUtilization(metrics(60, 60), 30, "cpu", undefined, of(3, ...silent)).replicas, 4);
  assert.equal(byUtilization(metrics(10, 10), 50, "cpu", undefined, of(3, ...silent)).replicas, 3, "it may use all");
  assert.equal(byAverage(metrics(60, 60), 30, "", of(3, ...two)).replicas, 4);
});

test("what cannot be told is said", () => {
  const run =
    (values: PodMetrics, container: string | undefined, ...pods: Pod[]) =>
    () =>
      byUtilization(values, 30, "cpu", container, of(1, ...pods));
  assert.throws(run(metrics(1), undefined), /^Error: no pods returned by selector while calculating replica count$/);
  assert.throws(
    run(metrics(1), undefined, pod("p0", "failed")),
    /^Error: did not receive metrics for targeted pods \(pods might be unready\)$/,
  );
  assert.throws(run(metrics(1), "x", pod("p0")), /^Error: container x not found in Pod p0$/);
  assert.throws(
    () => byUtilization(metrics(1), 30, "memory", undefined, of(1, pod("p0"))),
    /^Error: missing request for memory in container c of Pod p0$/,
  );
});

test("one value for all, or for each", () => {
  assert.equal(byValue(4000, 1000, of(3, ...three)).replicas, 12);
  assert.equal(byValue(2500, 1000, of(0)).replicas, 3);
  assert.deepEqual(byValuePerPod(4000, 1000, 3, tolerance), { replicas: 4, usage: 1334 });
  assert.equal(byValuePerPod(3100, 1000, 3, tolerance).replicas, 3);
});
