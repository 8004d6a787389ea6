// Conditions are read and replaced; readiness becomes availability with time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { availability, isActive, isAvailable, isReady, isTerminal, withCondition } from "./readiness.ts";

const ready = (status: string, lastTransitionTime = "2026-01-01T00:00:00Z") => ({
  status: { conditions: [{ type: "Ready", status, lastTransitionTime }] },
});
const at = (seconds: number) => Date.parse("2026-01-01T00:00:00Z") + seconds * 1000;

test("a pod is available once it has been ready for long enough", () => {
  assert.equal(isReady(ready("True")), true);
  assert.equal(isReady(ready("False")), false);
  assert.equal(isReady({ status: {} }), false);
  assert.equal(isAvailable(ready("True"), 0, at(0)), true);
  assert.equal(isAvailable(ready("False"), 0, at(100)), false);
  assert.deepEqual(availability(ready("True"), 10, at(4)), { available: false, from: at(10) });
  assert.deepEqual(availability(ready("True"), 10, at(10)), { available: true });
});

test("neither over nor on its way out is active", () => {
  const pod = (phase: "Running" | "Failed" | "Succeeded", deletionTimestamp?: string) => ({
    metadata: deletionTimestamp ? { deletionTimestamp } : {},
    status: { phase },
  });
  assert.equal(isActive(pod("Running")), true);
  assert.equal(isActive(pod("Running", "2026-01-01T00:00:00Z")), false);
  assert.equal(isActive(pod("Failed")), false);
  assert.equal(isTerminal(pod("Succeeded")), true);
});

test("a condition keeps its time while its status stays", () => {
  const [first, later] = ["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"];
  const one = withCondition(undefined, { type: "Ready", status: "False", reason: "A" }, first);
  assert.deepEqual(one, [{ type: "Ready", status: "False", reason: "A", lastTransitionTime: first }]);
  const reason = withCondition(one, { type: "Ready", status: "False", reason: "B" }, later);
  assert.equal(reason[0]?.lastTransitionTime, first);
  assert.equal(reason[0]?.reason, "B");
  const status = withCondition(reason, { type: "Ready", status: "True" }, later);
  assert.equal(status[0]?.lastTransitionTime, later);
  assert.equal(withCondition(status, { type: "Ready", status: "True" }, "2026-01-01T00:02:00Z"), status);
});
