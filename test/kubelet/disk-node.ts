// A node whose volumes and files lie on a real disk, in real time; its runtime is simulated. It refuses to assert.
import { join } from "node:path";
import { systemClock as clock } from "../../src/base/clock.ts";
import { silentLog as log } from "../../src/base/log.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import type { Client, Draft } from "../../src/client/client.ts";
import { podConfigs } from "../../src/kubelet/container/configs.ts";
import { runKubelet } from "../../src/kubelet/kubelet.ts";
import { simulatedDialer } from "../../src/kubelet/runtime/simulated-dialer.ts";
import { simulatedRuntime } from "../../src/kubelet/runtime/simulated.ts";
import { referredObjects } from "../../src/kubelet/volumes/objects.ts";
import { podFolder, volumeFolder } from "../../src/kubelet/volumes/paths.ts";
import { nodeVolumes } from "../../src/kubelet/volumes/volumes.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import type { Pod } from "../../src/resources/core/pod.ts";
import { resources } from "../../src/resources/index.ts";
import { bareServer } from "../client/carriers.ts";
import { FACTS, IMAGE } from "./node.ts";

export const NAMESPACE = "default";
export const at = (name: string) => ({ namespace: NAMESPACE, name });

export interface DiskNode {
  readonly client: Client;
  /** Where the files of the pod's ConfigMap volume `v` are, and everything of the pod. */
  readonly volumeOf: (pod: Pod) => string;
  readonly folderOf: (pod: Pod) => string;
  readonly close: () => Promise<void>;
}

export async function diskNode(folder: string): Promise<DiskNode> {
  const folders = { root: join(folder, "kubelet"), logs: join(folder, "logs"), memory: join(folder, "memory") };
  const server = await bareServer(resources, clock);
  const client = server.localClient({ name: "system:node:node-1", groups: ["system:nodes", "system:masters"] });
  for (const name of [NAMESPACE, "kube-node-lease"]) await client.create(Namespace, { metadata: { name }, spec: {} });
  const stop = new AbortController();
  const runtime = simulatedRuntime({ clock, random, images: [IMAGE] });
  const objects = referredObjects({ client, clock, random, log, signal: stop.signal });
  const amounts = { milliCpu: 1000, memoryBytes: 2 ** 30, ephemeralBytes: 2 ** 30 };
  const volumes = nodeVolumes({
    folders,
    facts: () => ({
      objects,
      place: { podIPs: [], hostIPs: [], nodeName: FACTS.name },
      node: amounts,
      token: async () => "",
      anchors: async () => "",
      credentials: async () => ({ key: "", chain: "" }),
    }),
    forget: () => undefined,
    clock,
    random,
  });
  const configs = podConfigs({
    folders,
    nodeName: FACTS.name,
    hostIPs: FACTS.ips,
    node: amounts,
    allocatable: amounts,
    cgroupRoot: "/kaji-test",
    dns: () => ({
      clusterDns: "10.96.0.10",
      clusterDomain: "cluster.local",
      host: { servers: [], searches: [], options: [] },
    }),
    services: () => [],
    objects,
    imageUser: async () => ({}),
  });
  const dialer = simulatedDialer(runtime.state);
  const readTail = (path: string, bytes: number) => runtime.readTail(path, bytes);
  const facts = () => FACTS;
  const parts = { client, clock, random, log, cri: runtime, volumes, configs, objects, dialer, readTail, facts };
  const running = runKubelet(parts, stop.signal);
  return {
    client,
    volumeOf: ({ metadata }) => volumeFolder(folders, metadata.uid!, "configmap", "v"),
    folderOf: ({ metadata }) => podFolder(folders, metadata.uid!),
    async close() {
      stop.abort();
      await running;
      await server.close(0);
    },
  };
}

/** A pod that runs until it is told to end, with a volume `v`. */
export const podWith = (name: string, configMap: object): Draft<Pod> => ({
  metadata: at(name),
  spec: {
    nodeName: FACTS.name,
    containers: [{ name: "c", image: IMAGE, command: ["sh", "-c", "while :; do sleep 0.2; done"] }],
    volumes: [{ name: "v", configMap }],
  } as unknown as Pod["spec"],
});

/** Looks every few milliseconds until `look` gives something; what is not there yet is no failure. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> {
  const end = clock.monotonic() + withinMs;
  for (;;) {
    const found = await look().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return undefined;
    });
    if (found !== undefined) return found;
    if (clock.monotonic() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await clock.sleep(5);
  }
}
