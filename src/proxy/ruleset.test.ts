// The ruleset of small clusters, as text, and that differences lead where they should.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Service } from "../resources/core/service.ts";
import type { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import { goneUdpTargets } from "./proxy.ts";
import type { ProxyFacts, Ruleset } from "./ruleset.ts";
import { MAPS, SETS, compile } from "./ruleset.ts";
import { EMPTY, difference } from "./text.ts";

const service = (name: string, spec: Partial<Service["spec"]>): Service =>
  ({
    metadata: { name, namespace: "demo" },
    spec: { ports: [{ protocol: "TCP", port: 80 }], ...spec },
    status: {},
  }) as Service;

type Conditions = NonNullable<NonNullable<EndpointSlice["endpoints"]>[number]["conditions"]>;
const slice = (
  ips: Readonly<Record<string, Conditions & { node?: string }>>,
  port = 8080,
  protocol: "TCP" | "UDP" = "TCP",
): EndpointSlice => ({
  metadata: { name: "s", namespace: "demo" },
  addressType: "IPv4",
  endpoints: Object.entries(ips).map(([ip, { node = "n1", ...conditions }]) => ({
    addresses: [ip],
    conditions,
    nodeName: node,
  })),
  ports: [{ name: "", protocol, port }],
});

const facts = (services: Service[], slices: Record<string, EndpointSlice[]>): ProxyFacts => ({
  services,
  slices: (s) => slices[s.metadata.name ?? ""] ?? [],
  nodeName: "n1",
});

const plain = (r: Ruleset) => ({
  chains: [...r.chains],
  ...Object.fromEntries(MAPS.flatMap((m) => (r.maps[m].size ? [[m, Object.fromEntries(r.maps[m])]] : []))),
  ...Object.fromEntries(SETS.flatMap((s) => (r.sets[s].size ? [[s, [...r.sets[s]]]] : []))),
});

describe("compile", () => {
  it("spreads a cluster IP over what is ready", () => {
    const web = service("web", { clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"] });
    const endpoints = slice({
      "10.244.0.6": { ready: true, node: "n2" },
      "10.244.0.5": { ready: true },
      "10.244.0.9": { ready: false },
    });
    assert.deepEqual(plain(compile(facts([web], { web: [endpoints] }))), {
      chains: ["spread_2"],
      services: { "10.96.0.7 . tcp . 80": "goto spread_2" },
      endpoints: {
        "10.96.0.7 . tcp . 80 . 0x4b000000": "10.244.0.5 . 8080",
        "10.96.0.7 . tcp . 80 . 0x4b000001": "10.244.0.6 . 8080",
      },
      hairpin: ["10.244.0.5 . 10.244.0.5"],
    });
  });

  it("refuses where nothing is ready, and falls back to what still serves", () => {
    const web = service("web", { clusterIP: "10.96.0.7" });
    assert.deepEqual(plain(compile(facts([web], {}))), { chains: [], no_endpoints: ["10.96.0.7 . tcp . 80"] });
    const ending = slice({ "10.244.0.5": { ready: false, serving: true, terminating: true } });
    assert.deepEqual(plain(compile(facts([web], { web: [ending] })))["endpoints" as never], {
      "10.96.0.7 . tcp . 80 . 0x4b000000": "10.244.0.5 . 8080",
    });
  });

  it("masquerades node ports, but keeps to this node's pods and the client's address with Local", () => {
    const port = [{ protocol: "TCP" as const, port: 80, nodePort: 30080 }];
    const ends = { web: [slice({ "10.244.0.5": { ready: true }, "10.244.1.5": { ready: true, node: "n2" } })] };
    const cluster = compile(facts([service("web", { type: "NodePort", clusterIP: "10.96.0.7", ports: port })], ends));
    assert.deepEqual(Object.fromEntries(cluster.maps.node_ports), { "tcp . 30080": "goto node_2" });
    const local = compile(
      facts(
        [service("web", { type: "NodePort", clusterIP: "10.96.0.7", ports: port, externalTrafficPolicy: "Local" })],
        ends,
      ),
    );
    assert.deepEqual(Object.fromEntries(local.maps.node_ports), { "tcp . 30080": "goto node_local_1" });
    assert.deepEqual(Object.fromEntries(local.maps.node_endpoints), {
      "tcp . 30080 . 0x4b000000": "10.244.0.5 . 8080",
    });
  });

  it("keeps a client with its endpoint for as long as the service says", () => {
    const sticky = service("web", {
      clusterIP: "10.96.0.7",
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
    });
    const rules = compile(facts([sticky], { web: [slice({ "10.244.0.5": { ready: true } })] }));
    assert.deepEqual([...rules.chains], ["affine_spread_1_60"]);
    assert.match(difference(EMPTY, rules, { table: "t", podCidr: "10.244.0.0/16" }), /update @affinity .* timeout 60s/);
  });

  it("leaves headless services and ExternalNames alone", () => {
    const none = [service("a", { clusterIP: "None" }), service("b", { type: "ExternalName", externalName: "x.org" })];
    assert.deepEqual(plain(compile(facts(none, {}))), { chains: [] });
  });
});

describe("difference", () => {
  const options = { table: "t", podCidr: "10.244.0.0/16" };
  const oneOf = (n: number, ips: readonly string[]) =>
    compile(
      facts([service("web", { clusterIP: `10.96.0.${n}` })], {
        web: [slice(Object.fromEntries(ips.map((ip) => [ip, { ready: true }])))],
      }),
    );

  it("is one element for one endpoint's address, and nothing for nothing", () => {
    const before = oneOf(7, ["10.244.0.5", "10.244.0.6"]);
    assert.equal(difference(before, oneOf(7, ["10.244.0.5", "10.244.0.6"]), options), "");
    assert.equal(
      difference(before, oneOf(7, ["10.244.0.5", "10.244.0.7"]), options),
      [
        "delete element ip t endpoints { 10.96.0.7 . tcp . 80 . 0x4b000001 }",
        "delete element ip t hairpin { 10.244.0.6 . 10.244.0.6 }",
        "add element ip t endpoints { 10.96.0.7 . tcp . 80 . 0x4b000001 : 10.244.0.7 . 8080 }",
        "add element ip t hairpin { 10.244.0.7 . 10.244.0.7 }",
        "",
      ].join("\n"),
    );
  });

  it("leads from any state to any other: applied as set operations it gives the wanted one", () => {
    const states = fc.uniqueArray(
      fc.integer({ min: 2, max: 9 }).map((n) => `10.244.0.${n}`),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(states, states, (a, b) => {
        const from = oneOf(7, a);
        const to = oneOf(7, b);
        const held = new Set([...from.maps.endpoints].map(([k, v]) => `${k} : ${v}`));
        for (const line of difference(from, to, options).split("\n")) {
          const found = /^(add|delete) element ip t endpoints \{ (.*) \}$/.exec(line);
          if (!found) continue;
          for (const element of found[2]!.split(", ")) {
            if (found[1] === "add") held.add(element);
            else for (const h of held) if (h.startsWith(`${element} : `)) held.delete(h);
          }
        }
        assert.deepEqual([...held].sort(), [...to.maps.endpoints].map(([k, v]) => `${k} : ${v}`).sort());
      }),
    );
  });

  it("names UDP endpoints that are gone, for the kernel's memory of flows", () => {
    const dns = service("dns", { clusterIP: "10.96.0.10", ports: [{ protocol: "UDP", port: 53 }] });
    const before = compile(facts([dns], { dns: [slice({ "10.244.0.5": { ready: true } }, 53, "UDP")] }));
    assert.deepEqual(goneUdpTargets(before, EMPTY), [{ ip: "10.244.0.5", port: 53 }]);
    assert.deepEqual(goneUdpTargets(before, before), []);
  });
});
