// What a service gives to the table, for each of the ways in which Kubernetes lets a service be reached.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Service } from "../resources/core/service.ts";
import type { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { Part } from "./frontends.ts";
import { MAPS, SETS, visitElements } from "./elements.ts";
import { partOf } from "./frontends.ts";

type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];
type Ends = Readonly<
  Record<string, NonNullable<Endpoint["conditions"]> & { node?: string; hints?: Endpoint["hints"] }>
>;

const service = (spec: Partial<Service["spec"]>, balancer: readonly string[] = [], labels = {}): Service =>
  ({
    metadata: { name: "web", namespace: "demo", labels },
    spec: { clusterIP: "10.96.0.7", ports: [{ protocol: "TCP", port: 80 }], ...spec },
    status: { loadBalancer: { ingress: balancer.map((ip) => ({ ip, ipMode: "VIP" })) } },
  }) as unknown as Service;

const slice = (ends: Ends, port = 8080, protocol: "TCP" | "UDP" | "SCTP" = "TCP"): EndpointSlice => ({
  metadata: { name: "s", namespace: "demo" },
  addressType: "IPv4",
  endpoints: Object.entries(ends).map(([ip, { node = "n1", hints, ...conditions }]) => ({
    addresses: [ip],
    conditions,
    nodeName: node,
    hints,
  })),
  ports: [{ name: "", protocol, port }],
});

const HERE = { nodeName: "n1", zone: "z1" };
const TWO = slice({ "10.244.1.5": { ready: true, node: "n2" }, "10.244.0.5": { ready: true } });
const NODE_PORT = [{ protocol: "TCP" as const, port: 80, nodePort: 30080 }];

/** The elements, by map, as the table has them. */
function plain(part: Part): Record<string, unknown> {
  const shown: Record<string, Record<string, string>> = {};
  for (const name of [...MAPS, ...SETS])
    for (const frontend of part.frontends)
      visitElements(frontend, name, (key, value) => ((shown[name] ??= {})[key] = value));
  return shown;
}
const give = (one: Service, ...slices: EndpointSlice[]) => partOf(one, slices, HERE);

