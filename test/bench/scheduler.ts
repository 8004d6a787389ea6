// How many pods a second the scheduler places: the pure cycle alone, and through an API server in the same process,
// binding, event and condition included. It refuses to judge: main.ts prints. Alone: `bin/node test/bench/scheduler.ts
// [nodes] [pods]`.
import { CacheSet } from "../../src/client/cache-set.ts";
import { systemClock } from "../../src/base/clock.ts";
import { keepAlive } from "../../src/base/processes.ts";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { prepareCluster, standardServer } from "../../src/apiserver/standard.ts";
import type { ApiServer } from "../../src/apiserver/server.ts";
import type { Client, Draft } from "../../src/client/client.ts";
import type { Binding } from "../../src/resources/core/binding.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { ServiceAccount } from "../../src/resources/core/service-account.ts";
import { Cluster } from "../../src/scheduler/cluster.ts";
import { enoughNodes, schedule } from "../../src/scheduler/cycle.ts";
import { defaultPlugins } from "../../src/scheduler/plugins/index.ts";
import { runScheduler } from "../../src/scheduler/scheduler.ts";
import { podInfo } from "../../src/scheduler/node-info.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { BenchRow } from "./store.ts";

/** `target` is for the figure where the unit is a rate. */
export interface SchedulerRow extends BenchRow {
  readonly target: number | undefined;
}

type Kind = "basic" | "hostname anti-affinity" | "zone affinity" | "zone spread";

const clock = systemClock;
const ZONES = 3;
const NAMESPACE = "bench";
const IN_FLIGHT = 128;

const nodeDraft = (i: number) =>
  ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `node-${i}`,
      labels: { "kubernetes.io/hostname": `node-${i}`, "topology.kubernetes.io/zone": `zone-${i % ZONES}` },
    },
    spec: {},
    status: { allocatable: { cpu: "16", memory: "64Gi", pods: "110", "ephemeral-storage": "100Gi" } },
  }) as const;

const RULE = { labelSelector: { matchLabels: { app: "bench" } } };

/** What a pod of a kind asks for, beyond its requests. */
const CONSTRAINTS: Readonly<Record<Kind, Partial<Pod["spec"]>>> = {
  basic: {},
  "hostname anti-affinity": {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ ...RULE, topologyKey: "kubernetes.io/hostname" }],
      },
    },
  },
  "zone affinity": {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ ...RULE, topologyKey: "topology.kubernetes.io/zone" }],
      },
    },
  },
  "zone spread": {
    topologySpreadConstraints: [
      { ...RULE, maxSkew: 5, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
    ],
  },
};

const podDraft = (i: number, kind: Kind) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `pod-${i}`, namespace: NAMESPACE, labels: { app: "bench" } },
  spec: {
    containers: [
      { name: "c", image: "registry.k8s.io/pause:3.10", resources: { requests: { cpu: "100m", memory: "200Mi" } } },
    ],
    ...CONSTRAINTS[kind],
  },
});

/** Cycles a second, each pod counted on its node before the next. */
function cycleAlone(nodes: number, pods: number, kind: Kind): number {
  const random = seededRandom(1);
  const cluster = new Cluster(() => undefined);
  for (let i = 0; i < nodes; i++)
    cluster.putNode({ ...nodeDraft(i), metadata: { ...nodeDraft(i).metadata, uid: `n${i}` } } as unknown as Node);
  const draw = (below: number) => random.below(below);
  const infos = Array.from({ length: pods }, (_, i) => {
    const draft = podDraft(i, kind);
    return podInfo({ ...draft, metadata: { ...draft.metadata, uid: `p${i}` }, status: {} } as unknown as Pod);
  });
  let start = 0;
  let placed = 0;
  const began = clock.monotonic();
  for (const info of infos) {
    const result = schedule(info, cluster.snapshotFor(info), { plugins: defaultPlugins, draw, start });
    if (!("node" in result)) continue;
    start = (start + result.examined) % nodes;
    cluster.assume(info, result.node);
    placed++;
  }
  const seconds = (clock.monotonic() - began) / 1000;
  if (placed !== Math.min(pods, kind === "hostname anti-affinity" ? nodes : pods))
    throw new Error(`${placed} of ${pods} pods were placed`);
  return placed / seconds;
}

/**
 * What no scheduler can do without, in bare arrays: fit and least-allocated score of as many nodes as a cycle looks
 * at.
 */
function bareCycles(nodes: number, pods: number): number {
  const [cpu, memory] = [new Float64Array(nodes).fill(16_000), new Float64Array(nodes).fill(64 * 2 ** 30)];
  const wanted = enoughNodes(nodes);
  let start = 0;
  const began = clock.monotonic();
  for (let pod = 0; pod < pods; pod++) {
    let [best, at] = [-1, -1];
    for (let n = 0; n < wanted; n++) {
      const i = (start + n) % nodes;
      if (cpu[i]! < 100 || memory[i]! < 200 * 2 ** 20) continue;
      const score = Math.floor((100 * cpu[i]!) / 16_000) + Math.floor((100 * memory[i]!) / (64 * 2 ** 30));
      if (score > best) [best, at] = [score, i];
    }
    cpu[at]! -= 100;
    memory[at]! -= 200 * 2 ** 20;
    start = (start + wanted) % nodes;
  }
  return pods / ((clock.monotonic() - began) / 1000);
}

