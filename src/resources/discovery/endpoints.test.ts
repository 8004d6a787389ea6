// Which endpoints serve, by the rules of EndpointSlice.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Endpoint, EndpointConditions } from "./endpoint-slice.ts";
import { conditionsOf, isServing, reachable, usable } from "./endpoints.ts";

const endpoint = (address: string, conditions: EndpointConditions, more: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [address],
  conditions,
  ...more,
});
const addresses = (endpoints: readonly Endpoint[]) => endpoints.map((e) => e.addresses[0]);
const here = { nodeName: "n1", zone: "z1" };

describe("endpoints", () => {
  it("unset conditions mean ready and serving", () => {
    assert.deepEqual(addresses(usable([endpoint("a", {})])), ["a"]);
    assert.ok(!isServing(endpoint("a", { ready: false })));
  });

  it("terminating ones that serve stand in when none is ready", () => {
    const leaving = endpoint("leaving", { ready: false, serving: true, terminating: true });
    const broken = endpoint("broken", { ready: false, serving: false, terminating: false });
    const gone = endpoint("gone", { ready: false, serving: false, terminating: true });
    assert.deepEqual(addresses(usable([leaving, broken, gone])), ["leaving"]);
    assert.deepEqual(addresses(usable([leaving, endpoint("ok", { ready: true })])), ["ok"]);
  });

  it("conditions follow the pod; publishing unready addresses makes ready, not serving", () => {
    const starting = { ready: false, terminating: false };
    assert.deepEqual(conditionsOf(starting, true), { ready: true, serving: false, terminating: false });
    assert.deepEqual(conditionsOf(starting, false), { ready: false, serving: false, terminating: false });
    assert.deepEqual(conditionsOf({ ready: true, terminating: true }, false), {
      ready: false,
      serving: true,
      terminating: true,
    });
  });

  it("Local stays on the node, and falls back there only", () => {
    const list = [
      endpoint("mine", { ready: false, serving: true, terminating: true }, { nodeName: "n1" }),
      endpoint("other", { ready: true }, { nodeName: "n2" }),
    ];
    assert.deepEqual(addresses(reachable(list, "Local", here)), ["mine"]);
    assert.deepEqual(addresses(reachable(list, "Cluster", here)), ["other"]);
    assert.deepEqual(addresses(reachable(list, "Local", { ...here, nodeName: "n3" })), []);
  });

  it("hints count when all ready endpoints have them and one is meant", () => {
    const zone = (name: string) => ({ hints: { forZones: [{ name }] } });
    const both = [endpoint("a", {}, zone("z1")), endpoint("b", {}, zone("z2"))];
    assert.deepEqual(addresses(reachable(both, "Cluster", here)), ["a"]);
    assert.deepEqual(addresses(reachable(both, "Cluster", { ...here, zone: "z3" })), ["a", "b"]);
    assert.deepEqual(addresses(reachable([...both, endpoint("c", {})], "Cluster", here)), ["a", "b", "c"]);
    const nodes = [
      endpoint("a", {}, { hints: { forZones: [{ name: "z1" }], forNodes: [{ name: "n2" }] } }),
      endpoint("b", {}, { hints: { forZones: [{ name: "z1" }], forNodes: [{ name: "n1" }] } }),
    ];
    assert.deepEqual(addresses(reachable(nodes, "Cluster", here)), ["b"]);
    assert.deepEqual(addresses(reachable(nodes, "Cluster", { nodeName: "n9", zone: "z1" })), ["a", "b"]);
  });
});
