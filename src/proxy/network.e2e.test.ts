// Services as their users meet them: a node, two pods on it, a pod elsewhere and clients outside, each in a network namespace of
// its own; the table is in the node's kernel. It refuses to look into the table where a packet can tell.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../base/clock.ts";
import { LISTING, flowsIn, forgettingOf } from "../wire/conntrack/conntrack.ts";
import type { Service } from "../resources/core/service.ts";
import type { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import { staleFlows, wrongFlows } from "./flows.ts";
import { partOf } from "./frontends.ts";
import { Ledger } from "./ledger.ts";
import { commands, wholeTable } from "./text.ts";

const options = { table: "kaji_test", podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
const NODE = "192.168.9.1";
const PODS = ["10.244.0.2", "10.244.0.3"] as const;
/** A pod of another node, where the packets of this one arrive. */
const AWAY = "10.244.1.5";
const CLIENT = "192.168.9.2";
const OTHER_CLIENT = "192.168.9.3";

const ns = (name: string) => `kaji-net-${process.pid}-${name}`;
const inNode = (command: string, args: string[], input = "") =>
  execFileSync("ip", ["netns", "exec", ns("node"), command, ...args], {
    encoding: "utf8",
    input,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 20_000,
  });

/**
 * Serves TCP and UDP on 8080, telling its address and whom it sees, and asks others when told to by a line of JSON:
 * what came of each question is the answer, an error its code. `from` is the address and port to ask from.
 */
const PARTY = `
  const net = require("node:net"), dgram = require("node:dgram");
  const me = process.argv[1];
  net.createServer((s) => { s.on("error", () => {}); s.end(me + " saw " + s.remoteAddress); }).listen(8080, "0.0.0.0");
  const u = dgram.createSocket("udp4");
  u.on("message", (_, f) => u.send(me + " saw " + f.address, f.port, f.address)).bind(8080, "0.0.0.0");
  const wait = ${"1500"};
  const tcp = ({ host, port, from }) => new Promise((r) => { const s = net.connect({ host, port, localAddress: from }); let t = ""; s.on("data", (d) => (t += d)).on("end", () => r(t)).on("error", (e) => r(e.code)); setTimeout(() => { s.destroy(); r("TIMEOUT"); }, wait).unref(); });
  const sockets = new Map();
  const udp = ({ host, port, from, fromPort = 0 }) => new Promise((r) => {
    let s = sockets.get(fromPort);
    if (!s) { s = dgram.createSocket("udp4"); s.bind(fromPort, from); s.on("error", (e) => s.answer(e.code)); s.on("message", (m) => s.answer(String(m))); if (fromPort) sockets.set(fromPort, s); }
    s.answer = r; s.send("x", port, host);
    setTimeout(() => r("TIMEOUT"), wait).unref();
  });
  require("node:readline").createInterface({ input: process.stdin }).on("line", async (line) => {
    const q = JSON.parse(line);
    const out = [];
    for (let i = 0; i < q.times; i++) out.push(await (q.udp ? udp : tcp)(q));
    process.stdout.write(JSON.stringify(out) + "\\n");
  }).on("close", () => process.exit());
  process.stdout.write("[]\\n");`;

interface Question {
  readonly host: string;
  readonly port: number;
  readonly times?: number;
  readonly udp?: boolean;
  readonly from?: string;
  readonly fromPort?: number;
}

/** A namespace with a process in it. */
class Party {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, address: string) {
    const command = ["netns", "exec", ns(name), process.execPath, "-e", PARTY, address];
    this.#process = spawn("ip", command, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async answers(): Promise<string[]> {
    return JSON.parse((await this.#lines.next()).value as string) as string[];
  }

  async ask(question: Question): Promise<string[]> {
    this.#process.stdin!.write(`${JSON.stringify({ times: 1, ...question })}\n`);
    return this.answers();
  }

  /** Who answered, each once. */
  async reach(question: Question): Promise<string[]> {
    const all = await this.ask({ times: 24, ...question });
    return [...new Set(all.map((answer) => answer.split(" ")[0]!))].sort();
  }

  end(): void {
    this.#process.stdin!.end();
  }
}

type Spec = Partial<Service["spec"]>;
interface Given {
  readonly spec: Spec;
  readonly ips: readonly string[];
  readonly balancer?: string;
}

const ledger = new Ledger();
let isThere = false;
const had = new Set<string>();
/** Makes these the services, by name, and does what the proxy does after a change. */
function serve(services: Readonly<Record<string, Given>>): void {
  for (const name of had) if (!(name in services)) ledger.set(name, undefined);
  for (const [name, { spec, ips, balancer }] of Object.entries(services)) {
    had.add(name);
    const service = {
      metadata: { name, namespace: "d" },
      spec: { clusterIP: "10.96.0.7", ...spec },
      status: { loadBalancer: { ingress: balancer ? [{ ip: balancer, ipMode: "VIP" }] : [] } },
    } as unknown as Service;
    const slice = (protocol: "TCP" | "UDP"): EndpointSlice => ({
      metadata: { name, namespace: "d" },
      addressType: "IPv4",
      endpoints: ips.map((ip) => ({ addresses: [ip], nodeName: ip === AWAY ? "n2" : "n1" })),
      ports: [{ name: "", protocol, port: 8080 }],
    });
    ledger.set(name, partOf(service, [slice("TCP"), slice("UDP")], { nodeName: "n1", zone: "" }));
  }
  const change = ledger.take();
  const text = isThere ? commands(change, options) : wholeTable(ledger.everything(), options);
  inNode("nft", ["-f", "-"], [...text].join(""));
  if (isThere) for (const flow of wrongFlows(change)) forget(forgettingOf(flow));
  isThere = true;
}

function forget(args: string[]): void {
  try {
    inNode("conntrack", args);
  } catch (error) {
    assert.match(String(error), /0 flow entries/);
  }
}

const TCP = [{ protocol: "TCP" as const, port: 80, nodePort: 30080 }];
const UDP = [{ protocol: "UDP" as const, port: 80, nodePort: 30080 }];
const ALL = [...PODS, AWAY];

const parties: Record<string, Party> = {};
const PLACES = {
  pod: { address: PODS[0], gateway: "10.244.0.1" },
  pod2: { address: PODS[1], gateway: "10.244.0.1" },
  away: { address: AWAY, gateway: "10.244.1.1" },
  outside: { address: CLIENT, gateway: NODE },
} as const;

async function build(): Promise<void> {
  const names = Object.keys(PLACES) as (keyof typeof PLACES)[];
  for (const name of ["node", ...names]) execFileSync("ip", ["netns", "add", ns(name)]);
  const batch = ["link set lo up"];
  for (const name of names) {
    const { address, gateway } = PLACES[name];
    batch.push(
      `link add ${name} type veth peer name eth0 netns ${ns(name)}`,
      `addr add ${gateway}/32 dev ${name}`,
      `link set ${name} up`,
      `route add ${address}/32 dev ${name}`,
    );
    if (name === "outside") batch.push(`route add ${OTHER_CLIENT}/32 dev outside`);
  }
  batch.push("route add default dev outside src 192.168.9.1");
  inNode("ip", ["-batch", "-"], `${batch.join("\n")}\n`);
  inNode("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
  for (const name of names) {
    const { address, gateway } = PLACES[name];
    const inside = [
      "link set lo up",
      `addr add ${address}/32 dev eth0`,
      ...(name === "outside" ? [`addr add ${OTHER_CLIENT}/32 dev eth0`] : []),
      "link set eth0 up",
      `route add ${gateway}/32 dev eth0`,
      `route add default via ${gateway}`,
    ];
    execFileSync("ip", ["-n", ns(name), "-batch", "-"], { input: `${inside.join("\n")}\n` });
    parties[name] = new Party(name, address);
  }
  parties["node"] = new Party("node", NODE);
  for (const party of Object.values(parties)) await party.answers();
}

const isPossible =
  process.getuid?.() === 0 &&
  ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"].some(existsSync) &&
  ["/usr/sbin/conntrack", "/sbin/conntrack", "/usr/bin/conntrack"].some(existsSync);

describe("services in a network", { skip: isPossible ? false : "needs root, nftables and conntrack" }, () => {
  before(build);
  after(() => {
    for (const party of Object.values(parties)) party.end();
    for (const name of ["node", ...Object.keys(PLACES)]) {
      if (existsSync(`/run/netns/${ns(name)}`)) execFileSync("ip", ["netns", "del", ns(name)]);
    }
  });
  const { outside, pod, node } = {
    outside: () => parties["outside"]!,
    pod: () => parties["pod"]!,
    node: () => parties["node"]!,
  };

  it("reach all endpoints by the cluster IP, from pods with their own address and from the node with its", async () => {
    serve({ web: { spec: { ports: TCP }, ips: ALL } });
    const at = { host: "10.96.0.7", port: 80 };
    assert.deepEqual(await pod().reach(at), ALL);
    assert.deepEqual(await node().reach(at), ALL);
    serve({ web: { spec: { ports: TCP }, ips: [AWAY] } });
    assert.deepEqual(await pod().ask(at), [`${AWAY} saw ${PODS[0]}`]);
    // Who is routed here from outside of the pods is masqueraded: the answer has to come back this way.
    assert.deepEqual(await outside().ask(at), [`${AWAY} saw 10.244.1.1`]);
  });

  it("reach ports of the node on all of its addresses but the loopback, masqueraded", async () => {
    serve({ web: { spec: { type: "NodePort", ports: TCP }, ips: ALL } });
    assert.deepEqual(await outside().reach({ host: NODE, port: 30080 }), ALL);
    for (const host of [NODE, "10.244.0.1", "10.244.1.1"])
      assert.deepEqual(await pod().reach({ host, port: 30080 }), ALL, host);
    assert.deepEqual(await node().reach({ host: NODE, port: 30080 }), ALL);
    assert.deepEqual(await node().ask({ host: "127.0.0.1", port: 30080 }), ["ECONNREFUSED"]);
    serve({ web: { spec: { type: "NodePort", ports: TCP }, ips: [AWAY] } });
    assert.deepEqual(await outside().ask({ host: NODE, port: 30080 }), [`${AWAY} saw 10.244.1.1`]);
  });

  it("keep the client's address under the external policy Local, and meet this node's pods alone", async () => {
    const spec: Spec = { type: "LoadBalancer", ports: TCP, externalTrafficPolicy: "Local" };
    serve({ web: { spec, ips: [PODS[1], AWAY], balancer: "198.51.100.1" } });
    for (const at of [
      { host: NODE, port: 30080 },
      { host: "198.51.100.1", port: 80 },
    ]) {
      const answers = await outside().ask({ ...at, times: 12 });
      assert.deepEqual([...new Set(answers)], [`${PODS[1]} saw ${CLIENT}`], at.host);
      // The cluster itself reaches all.
      assert.deepEqual(await pod().reach(at), [PODS[1], AWAY], at.host);
      assert.deepEqual(await node().reach(at), [PODS[1], AWAY], at.host);
    }
    serve({ web: { spec, ips: [AWAY], balancer: "198.51.100.1" } });
    assert.deepEqual(await outside().ask({ host: NODE, port: 30080 }), ["TIMEOUT"]);
    assert.deepEqual(await outside().ask({ host: "198.51.100.1", port: 80 }), ["TIMEOUT"]);
    assert.deepEqual(await pod().reach({ host: NODE, port: 30080 }), [AWAY]);
    serve({ web: { spec, ips: [], balancer: "198.51.100.1" } });
    assert.deepEqual(await outside().ask({ host: "198.51.100.1", port: 80 }), ["ECONNREFUSED"]);
  });

  it("stay on the node under the internal policy Local, and say nothing where it has none", async () => {
    const spec: Spec = { ports: TCP, internalTrafficPolicy: "Local" };
    const at = { host: "10.96.0.7", port: 80 };
    serve({ web: { spec, ips: [PODS[1], AWAY] } });
    assert.deepEqual(await pod().reach(at), [PODS[1]]);
    serve({ web: { spec, ips: [AWAY] } });
    assert.deepEqual(await pod().ask(at), ["TIMEOUT"]);
  });

  it("are reached by external IPs and a balancer's address, by the ranges that it names alone", async () => {
    const spec: Spec = { ports: TCP, externalIPs: ["192.0.2.1"], loadBalancerSourceRanges: [`${OTHER_CLIENT}/32`] };
    serve({ web: { spec, ips: ALL, balancer: "198.51.100.1" } });
    assert.deepEqual(await outside().reach({ host: "192.0.2.1", port: 80 }), ALL);
    assert.deepEqual(await outside().reach({ host: "198.51.100.1", port: 80, from: OTHER_CLIENT }), ALL);
    assert.deepEqual(await outside().ask({ host: "198.51.100.1", port: 80, from: CLIENT }), ["TIMEOUT"]);
    assert.deepEqual(await node().ask({ host: "198.51.100.1", port: 80 }), ["TIMEOUT"]);
    const wider: Spec = { ...spec, loadBalancerSourceRanges: ["192.168.0.0/16", "10.0.0.0/8"] };
    serve({ web: { spec: wider, ips: ALL, balancer: "198.51.100.1" } });
    for (const party of [outside(), node(), pod()])
      assert.deepEqual(await party.reach({ host: "198.51.100.1", port: 80 }), ALL);
    const everybody: Spec = { ports: TCP };
    serve({ web: { spec: everybody, ips: ALL, balancer: "198.51.100.1" } });
    assert.deepEqual(await outside().reach({ host: "198.51.100.1", port: 80 }), ALL);
  });

  it("lead a pod to itself", async () => {
    serve({ web: { spec: { type: "NodePort", ports: TCP }, ips: [PODS[0]] } });
    for (const at of [
      { host: "10.96.0.7", port: 80 },
      { host: NODE, port: 30080 },
    ])
      assert.deepEqual(await pod().reach(at), [PODS[0]], at.host);
  });

  it("refuse at once without endpoints, at ports that are no service's and at addresses that are none's", async () => {
    serve({ web: { spec: { type: "NodePort", ports: TCP }, ips: [] } });
    for (const party of [pod(), node(), outside()]) {
      for (const host of ["10.96.0.7", "10.96.0.99"])
        assert.deepEqual(await party.ask({ host, port: 80 }), ["ECONNREFUSED"], host);
      assert.deepEqual(await party.ask({ host: "10.96.0.7", port: 81 }), ["ECONNREFUSED"]);
      assert.deepEqual(await party.ask({ host: NODE, port: 30080 }), ["ECONNREFUSED"]);
    }
  });

  it("keep a client with its endpoint when others come, by every way in", async () => {
    const spec: Spec = { type: "NodePort", ports: TCP, sessionAffinity: "ClientIP" };
    const ways = [
      { host: "10.96.0.7", port: 80 },
      { host: NODE, port: 30080 },
    ];
    serve({ web: { spec, ips: [PODS[1], AWAY] } });
    for (const way of ways) {
      serve({ web: { spec, ips: [PODS[1], AWAY] } });
      const [own, ...others] = await outside().reach({ ...way, times: 12 });
      assert.deepEqual(others, [], way.host);
      serve({ web: { spec, ips: ALL } });
      assert.deepEqual(await outside().reach({ ...way, times: 12 }), [own], "others came");
      const left = ALL.filter((ip) => ip !== own);
      serve({ web: { spec, ips: left } });
      const [next, ...more] = await outside().reach({ ...way, times: 12 });
      assert.ok(left.includes(next as never) && more.length === 0, `its own went; ${next} after ${own}`);
    }
  });

  it("forget a client after its time, and what a client had elsewhere once only this node's pods may answer", async () => {
    const spec: Spec = {
      type: "NodePort",
      ports: TCP,
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } },
    };
    serve({ web: { spec, ips: ALL } });
    await outside().ask({ host: "10.96.0.7", port: 80 });
    assert.match(inNode("nft", ["list", "map", "ip", "kaji_test", "affinity"]), new RegExp(`${CLIENT}.* expires`));
    await systemClock.sleep(1500);
    assert.doesNotMatch(
      inNode("nft", ["list", "map", "ip", "kaji_test", "affinity"]),
      new RegExp(`${CLIENT}.* expires`),
    );
    const long: Spec = { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } };
    serve({ web: { spec: long, ips: [AWAY] } });
    assert.deepEqual(await outside().reach({ host: NODE, port: 30080, times: 2 }), [AWAY]);
    serve({ web: { spec: { ...long, externalTrafficPolicy: "Local" }, ips: [PODS[1], AWAY] } });
    assert.deepEqual(await outside().reach({ host: NODE, port: 30080, times: 4 }), [PODS[1]]);
  });

  it("move UDP clients on when their endpoint goes, and when the service comes after them", async () => {
    const spec: Spec = { type: "NodePort", ports: UDP };
    serve({});
    const own = { udp: true, from: CLIENT, fromPort: 5000 };
    const byCluster = { host: "10.96.0.7", port: 80, ...own };
    const byNode = { host: NODE, port: 30080, ...own, fromPort: 5001 };
    assert.deepEqual(await outside().ask(byCluster), ["TIMEOUT"]);
    serve({ web: { spec, ips: ALL } });
    for (const way of [byCluster, byNode]) {
      await outside().ask(way);
      const listed = flowsIn(inNode("conntrack", [...LISTING]));
      assert.deepEqual(
        staleFlows(listed, (key) => ledger.frontend(key)),
        [],
        "all of them are in order",
      );
      assert.ok(listed.some((flow) => flow.address === way.host && flow.port === way.port && flow.target));
      const [first] = await outside().reach({ ...way, times: 5 });
      assert.ok(ALL.includes(first as never), `${first} by ${way.host}`);
      const left = ALL.filter((ip) => ip !== first);
      serve({ web: { spec, ips: left } });
      const [second, ...more] = await outside().reach({ ...way, times: 5 });
      assert.ok(left.includes(second as never) && more.length === 0, `${second} after ${first} by ${way.host}`);
      serve({ web: { spec, ips: ALL } });
      assert.deepEqual(await outside().reach({ ...way, times: 5 }), [second], "stays while its endpoint is there");
    }
  });

  it("are told apart by protocol on one port", async () => {
    serve({
      tcp: { spec: { ports: TCP }, ips: [PODS[0]] },
      udp: { spec: { ports: UDP }, ips: [PODS[1]] },
    });
    assert.deepEqual(await outside().reach({ host: "10.96.0.7", port: 80 }), [PODS[0]]);
    assert.deepEqual(await outside().reach({ host: "10.96.0.7", port: 80, udp: true }), [PODS[1]]);
  });
});
