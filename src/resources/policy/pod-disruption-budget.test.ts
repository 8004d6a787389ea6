// PodDisruptionBudgets: one limit, a number or a share.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { PodDisruptionBudget } from "./pod-disruption-budget.ts";

const budget = (spec: object) => tryOut(PodDisruptionBudget, { spec, status: { disruptionsAllowed: 5 } });

it("begins with nothing allowed, whatever its maker says", () => {
  const { object, errors } = budget({ minAvailable: 1, selector: {} });
  assert.deepEqual(errors, []);
  assert.deepEqual(object.status, { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 });
});

it("limits are numbers or percentages, one of the two", () => {
  assert.match(budget({ minAvailable: 1, maxUnavailable: 1 }).errors.join(), /^spec: .*cannot be both set$/);
  assert.deepEqual(budget({ minAvailable: -1 }).errors, [
    "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0",
  ]);
  assert.deepEqual(budget({ maxUnavailable: "150%" }).errors, [
    'spec.maxUnavailable: Invalid value: "150%": must not be greater than 100%',
  ]);
});

it("selectors are sound", () => {
  assert.deepEqual(
    budget({ selector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] } }).errors,
    [
      "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  );
  assert.match(
    budget({ selector: { matchLabels: { "a b": "c" } } }).errors.join(),
    /^spec.selector.matchLabels: Invalid value: "a b"/,
  );
});
