// Endpoints: addresses that can be reached, and the column that shows the first of them.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { Endpoints } from "./endpoints.ts";

const subset = (ips: string[], ports = [{ port: 80 }]) => ({
  subsets: [{ addresses: ips.map((ip) => ({ ip })), ports }],
});
const text = (body: object) => Endpoints.columns[1]!.cell(tryOut(Endpoints, body).object, { now: 0 });

it("what is no address is told twice, what cannot be reached once", () => {
  assert.deepEqual(tryOut(Endpoints, subset(["a"])).errors, [
    'subsets[0].addresses[0].ip: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'subsets[0].addresses[0].ip: Invalid value: "a": must be a valid IP address',
  ]);
  assert.deepEqual(tryOut(Endpoints, subset(["169.254.0.1"])).errors, [
    'subsets[0].addresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ]);
  assert.deepEqual(tryOut(Endpoints, subset(["10.1.2.3", "fd00::1"])).errors, []);
});

it("several ports need names, a subset needs addresses", () => {
  assert.deepEqual(tryOut(Endpoints, subset(["10.1.2.3"], [{ port: 1 }, { port: 2 }])).errors, [
    "subsets[0].ports[0].name: Required value",
    "subsets[0].ports[1].name: Required value",
  ]);
  assert.deepEqual(tryOut(Endpoints, { subsets: [{}] }).errors, [
    "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
  ]);
});

it("the column shows three and counts the rest", () => {
  assert.equal(text({}), "<none>");
  assert.equal(
    text(subset(["10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1", "10.0.0.5"])),
    "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...",
  );
  assert.equal(text(subset(["fd00::1"])), "[fd00::1]:80");
  assert.equal(text(subset(["10.0.0.1"], [])), "10.0.0.1");
});
