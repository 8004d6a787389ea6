// Expressions against the schemas of the kinds that a policy is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiVersionOf } from "../../schema/resource.ts";
import { Deployment } from "../apps/deployment.ts";
import { ConfigMap } from "../core/config-map.ts";
import { tryOut } from "../trial.ts";
import { expressionWarnings } from "./type-checking.ts";
import { ValidatingAdmissionPolicy } from "./validating-admission-policy.ts";

const kinds = [Deployment, ConfigMap];

function warnings(expression: string, more: object = {}, apiVersions = ["v1"]) {
  const rule = { operations: ["*"], apiGroups: ["apps", ""], apiVersions, resources: ["deployments", "configmaps"] };
  const { object, errors } = tryOut(ValidatingAdmissionPolicy, {
    spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression }], ...more },
  });
  assert.deepEqual(errors, []);
  const find = (group: string, version: string, plural: string) =>
    kinds.find((one) => one.group === group && one.version === version && one.plural === plural);
  const byKind = (apiVersion: string, kind: string) =>
    kinds.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  return expressionWarnings(object, find as never, byKind as never);
}

test("a field that a kind does not have is told, kind by kind", () => {
  assert.deepEqual(warnings("has(object.metadata.labels) && object.metadata.labels.a == 'b'"), []);
  const [found, ...more] = warnings("object.replicas > 1");
  assert.equal(more.length, 0);
  assert.equal(found?.fieldRef, "spec.validations[0].expression");
  const mark = "ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^";
  assert.equal(found?.warning, `apps/v1, Kind=Deployment: ${mark}\nv1, Kind=ConfigMap: ${mark}`);
});

test("variables and parameters have their types too; kinds that are not named say nothing", () => {
  const variables = [{ name: "n", expression: "object.metadata.name" }];
  assert.match(warnings("variables.n + 1 == 2", { variables })[0]?.warning ?? "", /no matching overload for '_\+_'/);
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  assert.match(warnings("params.spec.a == 1", { paramKind })[0]?.warning ?? "", /undefined field 'spec'/);
  assert.deepEqual(warnings("object.replicas > 1", {}, ["*"]), []);
});
