// How far and how fast autoscalers go.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HorizontalPodAutoscaler } from "../../resources/autoscaling/horizontal-pod-autoscaler-object.ts";
import { limit, noteScaled } from "./limits.ts";
import type { Memory } from "./limits.ts";

const SECOND = 1000;
const autoscaler = (maxReplicas: number, behavior?: object): HorizontalPodAutoscaler =>
  ({ metadata: {}, spec: { maxReplicas, behavior }, status: {} }) as unknown as HorizontalPodAutoscaler;
const fresh = (): Memory => ({ advice: [], ups: [], downs: [] });
const go = (one: HorizontalPodAutoscaler, memory: Memory, current: number, desired: number, now = 0) => {
  const { replicas, able, limited } = limit(one, memory, { current, desired, least: 2, now });
  return `${replicas} ${able.reason} ${limited.status} ${limited.reason}`;
};

test("bounds, and at most twice as many at once", () => {
  assert.equal(go(autoscaler(10), fresh(), 3, 3), "3 ReadyForNewScale False DesiredWithinRange");
  assert.equal(go(autoscaler(10), fresh(), 3, 1), "2 ReadyForNewScale True TooFewReplicas");
  assert.equal(go(autoscaler(10), fresh(), 8, 12), "10 ReadyForNewScale True TooManyReplicas");
  assert.equal(go(autoscaler(100), fresh(), 3, 12), "6 ReadyForNewScale True ScaleUpLimit");
  assert.equal(go(autoscaler(100), fresh(), 1, 12), "4 ReadyForNewScale True ScaleUpLimit");
});

test("it shrinks to the most that was advised in five minutes", () => {
  const memory = fresh();
  assert.equal(go(autoscaler(10), memory, 6, 6, 0), "6 ReadyForNewScale False DesiredWithinRange");
  assert.equal(go(autoscaler(10), memory, 6, 3, 299 * SECOND), "6 ScaleDownStabilized False DesiredWithinRange");
  assert.equal(go(autoscaler(10), memory, 6, 2, 301 * SECOND), "3 ScaleDownStabilized False DesiredWithinRange");
});

test("rates: the policy that allows most, or least, or none, over its period", () => {
  const up = (rules: object) => ({ scaleUp: { stabilizationWindowSeconds: 0, ...rules }, scaleDown: DOWN });
  const DOWN = {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 50, periodSeconds: 60 }],
  };
  const policies = [
    { type: "Pods", value: 1, periodSeconds: 60 },
    { type: "Percent", value: 50, periodSeconds: 60 },
  ];
  const most = autoscaler(100, up({ selectPolicy: "Max", policies }));
  const memory = fresh();
  assert.equal(go(most, memory, 5, 50, 0), "8 ReadyForNewScale True ScaleUpLimit");
  noteScaled(most, memory, { current: 5, desired: 8, least: 2, now: 0 });
  assert.equal(go(most, memory, 8, 50, 30 * SECOND), "8 ReadyForNewScale True ScaleUpLimit", "the period is used up");
  assert.equal(go(most, memory, 8, 50, 61 * SECOND), "12 ReadyForNewScale True ScaleUpLimit");
  assert.equal(
    go(autoscaler(100, up({ selectPolicy: "Min", policies })), fresh(), 5, 50),
    "6 ReadyForNewScale True ScaleUpLimit",
  );
  assert.equal(
    go(autoscaler(100, up({ selectPolicy: "Disabled", policies })), fresh(), 5, 50),
    "5 ReadyForNewScale True ScaleUpLimit",
  );
  assert.equal(go(most, fresh(), 7, 1), "3 ReadyForNewScale True ScaleDownLimit");
});

test("windows of its own keep it from following every turn", () => {
  const rules = (seconds: number) => ({
    stabilizationWindowSeconds: seconds,
    selectPolicy: "Max",
    policies: [{ type: "Pods", value: 50, periodSeconds: 15 }],
  });
  const one = autoscaler(100, { scaleUp: rules(60), scaleDown: rules(60) });
  const memory = fresh();
  assert.equal(go(one, memory, 5, 5, 0), "5 ReadyForNewScale False DesiredWithinRange");
  assert.equal(go(one, memory, 5, 9, 30 * SECOND), "5 ScaleUpStabilized False DesiredWithinRange");
  assert.equal(go(one, memory, 5, 9, 61 * SECOND), "9 ReadyForNewScale False DesiredWithinRange");
});
