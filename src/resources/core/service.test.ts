// Services: defaults, what an update keeps and drops, what is refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tryOut } from "../trial.ts";
import type { Service as ServiceObject } from "./service/object.ts";
import { Service } from "./service.ts";

const ports = [{ port: 80 }];
const made = (spec: object) => tryOut(Service, { spec: { ports, ...spec } });

/** As the API server leaves it: with an address and node ports. */
function given(spec: object): ServiceObject {
  const { object } = made(spec);
  const address = object.spec.type === "ExternalName" ? {} : { clusterIP: "10.96.0.9", clusterIPs: ["10.96.0.9"] };
  const withPorts = object.spec.type === "NodePort" || object.spec.type === "LoadBalancer";
  const own = (object.spec.ports ?? []).map((port) => (withPorts ? { ...port, nodePort: 30_001 } : port));
  return { ...object, spec: { ...object.spec, ...address, ports: own } };
}

describe("a new Service", () => {
  it("is a ClusterIP of the cluster's family", () => {
    const { object, errors } = made({});
    assert.deepEqual(errors, []);
    assert.deepEqual(object.spec, {
      ports: [{ protocol: "TCP", port: 80, targetPort: 80 }],
      type: "ClusterIP",
      sessionAffinity: "None",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
    });
    assert.deepEqual(object.status, { loadBalancer: {} });
  });

  it("without selector and address gets both families", () => {
    const { object, errors } = made({ clusterIP: "None" });
    assert.deepEqual(errors, []);
    assert.deepEqual([object.spec.ipFamilies, object.spec.ipFamilyPolicy], [["IPv4", "IPv6"], "RequireDualStack"]);
    assert.deepEqual(made({ clusterIP: "None", selector: { a: "b" } }).object.spec.ipFamilies, ["IPv4"]);
  });

  it("keeps clients together for three hours when asked to", () => {
    assert.deepEqual(made({ sessionAffinity: "ClientIP" }).object.spec.sessionAffinityConfig, {
      clientIP: { timeoutSeconds: 10_800 },
    });
  });

  it("of type LoadBalancer has node ports and a policy for traffic from outside", () => {
    const { spec } = made({ type: "LoadBalancer" }).object;
    assert.equal(spec.allocateLoadBalancerNodePorts, true);
    assert.equal(spec.externalTrafficPolicy, "Cluster");
  });
});

describe("an update", () => {
  it("keeps the address and the node ports that it does not mention", () => {
    const old = given({ type: "NodePort" });
    const { object, errors } = tryOut(Service, { spec: { type: "NodePort", ports } }, { old });
    assert.deepEqual(errors, []);
    assert.equal(object.spec.clusterIP, "10.96.0.9");
    assert.equal(object.spec.ports?.[0]?.nodePort, 30_001);
  });

  it("drops what the new type has not", () => {
    const old = given({ type: "LoadBalancer" });
    const { object, errors } = tryOut(Service, { spec: { ...old.spec, type: "ClusterIP" } }, { old });
    assert.deepEqual(errors, []);
    assert.equal(object.spec.ports?.[0]?.nodePort, undefined);
    assert.equal(object.spec.allocateLoadBalancerNodePorts, undefined);
    assert.equal(object.spec.externalTrafficPolicy, undefined);
    const named = tryOut(Service, { spec: { ...old.spec, type: "ExternalName", externalName: "a.b" } }, { old });
    assert.deepEqual(named.errors, []);
    assert.equal(named.object.spec.clusterIP, undefined);
    // Whoever takes the addresses away by hand need not name the families.
    const { clusterIP: _, clusterIPs: __, ...rest } = old.spec;
    const bare = tryOut(Service, { spec: { ...rest, type: "ExternalName", externalName: "a.b" } }, { old });
    assert.deepEqual(
      [bare.errors, bare.object.spec.ipFamilies, bare.object.spec.ipFamilyPolicy],
      [[], undefined, undefined],
    );
  });

  it("may not change the address; the list follows the single one", () => {
    const old = given({});
    const { errors } = tryOut(Service, { spec: { ...old.spec, clusterIP: "10.96.0.8" } }, { old });
    assert.deepEqual(errors, ['spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set']);
  });

  it("leaves the status alone", () => {
    const old = { ...given({ type: "LoadBalancer" }), status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } };
    assert.deepEqual(tryOut(Service, { spec: old.spec, status: {} }, { old }).object.status, old.status);
  });
});

