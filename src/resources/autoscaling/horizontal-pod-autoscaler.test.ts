// HorizontalPodAutoscalers: metrics, behavior, and the way through version 1 and back.
import assert from "node:assert/strict";
import { it } from "node:test";
import { decodeValue } from "../../schema/decode.ts";
import type { JsonObject } from "../../schema/node.ts";
import { tryOut } from "../trial.ts";
import { HorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";

const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const tried = (spec: object) => tryOut(HorizontalPodAutoscaler, { spec: { scaleTargetRef, maxReplicas: 3, ...spec } });
const errors = (...metrics: object[]) => tried({ metrics }).errors.join("; ");

it("without metrics processor time counts; each direction has its pace", () => {
  const { spec } = tried({ behavior: { scaleDown: { stabilizationWindowSeconds: 5 } } }).object;
  assert.equal(spec.metrics?.[0]?.resource?.target.averageUtilization, 80);
  assert.equal(spec.behavior?.scaleUp?.policies?.length, 2);
  assert.deepEqual(spec.behavior?.scaleDown, {
    stabilizationWindowSeconds: 5,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  });
});

it("given policies that are none are a fault, not an absence", () => {
  const { errors: found } = tried({ behavior: { scaleUp: { policies: [] } } });
  assert.deepEqual(found, ["spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"]);
});

it("a metric has the source of its type, and one target", () => {
  const target = { type: "Utilization", averageUtilization: 50 };
  assert.equal(errors({ type: "Resource", resource: { name: "cpu", target } }), "");
  assert.match(errors({ type: "Pods" }), /pods: Required value: must populate information/);
  const both = { ...target, averageValue: "1" };
  assert.match(errors({ type: "Resource", resource: { name: "cpu", target: both } }), /may not set both/);
  const external = { metric: { name: "q" }, target: { type: "Value", value: "0" } };
  assert.match(errors({ type: "External", external }), /external\.target\.value: .*must be positive$/);
});

it("nothing at all runs only where something outside of the pods can wake it", () => {
  const spec = { scaleTargetRef, maxReplicas: 3, minReplicas: 0 };
  const gates = ["HPAScaleToZero"];
  assert.match(tryOut(HorizontalPodAutoscaler, { spec }).errors.join(), /minReplicas: .*greater than or equal to 1,/);
  assert.match(
    tryOut(HorizontalPodAutoscaler, { spec }, { gates }).errors.join(),
    /at least one Object or External metric/,
  );
});

it("comes back from version 1 as it was", () => {
  const metrics = [
    { type: "Pods", pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } } },
    {
      type: "Object",
      object: {
        describedObject: { kind: "Service", name: "s", apiVersion: "v1" },
        target: { type: "Value", value: "5" },
        metric: { name: "m", selector: { matchLabels: { a: "b" } } },
      },
    },
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", target: { type: "Utilization", averageUtilization: 5 }, container: "c" },
    },
    { type: "External", external: { metric: { name: "q" }, target: { type: "AverageValue", averageValue: "3" } } },
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
  ];
  const status = {
    currentReplicas: 2,
    desiredReplicas: 3,
    currentMetrics: [
      { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 7, averageValue: "1" } } },
    ],
    conditions: [{ type: "AbleToScale", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" }],
  };
  const { object } = tried({ metrics, behavior: { scaleUp: {} } });
  const whole = decodeValue(HorizontalPodAutoscaler.schema, { ...object, status }).value;
  const { toHub, fromHub, schema } = HorizontalPodAutoscaler.versions["v1"]!;
  const old = decodeValue(schema, fromHub(whole as JsonObject)).value as JsonObject;
  assert.equal((old["spec"] as JsonObject)["targetCPUUtilizationPercentage"], 60);
  assert.equal((old["status"] as JsonObject)["currentCPUUtilizationPercentage"], 7);
  assert.deepEqual(decodeValue(HorizontalPodAutoscaler.schema, toHub(old)).value, whole);
});

it("annotations of version 1 that cannot be read mean nothing", () => {
  const { toHub } = HorizontalPodAutoscaler.versions["v1"]!;
  const annotations = { "autoscaling.alpha.kubernetes.io/metrics": "{", a: "b" };
  const { metadata, spec } = toHub({ metadata: { name: "x", annotations }, spec: { maxReplicas: 1 } });
  assert.deepEqual([metadata, spec], [{ name: "x", annotations: { a: "b" } }, { maxReplicas: 1 }]);
});

it("what is scaled has a group, but for replication controllers; what is old may stay", () => {
  const of = (ref: object) => ({ scaleTargetRef: { name: "d", ...ref } });
  const why = "apiVersion must specify API group";
  const path = "spec.scaleTargetRef.apiVersion: Invalid value";
  assert.deepEqual(tried(of({ apiVersion: "v1", kind: "ReplicationController" })).errors, []);
  assert.deepEqual(tried(of({ apiVersion: "v1", kind: "Deployment" })).errors, [`${path}: "v1": ${why}`]);
  assert.deepEqual(tried(of({ apiVersion: "a/b/c", kind: "Deployment" })).errors, [
    `${path}: "a/b/c": unexpected GroupVersion string: a/b/c`,
  ]);
  const { object: old } = tried(of({ apiVersion: "v1", kind: "Deployment" }));
  assert.deepEqual(tryOut(HorizontalPodAutoscaler, { spec: { ...old.spec, maxReplicas: 4 } }, { old }).errors, []);
});
