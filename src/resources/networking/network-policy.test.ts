// NetworkPolicies: directions, peers, ports.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { NetworkPolicy } from "./network-policy.ts";

const tried = (spec: object) => tryOut(NetworkPolicy, { spec });
const errors = (rule: object) => tried({ ingress: [rule] }).errors.join("; ");

it("is about egress when it has rules for it", () => {
  assert.deepEqual(tried({}).object.spec.policyTypes, ["Ingress"]);
  assert.deepEqual(tried({ egress: [{}] }).object.spec.policyTypes, ["Ingress", "Egress"]);
  assert.match(tried({ policyTypes: ["X"] }).errors.join(), /policyTypes\[0\]: Unsupported value: "X"/);
});

it("a peer is a range of addresses, or selectors", () => {
  assert.equal(errors({ from: [{ podSelector: {}, namespaceSelector: {} }] }), "");
  assert.match(errors({ from: [{}] }), /Required value: must specify a peer$/);
  const ipBlock = { cidr: "10.0.0.0/8", except: ["10.1.0.0/16", "10.0.0.0/8"] };
  assert.match(errors({ from: [{ ipBlock }] }), /except\[1\]: .*must be a strict subset of `cidr`$/);
  assert.match(
    errors({ from: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }),
    /may not specify both ipBlock/,
  );
});

it("a range of ports begins with a number", () => {
  assert.equal(errors({ ports: [{ port: 1, endPort: 2 }] }), "");
  assert.match(errors({ ports: [{ port: 2, endPort: 1 }] }), /must be greater than or equal to `port`$/);
  assert.match(errors({ ports: [{ port: "a", endPort: 1 }] }), /may not be specified when `port` is non-numeric$/);
  assert.match(errors({ ports: [{ endPort: 1 }] }), /may not be specified when `port` is not specified$/);
});