describe("a cluster IP", () => {
  it("spreads over what is ready, whatever the order", () => {
    const mixed = slice({
      "10.244.0.6": { ready: true },
      "10.244.0.5": { ready: true },
      "10.244.0.9": { ready: false },
    });
    const part = give(service({}), mixed, mixed);
    assert.deepEqual(plain(part), {
      services: { "10.96.0.7 . tcp . 80": "spread_2" },
      endpoints: {
        "10.96.0.7 . tcp . 80 . 0x4b000000": "10.244.0.5 . 8080",
        "10.96.0.7 . tcp . 80 . 0x4b000001": "10.244.0.6 . 8080",
      },
    });
    assert.deepEqual(part.chains, ["spread_2"]);
    assert.deepEqual(part.hairpins, ["10.244.0.5 . 10.244.0.5", "10.244.0.6 . 10.244.0.6"]);
  });
  it("refuses where there is nothing, and falls back to what still serves while it goes", () => {
    assert.deepEqual(plain(give(service({}))), { no_endpoints: { "10.96.0.7 . tcp . 80": "" } });
    const leaving = slice({
      "10.244.0.5": { ready: false, serving: true, terminating: true },
      "10.244.0.6": { ready: false, serving: false, terminating: true },
    });
    assert.deepEqual(plain(give(service({}), leaving))["endpoints"], {
      "10.96.0.7 . tcp . 80 . 0x4b000000": "10.244.0.5 . 8080",
    });
  });
  it("stays on the node under the internal policy Local, and is silent where the node has none", () => {
    const local = service({ internalTrafficPolicy: "Local" });
    assert.deepEqual(plain(give(local, TWO))["endpoints"], {
      "10.96.0.7 . tcp . 80 . 0x4b000000": "10.244.0.5 . 8080",
    });
    const away = slice({ "10.244.1.5": { ready: true, node: "n2" } });
    assert.deepEqual(plain(give(local, away)), { services: { "10.96.0.7 . tcp . 80": "silent" } });
    assert.deepEqual(plain(give(local)), { no_endpoints: { "10.96.0.7 . tcp . 80": "" } });
  });
  it("follows hints for the node, then for the zone", () => {
    const zones = slice({
      "10.244.0.5": { ready: true, hints: { forZones: [{ name: "z2" }] } },
      "10.244.1.5": { ready: true, node: "n2", hints: { forZones: [{ name: "z1" }], forNodes: [{ name: "n2" }] } },
    });
    assert.deepEqual(Object.values(plain(give(service({}), zones))["endpoints"] as object), ["10.244.1.5 . 8080"]);
    const nodes = slice({
      "10.244.0.5": { ready: true, hints: { forZones: [{ name: "z1" }], forNodes: [{ name: "n1" }] } },
      "10.244.1.5": { ready: true, node: "n2", hints: { forZones: [{ name: "z1" }], forNodes: [{ name: "n2" }] } },
    });
    assert.deepEqual(Object.values(plain(give(service({}), nodes))["endpoints"] as object), ["10.244.0.5 . 8080"]);
  });
  it("takes ports by name and protocol, with the number that each slice gives", () => {
    const named = service({ ports: [{ name: "web", protocol: "UDP", port: 53 }] });
    const of = (ip: string, port: number, name: string): EndpointSlice => ({
      ...slice({ [ip]: { ready: true } }),
      ports: [{ name, protocol: "UDP", port }],
    });
    const part = give(named, of("10.244.0.5", 53, "web"), of("10.244.0.6", 5353, "web"), of("10.244.0.7", 1, "other"));
    assert.deepEqual(Object.values(plain(part)["endpoints"] as object), ["10.244.0.5 . 53", "10.244.0.6 . 5353"]);
    const sctp = give(
      service({ ports: [{ protocol: "SCTP", port: 9 }] }),
      slice({ "10.244.0.5": { ready: true } }, 9, "SCTP"),
    );
    assert.deepEqual(plain(sctp)["services"], { "10.96.0.7 . sctp . 9": "spread_1" });
  });
  it("is not made for headless services, names of elsewhere, another proxy's services, and IPv6", () => {
    for (const one of [
      service({ clusterIP: "None" }),
      service({ type: "ExternalName", externalName: "x.org" }),
      service({}, [], { "service.kubernetes.io/service-proxy-name": "other" }),
      service({ clusterIP: "fd00::7", clusterIPs: ["fd00::7"] }),
    ])
      assert.deepEqual(plain(give(one, TWO)), {});
    const dual = service({ clusterIPs: ["10.96.0.7", "fd00::7"] });
    const six: EndpointSlice = { ...TWO, addressType: "IPv6", endpoints: [{ addresses: ["fd01::5"] }] };
    assert.deepEqual(Object.keys(plain(give(dual, TWO, six))["services"] as object), ["10.96.0.7 . tcp . 80"]);
  });
});

