// Evictions and the budgets that hold them up.
import assert from "node:assert/strict";
import { it } from "node:test";
import { Pod } from "../../resources/core/pod.ts";
import { PodDisruptionBudget } from "../../resources/policy/pod-disruption-budget.ts";
import { StatusError } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { make, makePod, NAMESPACE, podOf, trialServer } from "../admission/trial.ts";

type Trial = Awaited<ReturnType<typeof trialServer>>;
const X = { namespace: NAMESPACE, name: "x" };

/** A running pod `x`, and budgets whose controller has seen them, unless `observed` is 0. */
async function guarded(status: object, { ready = "True", names = ["b"], spec = {} } = {}): Promise<Trial> {
  const trial = await trialServer();
  const pod = await makePod(trial, podOf("x", {}, { nodeName: "n" }, { labels: { app: "x" } }));
  const conditions = [{ type: "Ready", status: ready }];
  await trial.client.update(Pod, { ...pod, status: { ...pod.status, phase: "Running", conditions } } as Pod, {
    subresource: "status",
  });
  for (const name of names) {
    const selector = { matchLabels: { app: "x" } };
    const budget = await make(trial, PodDisruptionBudget, {
      metadata: { name },
      spec: { minAvailable: 1, selector, ...spec },
    });
    const seen = { ...budget.status, observedGeneration: 1, ...status };
    await trial.client.update(PodDisruptionBudget, { ...budget, status: seen } as PodDisruptionBudget, {
      subresource: "status",
    });
  }
  return trial;
}

const evict = ({ client }: Trial, dryRun = false) => {
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: X } as unknown as KubeObject;
  return client.command(Pod, X, "eviction", body, { dryRun });
};

async function refused(trial: Trial): Promise<StatusError> {
  const error: unknown = await evict(trial).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StatusError, "the eviction was not refused");
  return error;
}

it("takes one disruption from the budget and begins the deletion", async () => {
  const trial = await guarded({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 });
  await evict(trial, true);
  assert.equal((await trial.client.get(Pod, X)).metadata.deletionTimestamp, undefined);
  await evict(trial);
  const pod = await trial.client.get(Pod, X);
  assert.notEqual(pod.metadata.deletionTimestamp, undefined);
  const target = pod.status.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.deepEqual([target?.reason, target?.message], ["EvictionByEvictionAPI", "Eviction API: evicting"]);
  const { status } = await trial.client.get(PodDisruptionBudget, { ...X, name: "b" });
  assert.equal(status.disruptionsAllowed, 0);
  assert.deepEqual(Object.keys(status.disruptedPods ?? {}), ["x"]);
});

it("a budget without room refuses with its figures", async () => {
  const error = await refused(await guarded({ currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 }));
  assert.equal(error.code, 429);
  assert.equal(error.message, "Cannot evict pod as it would violate the pod's disruption budget.");
  const message = "The disruption budget b needs 1 healthy pods and has 1 currently";
  assert.deepEqual(error.details?.causes, [{ reason: "DisruptionBudget", message }]);
});

it("a budget that nobody has counted for asks to come back", async () => {
  const error = await refused(await guarded({ observedGeneration: 0, disruptionsAllowed: 1 }));
  assert.deepEqual([error.code, error.details?.retryAfterSeconds], [429, 10]);
});

it("two budgets for one pod are one too many", async () => {
  const error = await refused(await guarded({ disruptionsAllowed: 1 }, { names: ["a", "b"] }));
  assert.equal(error.code, 500);
  assert.match(error.message, /more than one PodDisruptionBudget/);
});

it("pods that are not ready go when enough others are healthy, or when the budget says always", async () => {
  const unready = { ready: "False" };
  await evict(await guarded({ currentHealthy: 1, desiredHealthy: 1 }, unready));
  assert.equal((await refused(await guarded({ currentHealthy: 0, desiredHealthy: 1 }, unready))).code, 429);
  const always = { ...unready, spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } };
  await evict(await guarded({ currentHealthy: 0, desiredHealthy: 1 }, always));
});
