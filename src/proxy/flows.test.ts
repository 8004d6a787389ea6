// Which UDP flows have to be forgotten.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Frontend } from "./elements.ts";
import { wrongFlows } from "./flows.ts";
import { Ledger } from "./ledger.ts";

const frontend = (key: string, ...targets: string[]): Frontend => ({
  key,
  isNode: !key.includes("10.96"),
  chain: targets.length > 0 ? "spread_1" : "",
  pools: targets.length > 0 ? [{ first: 0, targets }] : [],
});
const flowsOf = (before: Frontend | undefined, after: Frontend | undefined) => {
  const ledger = new Ledger();
  const part = (one: Frontend | undefined) =>
    one && { frontends: [one], chains: one.chain ? [one.chain] : [], hairpins: [] };
  ledger.set("d/s", part(before));
  ledger.take();
  ledger.set("d/s", part(after));
  return wrongFlows(ledger.take());
};

describe("flows that went wrong", () => {
  const dns = "10.96.0.10 . udp . 53";
  it("are those to an endpoint that is gone, of this service alone", () => {
    const gone = { address: "10.96.0.10", port: 53, target: { ip: "10.244.0.5", port: 5353 } };
    const two = frontend(dns, "10.244.0.5 . 5353", "10.244.0.6 . 5353");
    assert.deepEqual(flowsOf(two, frontend(dns, "10.244.0.6 . 5353")), [gone]);
    assert.deepEqual(flowsOf(frontend(dns, "10.244.0.5 . 5353"), frontend(dns)), [gone]);
    assert.deepEqual(flowsOf(frontend(dns, "10.244.0.5 . 5353"), undefined), [gone]);
    assert.deepEqual(flowsOf(two, two), []);
  });
  it("are those to a port of the node", () => {
    assert.deepEqual(flowsOf(frontend("udp . 30053", "10.244.0.5 . 53"), frontend("udp . 30053")), [
      { address: undefined, port: 30053, target: { ip: "10.244.0.5", port: 53 } },
    ]);
  });
  it("are those that went past a service before it had endpoints", () => {
    const past = [{ address: "10.96.0.10", port: 53, target: undefined }];
    assert.deepEqual(flowsOf(undefined, frontend(dns, "10.244.0.5 . 53")), past);
    assert.deepEqual(flowsOf(frontend(dns), frontend(dns, "10.244.0.5 . 53")), past);
    assert.deepEqual(flowsOf(undefined, frontend(dns)), []);
  });
  it("are no TCP connections: those end by themselves", () => {
    assert.deepEqual(flowsOf(frontend("10.96.0.10 . tcp . 53", "10.244.0.5 . 53"), undefined), []);
  });
});