describe("it is refused", () => {
  const errors = (spec: object) => made(spec).errors;

  it("with ports that are none", () => {
    assert.deepEqual(tryOut(Service, { spec: {} }).errors, ["spec.ports: Required value"]);
    assert.deepEqual(errors({ ports: [{ port: 1, targetPort: "A_B" }] }), [
      'spec.ports[0].targetPort: Invalid value: "A_B": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.ports[0].targetPort: Invalid value: "A_B": must contain at least one letter (a-z)',
    ]);
    assert.deepEqual(errors({ ports: [{ port: 1 }, { port: 2 }] }), [
      "spec.ports[0].name: Required value",
      "spec.ports[1].name: Required value",
    ]);
    assert.deepEqual(errors({ ports: [{ port: 1, nodePort: 30_001 }] }), [
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ]);
  });

  it("when the type does not fit the rest", () => {
    assert.deepEqual(errors({ type: "NodePort", clusterIP: "None" }), [
      "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
    ]);
    assert.deepEqual(errors({ type: "ExternalName" }), ["spec.externalName: Required value"]);
    assert.deepEqual(errors({ loadBalancerClass: "a" }), [
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ]);
    assert.deepEqual(errors({ externalTrafficPolicy: "Local" }), [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ]);
  });

  it("for families that the cluster has not", () => {
    assert.deepEqual(errors({ ipFamilies: ["IPv6"] }), [
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ]);
    assert.deepEqual(errors({ ipFamilyPolicy: "RequireDualStack" }), [
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ]);
  });

  it("for a second address of a family and a traffic policy where it is not", () => {
    assert.deepEqual(errors({ clusterIPs: ["1.2.3.4"], externalTrafficPolicy: "x" }), [
      'spec.clusterIPs: Invalid value: ["1.2.3.4"]: must be empty when `clusterIP` is not specified',
      'spec.externalTrafficPolicy: Invalid value: "x": may only be set for externally-accessible services',
    ]);
    assert.deepEqual(errors({ clusterIP: "::1", clusterIPs: ["::1"] }), [
      'spec.clusterIPs[0]: Invalid value: ["::1"]: IPv6 is not configured on this cluster',
    ]);
    assert.deepEqual(errors({ trafficDistribution: "x" }), [
      'spec.trafficDistribution: Unsupported value: "x": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ]);
  });

  it("not for what is old or ignored, which warns", () => {
    const said = (spec: object) => made(spec).warnings;
    assert.deepEqual(said({ externalName: "a.b" }), [
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ]);
    assert.deepEqual(
      said({ clusterIP: "None", clusterIPs: ["None"], externalIPs: ["192.0.2.7"], sessionAffinity: "ClientIP" }),
      ["spec.externalIPs is ignored for headless services", "spec.SessionAffinity is ignored for headless services"],
    );
    assert.deepEqual(said({ trafficDistribution: "PreferClose" }), [
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ]);
    assert.deepEqual(said({ type: "LoadBalancer", loadBalancerIP: "010.1.1.1" }), [
      'spec.loadBalancerIP: non-standard IP address "010.1.1.1" is invalid: use "10.1.1.1"',
    ]);
    assert.deepEqual(said({ type: "LoadBalancer", loadBalancerIP: "2001:DB8::1" }), [
      'spec.loadBalancerIP: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ]);
  });

  it("not for external addresses, which warn each time", () => {
    const { object, errors: none, warnings } = made({ externalIPs: ["192.0.2.7"] });
    assert.deepEqual([none, warnings.length], [[], 1]);
    assert.equal(tryOut(Service, { spec: object.spec }, { old: object }).warnings.length, 1);
  });
});
