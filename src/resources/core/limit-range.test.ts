// LimitRanges: defaults of containers, bounds that agree.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { LimitRange } from "./limit-range.ts";

const limits = (...items: object[]) => tryOut(LimitRange, { spec: { limits: items } });

it("a container's limit is the maximum, its request the limit, else the minimum", () => {
  const { object, errors } = limits({ type: "Container", max: { cpu: "2" }, min: { cpu: "1", memory: "1Gi" } });
  assert.deepEqual(errors, []);
  assert.deepEqual(object.spec.limits[0]?.default, { cpu: "2" });
  assert.deepEqual(object.spec.limits[0]?.defaultRequest, { cpu: "2", memory: "1Gi" });
  assert.equal(limits({ type: "Pod", max: { cpu: "2" } }).object.spec.limits[0]?.default, undefined);
});

it("bounds must agree, and the message shows the one that is wrong", () => {
  assert.deepEqual(limits({ type: "Container", default: { cpu: "2" }, max: { cpu: "1" } }).errors, [
    'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
    'spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
  ]);
  assert.deepEqual(
    limits({ type: "Pod", min: { cpu: "1" }, max: { cpu: "2" }, maxLimitRequestRatio: { cpu: "3" } }).errors,
    ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
  );
});

it("types once each, claims with storage", () => {
  assert.deepEqual(limits({ type: "Pod" }, { type: "Pod" }).errors, ['spec.limits[1].type: Duplicate value: "Pod"']);
  assert.deepEqual(limits({ type: "Nothing" }).errors, [
    'spec.limits[0].type: Invalid value: "Nothing": must be a standard limit type or fully qualified',
  ]);
  assert.match(limits({ type: "PersistentVolumeClaim" }).errors.join(), /either minimum or maximum storage value/);
});

it("names are judged as those of containers", () => {
  assert.deepEqual(limits({ type: "Pod", max: { a: "1", "b/c/d": "1" } }).errors.slice(0, 2), [
    'spec.limits[0].max[a]: Invalid value: "a": must be a standard resource type or fully qualified',
    'spec.limits[0].max[a]: Invalid value: "a": must be a standard resource for containers',
  ]);
});
