// The zone against the sentences of the DNS specification.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Service } from "../resources/core/service.ts";
import type { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { ZoneData } from "./zone.ts";
import { addressOfArpa, answer } from "./zone.ts";

const service = (name: string, spec: Partial<Service["spec"]>): Service =>
  ({
    metadata: { name, namespace: "demo" },
    spec: { ports: [{ name: "web", protocol: "TCP", port: 80 }], ...spec },
    status: {},
  }) as Service;

const services = [
  service("hello", { clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"] }),
  service("db", { clusterIP: "None", clusterIPs: ["None"] }),
  service("empty", { clusterIP: "None", clusterIPs: ["None"] }),
  service("out", { type: "ExternalName", externalName: "example.org." }),
];
const slice: EndpointSlice = {
  metadata: { name: "db-1", namespace: "demo", labels: { "kubernetes.io/service-name": "db" } },
  addressType: "IPv4",
  endpoints: [
    { addresses: ["10.244.0.5"], hostname: "db-0", conditions: { ready: true } },
    { addresses: ["10.244.0.6"], conditions: { ready: true } },
    { addresses: ["10.244.0.9"], conditions: { ready: false } },
  ],
  ports: [{ name: "sql", protocol: "TCP", port: 5432 }],
};
const data: ZoneData = {
  service: (ns, name) => (ns === "demo" ? services.find((s) => s.metadata.name === name) : undefined),
  hasNamespace: (ns) => ns === "demo",
  slices: (_ns, name) => (name === "db" ? [slice] : []),
  serviceByIP: (ip) => services.find((s) => s.spec.clusterIP === ip),
  slicesByIP: (ip) => (slice.endpoints!.some((e) => e.addresses.includes(ip)) ? [slice] : []),
};
const ask = (name: string, type = "A") =>
  answer({ name, type, class: "IN" }, data, { domain: "cluster.local", ttl: 5 });
const values = (name: string, type = "A") => {
  const reply = ask(name, type);
  return reply ? [reply.rcode, ...reply.answers.map((a) => a.data)] : undefined;
};

describe("the cluster's zone", () => {
  it("gives the cluster IP of a service, whatever the case", () => {
    assert.deepEqual(values("hello.demo.svc.cluster.local"), ["NOERROR", "10.96.0.7"]);
    assert.deepEqual(values("HELLO.demo.SVC.cluster.local"), ["NOERROR", "10.96.0.7"]);
    assert.equal(ask("HELLO.demo.svc.cluster.local")?.answers[0]?.name, "HELLO.demo.svc.cluster.local");
  });
  it("knows the name without an address of the other family", () => {
    assert.deepEqual(values("hello.demo.svc.cluster.local", "AAAA"), ["NOERROR"]);
    assert.equal(ask("hello.demo.svc.cluster.local", "AAAA")?.authorities?.[0]?.type, "SOA");
  });
  it("gives the ready endpoints of a headless service, and each under its own name", () => {
    assert.deepEqual(values("db.demo.svc.cluster.local"), ["NOERROR", "10.244.0.5", "10.244.0.6"]);
    assert.deepEqual(values("db-0.db.demo.svc.cluster.local"), ["NOERROR", "10.244.0.5"]);
    assert.deepEqual(values("10-244-0-6.db.demo.svc.cluster.local"), ["NOERROR", "10.244.0.6"]);
    assert.deepEqual(values("nobody.db.demo.svc.cluster.local"), ["NXDOMAIN"]);
    assert.deepEqual(values("empty.demo.svc.cluster.local"), ["NXDOMAIN"]);
  });
  it("gives SRV records with the addresses of their targets", () => {
    const one = ask("_web._tcp.hello.demo.svc.cluster.local", "SRV");
    assert.deepEqual(one?.answers[0]?.data, {
      priority: 0,
      weight: 100,
      port: 80,
      target: "hello.demo.svc.cluster.local",
    });
    const many = ask("_sql._tcp.db.demo.svc.cluster.local", "SRV");
    assert.deepEqual(
      many?.answers.map((a) => a.type === "SRV" && [a.data.port, a.data.target]),
      [
        [5432, "db-0.db.demo.svc.cluster.local"],
        [5432, "10-244-0-6.db.demo.svc.cluster.local"],
      ],
    );
    assert.deepEqual(
      many?.additionals?.map((a) => a.data),
      ["10.244.0.5", "10.244.0.6"],
    );
    assert.deepEqual(values("_web._udp.hello.demo.svc.cluster.local", "SRV"), ["NXDOMAIN"]);
  });
  it("answers with a CNAME for ExternalName and says whom to ask", () => {
    assert.deepEqual(values("out.demo.svc.cluster.local"), ["NOERROR", "example.org"]);
    assert.equal(ask("out.demo.svc.cluster.local")?.follow, "example.org");
  });
  it("spells pods by their address", () => {
    assert.deepEqual(values("10-244-0-5.demo.pod.cluster.local"), ["NOERROR", "10.244.0.5"]);
    assert.deepEqual(values("nonsense.demo.pod.cluster.local"), ["NXDOMAIN"]);
  });
  it("finds names for addresses, and leaves others to the forwarder", () => {
    assert.deepEqual(values("7.0.96.10.in-addr.arpa", "PTR"), ["NOERROR", "hello.demo.svc.cluster.local"]);
    assert.deepEqual(values("5.0.244.10.in-addr.arpa", "PTR"), ["NOERROR", "db-0.db.demo.svc.cluster.local"]);
    assert.equal(values("1.1.1.1.in-addr.arpa", "PTR"), undefined);
    assert.equal(values("example.org"), undefined);
    assert.equal(addressOfArpa(`${"0.".repeat(31).replace("0.", "1.")}0.ip6.arpa`), "::1");
  });
  it("denies what is not there, and knows the nodes of the tree", () => {
    assert.deepEqual(values("none.demo.svc.cluster.local"), ["NXDOMAIN"]);
    assert.deepEqual(values("demo.svc.cluster.local"), ["NOERROR"]);
    assert.deepEqual(values("none.svc.cluster.local"), ["NXDOMAIN"]);
    assert.deepEqual(values("cluster.local", "SOA")?.[0], "NOERROR");
    assert.deepEqual(values("dns-version.cluster.local", "TXT"), ["NOERROR", "1.1.0"]);
  });
});
