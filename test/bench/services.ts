// The proxy's rules at 10,000 services of two endpoints: the whole table, and one service more, beside nft alone with the least
// that could balance and with the very same text. In a network namespace of its own. It refuses to judge.
import { execFileSync, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { partOf } from "../../src/proxy/frontends.ts";
import { Ledger } from "../../src/proxy/ledger.ts";
import { commands, wholeTable } from "../../src/proxy/text.ts";
import type { Service } from "../../src/resources/core/service.ts";
import type { EndpointSlice } from "../../src/resources/discovery/endpoint-slice.ts";
import { readyNft } from "../../src/wire/nftables/nft.ts";
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

const nftIn = (namespace: string) => ["ip", "netns", "exec", namespace, "nft"];

/** Milliseconds that nft takes for one batch. */
function load(namespace: string, batch: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const [program = "", ...args] = nftIn(namespace);
    const child = spawn(program, [...args, "-f", "-"], { stdio: ["pipe", "ignore", "inherit"] });
    child.once("close", (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`nft: ${code}`)),
    );
    child.stdin.end(batch);
  });
}

const middle = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;
const PLACE = { nodeName: "n", zone: "" };
const MORE = 20;
/** What the proxy gathers changes for, and somewhat more: the next process is there by then. */
const BETWEEN_MS = 30;

async function measure(namespace: string): Promise<Row[]> {
  const services = Array.from({ length: SERVICES }, (_, i) => service(i));
  const slices = services.map((_, i) => [slice(i)]);
  const bareBatch = bare();
  await load(namespace, bareBatch);
  const bareMs = await load(namespace, bareBatch);
  const ledger = new Ledger();
  const ready = readyNft(nftIn(namespace));
  try {
    const began = performance.now();
    for (let i = 0; i < SERVICES; i++) ledger.set(`bench/s${i}`, partOf(services[i]!, slices[i]!, PLACE));
    const change = ledger.take();
    const own = performance.now() - began;
    await ready.apply(wholeTable(change, OPTIONS));
    const whole = performance.now() - began;
    const took: number[] = [];
    const inProcess: number[] = [];
    for (let i = SERVICES; i < SERVICES + MORE; i++) {
      const more = { service: service(i), slices: [slice(i)] };
      await sleep(BETWEEN_MS);
      const start = performance.now();
      ledger.set(`bench/s${i}`, partOf(more.service, more.slices, PLACE));
      const text = [...commands(ledger.take(), OPTIONS)].join("");
      inProcess.push(performance.now() - start);
      await ready.apply(text);
      took.push(performance.now() - start);
    }
    const alone: number[] = [];
    for (let i = 0; i < MORE; i++)
      alone.push(await load(namespace, `add element ip bare services { 10.255.${i}.1 : 10.255.255.2 }\n`));
    const sameText = await load(namespace, [...wholeTable(ledger.everything(), OPTIONS)].join(""));
    const target = ratioOf(1 / 1.5);
    return [
      cost(
        `services: cold load of ${SERVICES} x 2`,
        "ms",
        whole,
        bareMs,
        target,
        `${own.toFixed(0)} ms before the text`,
      ),
      cost("services: the same, beside nft with this text", "ms", whole, sameText, target),
      cost(
        `services: one more at ${SERVICES}`,
        "ms",
        middle(took),
        middle(alone),
        atMost(20),
        `of it in the process ${middle(inProcess).toFixed(2)} ms`,
      ),
    ];
  } finally {
    ready.close();
  }
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
