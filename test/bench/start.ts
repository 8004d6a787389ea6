// What a cluster costs before it does anything, and what its node does with pods and names: start by stages, idle memory and
// processor, pod starts beside bare CRI calls, DNS beside a bare UDP echo. One cluster serves all rows. It refuses to judge.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { DataFolder } from "../../src/programs/data-folder.ts";
import { nodePlace } from "../../src/programs/node-place.ts";
import { containerdSocket } from "../../src/kubelet/runtime/containerd-process.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { ServiceAccount } from "../../src/resources/core/service-account.ts";
import { startCluster, withoutNode } from "./cluster.ts";
import type { BenchCluster } from "./cluster.ts";
import { BareCri } from "./bare-cri.ts";
import { dnsRows } from "./dns.ts";
import { cpuSeconds, residentMiB } from "./process-cost.ts";
import { atMost, cost, rate, ratioOf } from "./row.ts";
import type { Row } from "./row.ts";

const NAMESPACE = "bench";
const IMAGE = "kaji.local/busybox:1";
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function clusterRows(quick: boolean): Promise<Row[]> {
  if (withoutNode !== undefined) {
    process.stderr.write(`cluster: SKIPPED, ${withoutNode}\n`);
    return [];
  }
  const cluster = await startCluster();
  try {
    const rows = [...startRows(cluster), ...(await firstApp(cluster)), ...(await idleRows(cluster, quick))];
    rows.push(...(await podRows(cluster, quick)));
    const { settings } = await place(cluster);
    rows.push(...(await dnsRows({ address: settings.dnsIP, pid: cluster.agentPid, quick })));
    rows.push(await loopRow(cluster));
    return rows;
  } finally {
    await cluster.close();
  }
}

async function place(cluster: BenchCluster) {
  const folder = new DataFolder(cluster.data);
  const settings = (await folder.settings())!;
  return { settings, node: nodePlace(folder, settings.id, settings.nodes[0]!.name) };
}

function startRows({ said, upMs }: BenchCluster): Row[] {
  const seconds = (ms: number | undefined) => (ms ?? Number.NaN) / 1000;
  return [
    cost("start: API answers", "s", seconds(said(/API at/)), undefined, atMost(1)),
    cost("start: node is Ready", "s", seconds(said(/is Ready/) ?? upMs), undefined, atMost(3)),
  ];
}

const podDraft = (name: string, command: readonly string[], labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: NAMESPACE, labels },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "c", image: IMAGE, command: [...command] }],
  },
});

const LOOP = ["/bin/busybox", "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"];

/** Milliseconds from the creation until a watch sees each pod running. */
async function startPods(cluster: BenchCluster, names: readonly string[], atOnce: number): Promise<number[]> {
  const { client } = cluster;
  const stop = new AbortController();
  const running = new Map(names.map((name) => [name, Promise.withResolvers<number>()]));
  const { metadata } = await client.list(Pod, { namespace: NAMESPACE });
  const watching = (async () => {
    const options = { namespace: NAMESPACE, resourceVersion: metadata.resourceVersion, signal: stop.signal };
    for await (const event of client.watch(Pod, options)) {
      if (event.type !== "MODIFIED" || event.object.status.phase !== "Running") continue;
      running.get(event.object.metadata.name!)?.resolve(performance.now());
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const took: number[] = [];
  let next = 0;
  const loop = async () => {
    while (next < names.length) {
      const name = names[next++]!;
      const began = performance.now();
      await client.create(Pod, podDraft(name, LOOP) as never);
      took.push((await running.get(name)!.promise) - began);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  stop.abort();
  await watching;
  return took.sort((a, b) => a - b);
}

async function firstApp(cluster: BenchCluster): Promise<Row[]> {
  const { client, upMs } = cluster;
  const began = performance.now();
  await client.create(Namespace, { metadata: { name: NAMESPACE } } as never);
  for (;;) {
    const found = await client.list(ServiceAccount, { namespace: NAMESPACE });
    if (found.items.length > 0) break;
    await sleep(10);
  }
  const [ms = Number.NaN] = await startPods(cluster, ["first"], 1);
  const whole = (upMs + performance.now() - began) / 1000;
  return [cost(`start: first pod runs (${Math.round(ms)} ms after its creation)`, "s", whole, undefined, atMost(5))];
}

/** A Node that does nothing, in the same run: what no program in Node is below. */
async function emptyNode(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e9)"], { stdio: "ignore" });
  await sleep(500);
  const size = residentMiB(child.pid!);
  child.kill();
  return size;
}

async function idleRows({ controlPlanePid, agentPid }: BenchCluster, quick: boolean): Promise<Row[]> {
  await sleep(quick ? 4000 : 15_000);
  const seconds = quick ? 6 : 20;
  const before = [controlPlanePid, agentPid].map(cpuSeconds);
  await sleep(seconds * 1000);
  const [plane = 0, agent = 0] = [controlPlanePid, agentPid].map(
    (pid, i) => ((cpuSeconds(pid) - before[i]!) / seconds) * 100,
  );
  const empty = await emptyNode();
  const sizes = [residentMiB(controlPlanePid), residentMiB(agentPid)] as const;
  return [
    cost("idle memory, both processes", "MiB", sizes[0] + sizes[1], 2 * empty, atMost(230)),
    cost("idle memory, control plane", "MiB", sizes[0], empty),
    cost("idle memory, agent with one pod", "MiB", sizes[1], empty),
    cost(
      "idle processor, both processes",
      "% of a core",
      plane + agent,
      undefined,
      atMost(1.5),
      `agent ${agent.toFixed(2)}`,
    ),
  ];
}

const at = (sorted: readonly number[], part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;

async function podRows(cluster: BenchCluster, quick: boolean): Promise<Row[]> {
  const { node } = await place(cluster);
  const bare = new BareCri(containerdSocket(node.run), join(cluster.data, "bare-logs"), IMAGE);
  try {
    const serial = quick ? 8 : 20;
    const many = quick ? 10 : 40;
    const names = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what}-${i}`);
    const bareSerial = await bare.start(serial, 1);
    const pods = await startPods(cluster, names("serial", serial), 1);
    const began = performance.now();
    await startPods(cluster, names("many", many), many);
    const perSecond = (many / (performance.now() - began)) * 1000;
    const bareBegan = performance.now();
    await bare.start(many, 8);
    const barePerSecond = (many / (performance.now() - bareBegan)) * 1000;
    return [
      cost("pod start, one at a time, p50", "ms", at(pods, 0.5), at(bareSerial, 0.5), ratioOf(1 / 1.7)),
      cost("pod start, one at a time, p99", "ms", at(pods, 0.99), at(bareSerial, 0.99), ratioOf(1 / 3)),
      rate(`pods a second, ${many} at once`, "1/s", perSecond, barePerSecond, ratioOf(0.6)),
    ];
  } finally {
    await bare.close();
  }
}

/** The agent's own figure, through the API server's proxy to the node. */
async function loopRow({ client, data }: BenchCluster): Promise<Row> {
  const settings = (await new DataFolder(data).settings())!;
  const { body } = await client.raw("GET", `/api/v1/nodes/${settings.nodes[0]!.name}/proxy/metrics`);
  const found = /^nodejs_eventloop_delay_p99_seconds (\S+)$/m.exec(body)?.[1];
  const ms = Number(found ?? Number.NaN) * 1000;
  return cost("event loop of the agent under pods and DNS, delay p99", "ms", ms, undefined, atMost(25));
}
