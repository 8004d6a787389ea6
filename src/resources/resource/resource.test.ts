// Devices and claims for them: what is asked for, what drivers publish, what stays.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { DeviceClass } from "./device-class.ts";
import { DeviceTaintRule } from "./device-taint-rule.ts";
import { ResourceClaimTemplate } from "./resource-claim-template.ts";
import { ResourceClaim } from "./resource-claim.ts";
import { ResourceSlice } from "./resource-slice.ts";

const exactly = { deviceClassName: "gpu" };
const gates = ["DRAPrioritizedList", "DRADeviceTaints", "DRAPartitionableDevices"];
const claim = (devices: object) => tryOut(ResourceClaim, { spec: { devices } }, { gates });
const errors = (devices: object) => claim(devices).errors.join("; ");

it("one device unless all are wanted", () => {
  const { object } = claim({
    requests: [
      { name: "a", exactly },
      { name: "b", exactly: { ...exactly, allocationMode: "All" } },
      { name: "c", firstAvailable: [{ name: "d", deviceClassName: "gpu" }] },
    ],
  });
  const counts = object.spec.devices.requests?.map((r) => r.exactly?.count ?? r.firstAvailable?.[0]?.count);
  assert.deepEqual(counts, [1, undefined, 1]);
  assert.match(
    errors({ requests: [{ name: "a", exactly: { ...exactly, allocationMode: "All", count: 2 } }] }),
    /must not be specified when allocationMode is 'All'$/,
  );
});

it("constraints and configuration name requests of the claim", () => {
  const requests = [{ name: "a", firstAvailable: [{ name: "b", deviceClassName: "gpu" }] }];
  const constraint = (more: object) => errors({ requests, constraints: [{ matchAttribute: "d.io/x", ...more }] });
  assert.equal(constraint({ requests: ["a", "a/b"] }), "");
  assert.match(constraint({ requests: ["c"] }), /must be the name of a request in the claim/);
  assert.match(constraint({ matchAttribute: "x" }), /must include a domain$/);
  assert.match(errors({ requests, config: [{}] }), /config\[0\]\.opaque: Required value/);
  assert.match(errors({ requests: [{ name: "a" }] }), /exactly one of `exactly` or `firstAvailable` is required$/);
});

it("what is asked for stays, and so does what was given", () => {
  const { object: old } = claim({ requests: [{ name: "a", exactly }] });
  assert.equal(ResourceClaim.columns[1]!.cell(old, { now: 0 }), "pending");
  const other = { spec: { devices: { requests: [{ name: "b", exactly }] } } };
  assert.match(tryOut(ResourceClaim, other, { old }).errors.join(), /^spec: .*field is immutable$/);
  const reserved = { ...old, status: { reservedFor: [{ resource: "pods", name: "p", uid: "1" }] } };
  const { errors: found } = tryOut(ResourceClaim, reserved, { old, subresource: "status" });
  assert.match(found.join(), /may not be specified when `allocated` is not set$/);
  const template = { spec: { spec: { devices: { requests: [{ name: "a" }] } } } };
  assert.match(tryOut(ResourceClaimTemplate, template).errors.join(), /^spec\.spec\.devices\.requests\[0\]: Required/);
});

it("a slice is in one place; its devices have names and typed attributes", () => {
  const pool = { name: "p", generation: 1, resourceSliceCount: 1 };
  const slice = (more: object) =>
    tryOut(ResourceSlice, { spec: { driver: "d.io", pool, nodeName: "n", ...more } }, { gates });
  assert.deepEqual(slice({ devices: [{ name: "a", attributes: { "d.io/x": { int: 1 } } }] }).errors, []);
  assert.match(slice({ allNodes: true }).errors.join(), /but multiple fields are set$/);
  assert.match(slice({ devices: [{ name: "a", attributes: { x: { version: "1" } } }] }).errors.join(), /semver\.org/);
  const { object: old } = slice({ devices: [{ name: "a", taints: [{ key: "k", effect: "None" }] }] });
  assert.equal(old.spec.devices?.[0]?.taints?.[0]?.timeAdded, "2020-01-01T00:00:00Z");
  const moved = { spec: { driver: "d.io", pool, nodeName: "m" } };
  assert.match(tryOut(ResourceSlice, moved, { old }).errors.join(), /nodeName: .*field is immutable$/);
});

it("a taint has its time; a class may be an extended resource", () => {
  const taint = { key: "d.io/k", effect: "NoSchedule" };
  const { object, errors: none } = tryOut(DeviceTaintRule, { spec: { deviceSelector: { driver: "d.io" }, taint } });
  assert.deepEqual([none, object.spec.taint.timeAdded], [[], "2020-01-01T00:00:00Z"]);
  const extended = (extendedResourceName: string) =>
    tryOut(DeviceClass, { spec: { extendedResourceName } }, { gates: ["DRAExtendedResource"] }).errors.join();
  assert.equal(extended("d.io/gpu"), "");
  assert.match(extended("gpu"), /must be a valid extended resource name$/);
});
