// An autoscaler on a real server in virtual time, without metrics: bounds, failures, what it says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { horizontalPodAutoscaler } from "../../src/controllers/horizontalpodautoscaler.ts";
import { Deployment } from "../../src/resources/apps/deployment.ts";
import { HorizontalPodAutoscaler } from "../../src/resources/autoscaling/horizontal-pod-autoscaler.ts";
import { Event } from "../../src/resources/core/event.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

const SECOND = 1000;
const in_ = (name: string) => ({ namespace: "demo", name });

async function open(replicas: number, spec: object = {}) {
  const world = await openWorld({ controllers: [horizontalPodAutoscaler({ syncPeriodMs: 15 * SECOND })] });
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "app:1" }] } };
  await world.client.create(Deployment, {
    metadata: in_("web"),
    spec: { replicas, selector: { matchLabels: labels }, template },
  } as unknown as Deployment);
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  await world.client.create(HorizontalPodAutoscaler, {
    metadata: in_("web"),
    spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 4, ...spec },
  } as unknown as HorizontalPodAutoscaler);
  await world.pass(SECOND);
  return world;
}
const statusOf = async ({ client }: World) => (await client.get(HorizontalPodAutoscaler, in_("web"))).status;
const conditionsOf = async (world: World) =>
  (await statusOf(world)).conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]);
const eventsOf = async ({ client }: World) =>
  (await client.list(Event, { namespace: "demo" })).items.map(
    ({ type, reason, message }) => `${type} ${reason} ${message}`,
  );
const NO_METRICS =
  "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";

test("too many, and too few: within bounds at once, and counted", async () => {
  for (const [from, to, side] of [
    [6, 4, "above Spec.MaxReplicas"],
    [1, 2, "below Spec.MinReplicas"],
  ] as const) {
    const world = await open(from);
    assert.equal((await world.client.get(Deployment, in_("web"))).spec.replicas, to);
    assert.deepEqual(await conditionsOf(world), [
      ["AbleToScale", "True", "SucceededRescale", `the HPA controller was able to update the target scale to ${to}`],
      ["ScaledToZero", "False", "NotScaledToZero", "the HPA controller did not scale the workload to zero"],
    ]);
    const { currentReplicas, desiredReplicas, lastScaleTime, observedGeneration } = await statusOf(world);
    assert.deepEqual([currentReplicas, desiredReplicas, observedGeneration], [from, to, 1]);
    assert.ok(lastScaleTime);
    assert.deepEqual(await eventsOf(world), [
      `Normal SuccessfulRescale New size: ${to}; reason: Current number of replicas ${side}`,
    ]);
    await world.stop();
  }
});

test("without metrics nothing is scaled, and it is said why; the report is not written again", async () => {
  const world = await open(3);
  assert.deepEqual(await conditionsOf(world), [
    ["AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale"],
    [
      "ScalingActive",
      "False",
      "FailedGetResourceMetric",
      `the HPA was unable to compute the replica count: ${NO_METRICS}`,
    ],
  ]);
  assert.deepEqual((await eventsOf(world)).sort(), [
    `Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${NO_METRICS}`,
    `Warning FailedGetResourceMetric ${NO_METRICS}`,
  ]);
  const writes = world.writes.length;
  await world.pass(60 * SECOND);
  assert.equal(world.writes.length, writes);
  await world.stop();
});

test("a target without pods is left alone; one that is not there is named", async () => {
  const world = await open(0);
  assert.deepEqual((await conditionsOf(world))?.at(-1), [
    "ScalingActive",
    "False",
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
  ]);
  await world.stop();
  for (const [scaleTargetRef, why] of [
    [{ apiVersion: "apps/v1", kind: "Deployment", name: "gone" }, 'deployments.apps "gone" not found'],
    [{ apiVersion: "apps/v1", kind: "Nothing", name: "x" }, 'no matches for kind "Nothing" in group "apps"'],
    [
      { apiVersion: "batch/v1", kind: "Job", name: "x" },
      "the server could not find the requested resource (get jobs x)",
    ],
  ] as const) {
    const other = await open(3, { scaleTargetRef });
    assert.deepEqual(await conditionsOf(other), [
      [
        "AbleToScale",
        "False",
        "FailedGetScale",
        `the HPA controller was unable to get the target's current scale: ${why}`,
      ],
    ]);
    assert.deepEqual(await eventsOf(other), [`Warning FailedGetScale ${why}`]);
    await other.stop();
  }
});
