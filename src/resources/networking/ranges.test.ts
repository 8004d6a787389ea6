// ServiceCIDRs and IPAddresses: one range a family, canonical names, owners that stay.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { IPAddress } from "./ip-address.ts";
import { ServiceCIDR } from "./service-cidr.ts";

it("ranges are sound, one a family", () => {
  const errors = (...cidrs: string[]) => tryOut(ServiceCIDR, { spec: { cidrs } }).errors;
  assert.deepEqual(errors("10.0.0.0/24", "fd00::/64"), []);
  assert.deepEqual(errors(), ["spec.cidrs: Required value: at least one CIDR required"]);
  assert.deepEqual(errors("10.1.2.3/24"), [
    'spec.cidrs[0]: Invalid value: "10.1.2.3/24": must not have bits set beyond the prefix length',
  ]);
  assert.match(errors("10.0.0.0/24", "10.0.1.0/24").join(), /no more than one IP for each IP family/);
});

it("a second family may be added, nothing taken away", () => {
  const { object: old } = tryOut(ServiceCIDR, { spec: { cidrs: ["10.0.0.0/24"] } });
  assert.deepEqual(tryOut(ServiceCIDR, { spec: { cidrs: ["10.0.0.0/24", "fd00::/64"] } }, { old }).errors, []);
  assert.match(tryOut(ServiceCIDR, { spec: { cidrs: ["10.0.1.0/24"] } }, { old }).errors.join(), /field is immutable$/);
});

it("an address is its own name, in canonical form, and belongs to somebody", () => {
  const parentRef = { resource: "services", namespace: "ns", name: "s" };
  const { object: old, errors } = tryOut(IPAddress, { metadata: { name: "10.0.0.1" }, spec: { parentRef } });
  assert.deepEqual(errors, []);
  assert.equal(IPAddress.columns[1]!.cell(old, { now: 0 }), "services/ns/s");
  assert.match(
    tryOut(IPAddress, { metadata: { name: "fd00:0::1" }, spec: { parentRef } }).errors.join(),
    /must be in canonical form/,
  );
  assert.deepEqual(tryOut(IPAddress, { metadata: { name: "10.0.0.2" }, spec: {} }).errors, [
    "spec.parentRef: Required value",
  ]);
  assert.match(
    tryOut(IPAddress, { spec: { parentRef: { ...parentRef, name: "t" } } }, { old }).errors.join(),
    /field is immutable$/,
  );
});
