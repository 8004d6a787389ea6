// PriorityClasses: values that stay, and names that are the system's.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { PriorityClass } from "./priority-class.ts";

it("value and policy stay", () => {
  const { object: old } = tryOut(PriorityClass, { value: 100 });
  assert.equal(old.preemptionPolicy, "PreemptLowerPriority");
  assert.deepEqual(tryOut(PriorityClass, { value: 5, preemptionPolicy: "Never" }, { old }).errors, [
    'preemptionPolicy: Invalid value: "Never": field is immutable',
    "value: Forbidden: may not be changed in an update.",
  ]);
  assert.deepEqual(tryOut(PriorityClass, { value: 100, description: "d" }, { old }).errors, []);
});

it("the system's names have the system's values, users a ceiling", () => {
  const named = (name: string, value: number) => tryOut(PriorityClass, { metadata: { name }, value }).errors;
  assert.deepEqual(named("system-cluster-critical", 2_000_000_000), []);
  assert.match(
    named("system-cluster-critical", 7).join(),
    /value of system-cluster-critical PriorityClass must be 2000000000$/,
  );
  assert.match(named("system-mine", 7).join(), /system-mine is not a known system priority class$/);
  assert.deepEqual(named("mine", 1_000_000_001), [
    "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
  ]);
});

it("a policy is one of two, told in their own order", () => {
  const told = (preemptionPolicy: string) => tryOut(PriorityClass, { value: 1, preemptionPolicy }).errors;
  assert.deepEqual(told(""), ["preemptionPolicy: Required value"]);
  assert.deepEqual(told("x"), [
    'preemptionPolicy: Unsupported value: "x": supported values: "PreemptLowerPriority", "Never"',
  ]);
});
