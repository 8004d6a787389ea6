// The proxy's rules at 10,000 services of two endpoints: the whole table, and one service more, beside nft alone with text
// that loads the same set. In a network namespace of its own. It refuses to judge.
import { execFileSync, spawn } from "node:child_process";
import { Compiler } from "../../src/proxy/ruleset.ts";
import { difference, wholeTable } from "../../src/proxy/text.ts";
import type { Service } from "../../src/resources/core/service.ts";
import type { EndpointSlice } from "../../src/resources/discovery/endpoint-slice.ts";
import { atMost, cost, ratioOf } from "./row.ts";
import type { Row } from "./row.ts";

const SERVICES = 10_000;
const OPTIONS = { table: "kaji_bench", podCidr: "10.128.0.0/9" };

const ip = (first: number, i: number) => `${first}.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

const service = (i: number) =>
  ({
    metadata: { name: `s${i}`, namespace: "bench" },
    spec: {
      type: "ClusterIP",
      clusterIP: ip(10, i + 256),
      clusterIPs: [ip(10, i + 256)],
      ipFamilies: ["IPv4"],
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080 }],
    },
    status: { loadBalancer: {} },
  }) as unknown as Service;

const slice = (i: number) =>
  ({
    metadata: { name: `s${i}-a`, namespace: "bench" },
    addressType: "IPv4",
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    endpoints: [0, 1].map((n) => ({
      addresses: [ip(11, 2 * i + n)],
      conditions: { ready: true, serving: true, terminating: false },
    })),
  }) as unknown as EndpointSlice;

export async function serviceRows(): Promise<Row[]> {
  if (process.getuid?.() !== 0) {
    process.stderr.write("services: SKIPPED, not root\n");
    return [];
  }
  const namespace = `kaji-bench-${process.pid}`;
  execFileSync("ip", ["netns", "add", namespace]);
  try {
    return await measure(namespace);
  } finally {
    execFileSync("ip", ["netns", "delete", namespace]);
  }
}

/** Milliseconds that nft takes for one batch. */
function load(namespace: string, batch: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn("ip", ["netns", "exec", namespace, "nft", "-f", "-"], { stdio: ["pipe", "ignore", "inherit"] });
    child.once("close", (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`nft: ${code}`)),
    );
    child.stdin.end(batch);
  });
}

async function measure(namespace: string): Promise<Row[]> {
  const services = Array.from({ length: SERVICES }, (_, i) => service(i));
  const slices = new Map(services.map((s, i) => [s, [slice(i)]]));
  const facts = (count: readonly Service[]) => ({ services: count, slices: (s: Service) => slices.get(s)! });
  const compiler = new Compiler({ nodeName: "n" });
  const bareBatch = bare();
  await load(namespace, bareBatch);
  const bareMs = await load(namespace, bareBatch);
  let began = performance.now();
  const before = compiler.compile(facts(services));
  const batch = wholeTable(before, OPTIONS);
  const made = performance.now() - began;
  const whole = made + (await load(namespace, batch));
  let last = before;
  const took: number[] = [];
  const inProcess: number[] = [];
  for (let i = 0; i < 10; i++) {
    const more = service(SERVICES + i);
    services.push(more);
    slices.set(more, [slice(SERVICES + i)]);
    began = performance.now();
    const wanted = compiler.compile(facts(services));
    const change = difference(last, wanted, OPTIONS);
    const own = performance.now() - began;
    took.push(own + (await load(namespace, change)));
    inProcess.push(own);
    last = wanted;
  }
  const middle = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;
  const empty = await load(namespace, `add element ip bare services { 10.255.255.1 : 10.255.255.2 }\n`);
  return [
    cost(`services: cold load of ${SERVICES} x 2`, "ms", whole, bareMs, ratioOf(1 / 1.5)),
    cost(
      `services: one more at ${SERVICES}`,
      "ms",
      middle(took),
      empty,
      atMost(20),
      `of it in the process ${middle(inProcess).toFixed(1)} ms`,
    ),
  ];
}

/** One map from address to address with an element for each endpoint: the least that could balance. */
function bare(): string {
  const lines = [
    "table ip bare",
    "delete table ip bare",
    "table ip bare {",
    "  map services {",
    "    type ipv4_addr : ipv4_addr",
    "  }",
    "}",
  ];
  for (let i = 0; i < 2 * SERVICES; i += 500) {
    const elements = Array.from({ length: 500 }, (_, n) => `${ip(10, i + n + 256)} : ${ip(11, i + n)}`);
    lines.push(`add element ip bare services { ${elements.join(", ")} }`);
  }
  return `${lines.join("\n")}\n`;
}
