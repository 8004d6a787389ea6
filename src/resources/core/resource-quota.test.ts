// ResourceQuotas: scopes that fit what is limited, and stay.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { ResourceQuota } from "./resource-quota.ts";

const quota = (spec: object, more = {}) => tryOut(ResourceQuota, { spec }, more);

it("scopes must fit what is limited and one another", () => {
  assert.deepEqual(quota({ hard: { services: "1" }, scopes: ["BestEffort"] }).errors, [
    'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
  ]);
  assert.deepEqual(quota({ hard: { pods: "1" }, scopes: ["Terminating", "NotTerminating"] }).errors, [
    'spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes',
  ]);
  assert.deepEqual(quota({ hard: { "count/deployments.apps": "1", pods: "2" }, scopes: ["BestEffort"] }).errors, []);
});

it("selectors leave the index out of their path", () => {
  const expression = (operator: string, values?: string[]) => ({
    hard: { pods: "4" },
    scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, ...(values && { values }) }] },
  });
  assert.deepEqual(quota(expression("In", ["high"])).errors, []);
  assert.deepEqual(quota(expression("X")).errors, [
    'spec.scopeSelector.matchExpressions.operator: Invalid value: "X": not a valid selector operator',
  ]);
  assert.match(quota(expression("In")).errors.join(), /^spec.scopeSelector.matchExpressions.values: Required value/);
});

it("amounts may change, scopes may not", () => {
  const { object: old } = quota({ hard: { pods: "1" }, scopes: ["BestEffort"] });
  assert.deepEqual(quota({ hard: { pods: "2" }, scopes: ["BestEffort"] }, { old }).errors, []);
  assert.deepEqual(quota({ hard: { pods: "1" } }, { old }).errors, [
    "spec.scopes: Invalid value: []: field is immutable",
  ]);
  assert.deepEqual(quota({ hard: { cows: "1" } }).errors, [
    'spec.hard[cows]: Invalid value: "cows": must be a standard resource type or fully qualified',
    'spec.hard[cows]: Invalid value: "cows": must be a standard resource for quota',
  ]);
  assert.deepEqual(quota({ hard: { pods: "1.5" } }).errors, [
    'spec.hard[pods]: Invalid value: "1500m": must be an integer',
  ]);
  assert.deepEqual(quota({ hard: { "requests.cpu": "5", "limits.cpu": "2" } }).warnings, [
    "ResourceQuota requests.cpu (5) should be less than limits.cpu (2)",
  ]);
});
