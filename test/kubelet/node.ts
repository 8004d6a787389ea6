// A node of a test: an API server in memory, a kubelet on the simulated runtime, virtual time. It refuses to assert.
import { seededRandom } from "../../src/base/random.ts";
import { silentLog } from "../../src/base/log.ts";
import type { Log } from "../../src/base/log.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { masters } from "../../src/apiserver/authorization/masters.ts";
import { createApiServer } from "../../src/apiserver/server.ts";
import type { Client } from "../../src/client/client.ts";
import { runKubelet } from "../../src/kubelet/kubelet.ts";
import type { KubeletOptions } from "../../src/kubelet/kubelet.ts";
import type { NodeFacts } from "../../src/kubelet/node/facts.ts";
import type { Dialer } from "../../src/kubelet/probes/dialer.ts";
import { simulatedConfigs, simulatedVolumes } from "../../src/kubelet/runtime/simulated-parts.ts";
import { simulatedDialer } from "../../src/kubelet/runtime/simulated-dialer.ts";
import { simulatedRuntime } from "../../src/kubelet/runtime/simulated.ts";
import type { SimulatedOptions, SimulatedRuntime, SimulatedState } from "../../src/kubelet/runtime/simulated.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { bodies, resources } from "../../src/resources/index.ts";
import { memoryStore } from "../../src/store/memory.ts";

export const IMAGE = "docker.io/library/busybox:1.36";
const START = 1_700_000_000_000;

export const FACTS: NodeFacts = {
  name: "node-1",
  ips: ["192.0.2.1"],
  hostname: "node-1",
  os: "linux",
  architecture: "amd64",
  capacity: { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "100Gi" },
  allocatable: { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "100Gi" },
  machineID: "m",
  systemUUID: "s",
  bootID: "b",
  kernelVersion: "6.1.0",
  osImage: "Simulated",
  kubeletVersion: "v1.37.0",
  kubeletPort: 10250,
};

export interface TestNode {
  readonly clock: VirtualClock;
  readonly client: Client;
  readonly runtime: SimulatedRuntime;
  /** Ends the kubelet as kill -9 would: nothing is told to anybody. Pods stay. */
  killKubelet(): Promise<void>;
  startKubelet(): void;
  close(): Promise<void>;
}

export async function testNode(
  simulated: Partial<SimulatedOptions> = {},
  kubelet: Partial<KubeletOptions> = {},
  log: Log = silentLog,
  dialer: (state: SimulatedState) => Dialer = simulatedDialer,
): Promise<TestNode> {
  const clock = new VirtualClock(START);
  const random = seededRandom(1);
  const store = memoryStore({ clock });
  const server = await createApiServer({
    store,
    resources,
    bodies,
    clock,
    random,
    log,
    authorizers: () => [masters],
  });
  const client = server.localClient({ name: "system:node:node-1", groups: ["system:nodes", "system:masters"] });
  for (const name of ["default", "kube-node-lease"]) await client.create(Namespace, { metadata: { name }, spec: {} });
  const runtime = simulatedRuntime({ clock, random, images: [IMAGE], ...simulated });
  const volumes = simulatedVolumes();
  let running: { stop: AbortController; ended: Promise<void> } | undefined;
  const start = () => {
    const stop = new AbortController();
    const ended = runKubelet(
      {
        client,
        clock,
        random,
        log,
        cri: runtime,
        volumes,
        configs: simulatedConfigs(),
        dialer: dialer(runtime.state),
        readTail: (path, bytes) => runtime.readTail(path, bytes),
        facts: () => FACTS,
        ...kubelet,
      },
      stop.signal,
    );
    running = { stop, ended };
  };
  start();
  const kill = async () => {
    running?.stop.abort(new Error("killed"));
    await running?.ended;
    running = undefined;
  };
  return {
    clock,
    client,
    runtime,
    killKubelet: kill,
    startKubelet: start,
    async close() {
      await kill();
      await server.close(0);
    },
  };
}

/** The distinct events of a pod, by first appearance: type, reason, field, message. */
export async function eventsOf(client: Client, name: string): Promise<readonly string[]> {
  const { items } = await client.list(Event, { namespace: "default" });
  const own = items.filter(({ involvedObject }) => involvedObject.name === name);
  const texts = own
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .map(
      ({ type, reason, involvedObject, message }) => `${type} ${reason} ${involvedObject.fieldPath ?? "-"} ${message}`,
    );
  return [...new Set(texts)];
}

export const podNamed = (client: Client, name: string): Promise<Pod> => client.get(Pod, { namespace: "default", name });