/** Runs `work` for each number below `count`, so many at once. */
async function inParallel(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, worker));
}

async function serverWith(nodes: number): Promise<{ server: ApiServer; admin: Client }> {
  const random = seededRandom(1);
  const log = silentLog;
  const server = await standardServer({
    store: memoryStore({ clock }),
    clock,
    random,
    log,
    serviceCidrs: ["10.96.0.0/16"],
  });
  const admin = await prepareCluster({ server, log });
  await admin.create(Namespace, { metadata: { name: NAMESPACE }, spec: {} });
  await admin.create(ServiceAccount, { metadata: { name: "default", namespace: NAMESPACE } });
  await inParallel(nodes, async (i) => {
    const draft = nodeDraft(i);
    const made = await admin.create(Node, draft as unknown as Draft<Node>);
    // Admission taints new nodes until somebody says that they are ready.
    await admin.update(Node, { ...made, spec: {} });
  });
  return { server, admin };
}

/** Bindings a second by the same client without anybody deciding. */
async function bareBindings(nodes: number, pods: number): Promise<number> {
  const { server, admin } = await serverWith(nodes);
  const client = server.localClient({ name: "system:kube-scheduler", groups: [] }, "bench");
  await inParallel(pods, (i) => admin.create(Pod, podDraft(i, "basic") as unknown as Draft<Pod>));
  const began = clock.monotonic();
  await inParallel(pods, (i) => {
    const name = `pod-${i}`;
    const target = { apiVersion: "v1", kind: "Node", name: `node-${i % nodes}` };
    const body: Binding = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace: NAMESPACE }, target };
    return client.command(Pod, { namespace: NAMESPACE, name }, "binding", body);
  });
  const seconds = (clock.monotonic() - began) / 1000;
  await server.close();
  return pods / seconds;
}

/**
 * Pods a second from the first take to the last binding seen by a watch; the pods are there before the scheduler
 * starts.
 */
async function throughApi(nodes: number, pods: number, kind: Kind): Promise<number> {
  const { server, admin } = await serverWith(nodes);
  await inParallel(pods, (i) => admin.create(Pod, podDraft(i, kind) as unknown as Draft<Pod>));
  const client = server.localClient({ name: "system:kube-scheduler", groups: [] }, "bench");
  const caches = new CacheSet({ client, clock, random: seededRandom(2), log: silentLog });
  const stop = new AbortController();
  const running = [caches.run(stop.signal)];
  const cache = caches.of(Pod);
  await Promise.all([cache.synced, caches.of(Node).synced]);
  const done = Promise.withResolvers<void>();
  let bound = 0;
  const began = clock.monotonic();
  cache.listen(({ object, old }) => {
    if (object.spec.nodeName && !old?.spec.nodeName && ++bound === pods) done.resolve();
  });
  running.push(runScheduler({ client, caches, clock, random: seededRandom(3), log: silentLog }, stop.signal));
  await done.promise;
  const seconds = (clock.monotonic() - began) / 1000;
  stop.abort();
  await Promise.all(running);
  await server.close();
  return pods / seconds;
}

export async function benchScheduler(nodes = 5000, pods = 5000): Promise<SchedulerRow[]> {
  // Clocks do not keep a process alive, and here nothing else does.
  const release = keepAlive();
  try {
    return await benchAll(nodes, pods);
  } finally {
    release();
  }
}

async function benchAll(nodes: number, pods: number): Promise<SchedulerRow[]> {
  const rows: SchedulerRow[] = [];
  const row = (name: string, figure: number, target: number, baseline?: number) => {
    rows.push({
      name,
      unit: "pods/s",
      figure,
      baseline,
      ratio: baseline === undefined ? undefined : figure / baseline,
      target,
    });
  };
  cycleAlone(nodes, 500, "basic");
  bareCycles(nodes, pods);
  const loop = bareCycles(nodes, pods);
  row(`scheduling cycle alone, ${nodes} nodes, basic`, cycleAlone(nodes, 4 * pods, "basic"), 10_000, loop);
  for (const kind of ["hostname anti-affinity", "zone affinity", "zone spread"] as const)
    row(`scheduling cycle alone, ${nodes} nodes, ${kind}`, cycleAlone(nodes, Math.min(pods, nodes), kind), 1000, loop);
  const bare = await bareBindings(nodes, pods);
  row(`scheduled through the API, ${nodes} nodes, basic`, await throughApi(nodes, pods, "basic"), 800, bare);
  for (const kind of ["hostname anti-affinity", "zone affinity", "zone spread"] as const)
    row(
      `scheduled through the API, ${nodes} nodes, ${kind}`,
      await throughApi(nodes, Math.min(pods, nodes) / 2, kind),
      300,
      bare,
    );
  return rows;
}

if (import.meta.main) {
  const [nodes, pods] = process.argv.slice(2).map(Number);
  console.table(await benchScheduler(nodes, pods));
}
