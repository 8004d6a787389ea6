// Leases: durations that are some.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { Lease } from "./lease.ts";

it("durations are positive, transitions not negative", () => {
  assert.deepEqual(tryOut(Lease, { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } }).errors, [
    "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
    "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
  ]);
  assert.deepEqual(tryOut(Lease, { spec: { holderIdentity: "" } }).errors, []);
});

it("what coordinated election adds goes while its gate is off", () => {
  const spec = { holderIdentity: "a", preferredHolder: "b" };
  assert.deepEqual(tryOut(Lease, { spec }).object.spec, { holderIdentity: "a" });
  assert.deepEqual(tryOut(Lease, { spec }, { gates: ["CoordinatedLeaderElection"] }).object.spec, spec);
});
