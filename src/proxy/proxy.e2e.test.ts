// The whole table in a kernel: a network namespace of the test's own with two servers, asked through services.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Service } from "../resources/core/service.ts";
import type { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import { partOf } from "./frontends.ts";
import { Ledger } from "./ledger.ts";
import { commands, removeTable, wholeTable } from "./text.ts";

const NS = `kaji-proxy-${process.pid}`;
const options = { table: "kaji_test", podCidr: "10.244.0.0/16", dnsAddress: "10.96.0.53" };
const inNs = (command: string, args: string[], input?: string) =>
  execFileSync("ip", ["netns", "exec", NS, command, ...args], {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
    ...(input !== undefined && { input }),
    timeout: 20_000,
  });
const apply = (batch: Iterable<string>) => inNs("nft", ["-f", "-"], [...batch].join(""));

/** Servers that answer with their own address, TCP and UDP. */
const SERVERS = `
  const net = require("node:net"), dgram = require("node:dgram");
  for (const a of ["10.244.0.2", "10.244.0.3"]) {
    net.createServer((s) => s.end(a)).listen(8080, a);
    const u = dgram.createSocket("udp4"); u.bind(8080, a); u.on("message", (_, f) => u.send(a, f.port, f.address));
  }
  setTimeout(() => process.exit(), 60000); console.log("ready");`;

/** Asks n times; an error is its code. */
const CLIENT = `
  const net = require("node:net"), dgram = require("node:dgram");
  const [proto, host, port, n] = process.argv.slice(1);
  const tcp = () => new Promise((r) => { const s = net.connect(port, host); let t = ""; s.on("data", (d) => (t += d)).on("end", () => r(t)).on("error", (e) => r(e.code)); setTimeout(() => { s.destroy(); r("TIMEOUT"); }, 2000).unref(); });
  const udp = () => new Promise((r) => { const s = dgram.createSocket("udp4"); s.on("message", (m) => { s.close(); r(String(m)); }).on("error", (e) => r(e.code)); s.connect(port, host, () => s.send("x")); setTimeout(() => r("TIMEOUT"), 2000); });
  (async () => { const out = []; for (let i = 0; i < n; i++) out.push(await (proto === "udp" ? udp() : tcp())); console.log(out.join(" ")); process.exit(); })();`;

const ask = (proto: string, host: string, port: number, n: number) =>
  inNs(process.execPath, ["-e", CLIENT, proto, host, String(port), String(n)])
    .trim()
    .split(" ");

const service = (name: string, spec: Partial<Service["spec"]>): Service =>
  ({ metadata: { name, namespace: "d" }, spec, status: {} }) as Service;
const both = (ips: string[], protocol: "TCP" | "UDP"): EndpointSlice => ({
  metadata: { name: "s", namespace: "d" },
  addressType: "IPv4",
  endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true }, nodeName: "n1" })),
  ports: [{ name: "", protocol, port: 8080 }],
});
const PODS = ["10.244.0.2", "10.244.0.3"];
const tcpPort = [{ protocol: "TCP" as const, port: 80, nodePort: 30080 }];
const SERVICES = [
  service("web", { type: "NodePort", clusterIP: "10.96.0.7", ports: tcpPort }),
  service("sticky", {
    clusterIP: "10.96.0.8",
    ports: [{ protocol: "TCP", port: 80 }],
    sessionAffinity: "ClientIP",
  }),
  service("dns", {
    type: "NodePort",
    clusterIP: "10.96.0.9",
    ports: [{ protocol: "UDP", port: 53, nodePort: 30053 }],
  }),
  service("none", { clusterIP: "10.96.0.10", ports: [{ protocol: "TCP", port: 80 }] }),
];
const ledger = new Ledger();
/** What changes when these are the endpoints of all services but the last. */
function change(ips: string[]) {
  for (const one of SERVICES) {
    const { name } = one.metadata;
    const slices = name === "none" ? [] : [both(ips, name === "dns" ? "UDP" : "TCP")];
    ledger.set(`d/${name}`, partOf(one, slices, { nodeName: "n1", zone: "" }));
  }
  return ledger.take();
}

const possible = process.getuid?.() === 0 && ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"].some(existsSync);
describe(
  "the table in a kernel",
  { skip: possible ? false : `needs ${process.getuid?.() === 0 ? "nftables" : "root"}` },
  () => {
    let servers: ReturnType<typeof spawn>;
    before(async () => {
      execFileSync("ip", ["netns", "add", NS]);
      for (const args of [
        ["link", "set", "lo", "up"],
        ...[...PODS, "192.168.9.1"].map((ip) => ["addr", "add", `${ip}/32`, "dev", "lo"]),
        ["route", "add", "10.96.0.0/16", "dev", "lo", "src", "192.168.9.1"],
      ])
        inNs("ip", args);
      servers = spawn("ip", ["netns", "exec", NS, process.execPath, "-e", SERVERS], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise<void>((resolve) => servers.stdout!.once("data", () => resolve()));
      apply(wholeTable(change(PODS), options));
    });
    after(() => {
      servers?.kill();
      execFileSync("ip", ["netns", "del", NS]);
    });

    it("reaches both endpoints through cluster IP and node port, TCP and UDP", () => {
      for (const [proto, host, port] of [
        ["tcp", "10.96.0.7", 80],
        ["tcp", "192.168.9.1", 30080],
        ["udp", "10.96.0.9", 53],
        ["udp", "192.168.9.1", 30053],
      ] as const)
        assert.deepEqual([...new Set(ask(proto, host, port, 24))].sort(), PODS, `${proto} ${host}:${port}`);
    });
    it("keeps a client with one endpoint where the service says so", () => {
      assert.equal(new Set(ask("tcp", "10.96.0.8", 80, 12)).size, 1);
    });
    it("refuses at once where there are no endpoints", () => {
      assert.deepEqual(ask("tcp", "10.96.0.10", 80, 1), ["ECONNREFUSED"]);
    });
    it("lets resolvers wait while the DNS is away", () => {
      inNs("ip", ["addr", "add", "10.96.0.53/32", "dev", "lo"]);
      assert.deepEqual(ask("udp", "10.96.0.53", 53, 1), ["TIMEOUT"]);
    });
    it("follows by differences, also when sticky clients lose their endpoint, and takes everything back", () => {
      apply(commands(change([PODS[0]!]), options));
      for (const [host, port] of [
        ["10.96.0.7", 80],
        ["10.96.0.8", 80],
        ["192.168.9.1", 30080],
      ] as const)
        assert.deepEqual([...new Set(ask("tcp", host, port, 8))], [PODS[0]], host);
      apply(commands(change([]), options));
      assert.deepEqual(ask("tcp", "10.96.0.7", 80, 1), ["ECONNREFUSED"]);
      assert.deepEqual(ask("tcp", "192.168.9.1", 30080, 1), ["ECONNREFUSED"]);
      apply(commands(change(PODS), options));
      assert.deepEqual([...new Set(ask("tcp", "10.96.0.7", 80, 24))].sort(), PODS);
      apply(removeTable(options.table));
      assert.equal(inNs("nft", ["list", "tables"]).trim(), "");
    });
  },
);