describe("the world outside", () => {
  it("reaches all endpoints through ports of the node, external IPs and balancers' addresses", () => {
    const open = service({ type: "LoadBalancer", ports: NODE_PORT, externalIPs: ["192.0.2.1"] }, ["198.51.100.1"]);
    const shown = plain(give(open, TWO));
    assert.deepEqual(shown["node_ports"], { "tcp . 30080": "node_external_2" });
    assert.deepEqual(shown["node_endpoints"], {
      "tcp . 30080 . 0x4b000000": "10.244.0.5 . 8080",
      "tcp . 30080 . 0x4b000001": "10.244.1.5 . 8080",
    });
    assert.deepEqual(shown["services"], {
      "10.96.0.7 . tcp . 80": "spread_2",
      "198.51.100.1 . tcp . 80": "external_2",
      "192.0.2.1 . tcp . 80": "external_2",
    });
  });
  it("meets this node's endpoints alone under the external policy Local; pods still reach all", () => {
    const local = service(
      { type: "LoadBalancer", ports: NODE_PORT, externalTrafficPolicy: "Local", healthCheckNodePort: 31000 },
      ["198.51.100.1"],
    );
    const part = give(local, TWO);
    const shown = plain(part);
    assert.deepEqual(shown["node_ports"], { "tcp . 30080": "node_local_1_2" });
    assert.deepEqual(shown["node_endpoints"], {
      "tcp . 30080 . 0x4b000000": "10.244.0.5 . 8080",
      "tcp . 30080 . 0x4b000001": "10.244.1.5 . 8080",
      "tcp . 30080 . 0x4b010000": "10.244.0.5 . 8080",
    });
    assert.deepEqual([...part.chains].sort(), ["local_1_2", "node_local_1_2", "node_spread_2", "spread_2"]);
    assert.deepEqual(part.health, { port: 31000, localEndpoints: 1 });
    const leaving = slice({ "10.244.0.5": { ready: false, serving: true, terminating: true } });
    assert.deepEqual(give(local, leaving).health, { port: 31000, localEndpoints: 0 }, "what goes takes nothing new");
    const away = give(local, slice({ "10.244.1.5": { ready: true, node: "n2" } }));
    assert.deepEqual(plain(away)["node_ports"], { "tcp . 30080": "node_local_0_1" });
    assert.deepEqual(plain(give(local))["no_node_endpoints"], { "tcp . 30080": "" });
  });
  it("leaves addresses alone that balancers answer for themselves", () => {
    const proxied = {
      ...service({ type: "LoadBalancer" }),
      status: { loadBalancer: { ingress: [{ ip: "198.51.100.1", ipMode: "Proxy" }, { hostname: "lb.example" }] } },
    };
    assert.deepEqual(Object.keys(plain(give(proxied, TWO))["services"] as object), ["10.96.0.7 . tcp . 80"]);
  });
  it("is let in from the source ranges alone, none of which lies in another", () => {
    const ranges = ["10.1.0.0/16", " 10.0.0.0/8", "192.0.2.7/32", "fd00::/8", "10.0.0.0/8"];
    const guarded = service({ type: "LoadBalancer", loadBalancerSourceRanges: ranges, externalIPs: ["192.0.2.1"] }, [
      "198.51.100.1",
    ]);
    const shown = plain(give(guarded, TWO));
    assert.deepEqual(shown["guarded"], { "198.51.100.1 . tcp . 80": "" });
    assert.deepEqual(Object.keys(shown["allowed"] as object), [
      "198.51.100.1 . tcp . 80 . 10.0.0.0/8",
      "198.51.100.1 . tcp . 80 . 192.0.2.7/32",
    ]);
    const everybody = service({ type: "LoadBalancer", loadBalancerSourceRanges: ["0.0.0.0/0"] }, ["198.51.100.1"]);
    assert.equal(plain(give(everybody, TWO))["guarded"], undefined);
  });
});

describe("affinity", () => {
  const sticky = service({ sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } });
  const of = (...ips: string[]) =>
    plain(give(sticky, slice(Object.fromEntries(ips.map((ip) => [ip, { ready: true }])))));

  it("gives each endpoint a number of its own, which others that come do not change", () => {
    const few = of("10.244.0.5", "10.244.0.7");
    assert.deepEqual(few, {
      services: { "10.96.0.7 . tcp . 80": "spread_2_for_60" },
      draws: {
        "10.96.0.7 . tcp . 80 . 0x4b000000": "0x4b000005",
        "10.96.0.7 . tcp . 80 . 0x4b000001": "0x4b000007",
      },
      endpoints: {
        "10.96.0.7 . tcp . 80 . 0x4b000005": "10.244.0.5 . 8080",
        "10.96.0.7 . tcp . 80 . 0x4b000007": "10.244.0.7 . 8080",
      },
    });
    const more = of("10.244.0.5", "10.244.0.6", "10.244.0.7")["endpoints"] as Record<string, string>;
    for (const [key, value] of Object.entries(few["endpoints"] as object)) assert.equal(more[key], value);
  });
  it("tells endpoints apart whose addresses end alike", () => {
    assert.deepEqual(Object.keys(of("10.244.255.255", "10.245.255.255")["endpoints"] as object), [
      "10.96.0.7 . tcp . 80 . 0x4b00ffff",
      "10.96.0.7 . tcp . 80 . 0x4b000000",
    ]);
  });
});
