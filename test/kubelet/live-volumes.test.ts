// Edits of ConfigMaps as they arrive in files, in real time and on a real disk; the runtime is simulated.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock as clock } from "../../src/base/clock.ts";
import { silentLog as log } from "../../src/base/log.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { runKubelet } from "../../src/kubelet/kubelet.ts";
import { simulatedDialer } from "../../src/kubelet/runtime/simulated-dialer.ts";
import { simulatedConfigs } from "../../src/kubelet/runtime/simulated-parts.ts";
import { simulatedRuntime } from "../../src/kubelet/runtime/simulated.ts";
import { referredObjects } from "../../src/kubelet/volumes/objects.ts";
import { volumeFolder } from "../../src/kubelet/volumes/paths.ts";
import { nodeVolumes } from "../../src/kubelet/volumes/volumes.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { resources } from "../../src/resources/index.ts";
import { bareServer } from "../client/carriers.ts";
import { FACTS, IMAGE, podNamed } from "./node.ts";

const NAMESPACE = "default";
const at = (name: string) => ({ namespace: NAMESPACE, name });

async function until<T>(what: string, look: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> {
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

async function node() {
  const folder = await mkdtemp(join(tmpdir(), "kaji-volumes-"));
  const folders = { root: join(folder, "kubelet"), logs: join(folder, "logs"), memory: join(folder, "memory") };
  const server = await bareServer(resources, clock);
  const client = server.localClient({ name: "system:node:node-1", groups: ["system:nodes", "system:masters"] });
  for (const name of [NAMESPACE, "kube-node-lease"]) await client.create(Namespace, { metadata: { name }, spec: {} });
  const stop = new AbortController();
  const runtime = simulatedRuntime({ clock, random, images: [IMAGE] });
  const objects = referredObjects({ client, clock, random, log, signal: stop.signal });
  const place = { podIPs: [], hostIPs: [], nodeName: FACTS.name };
  const volumes = nodeVolumes({
    folders,
    facts: () => ({
      objects,
      place,
      node: { milliCpu: 1000, memoryBytes: 2 ** 30, ephemeralBytes: 2 ** 34 },
      token: async () => "",
    }),
    forget: () => undefined,
    clock,
    random,
  });
  const dialer = simulatedDialer(runtime.state);
  const readTail = (path: string, bytes: number) => runtime.readTail(path, bytes);
  const configs = simulatedConfigs();
  const facts = () => FACTS;
  const parts = { client, clock, random, log, cri: runtime, volumes, configs, objects, dialer, readTail, facts };
  const running = runKubelet(parts, stop.signal);
  return {
    client,
    folderOf: (pod: Pod) => volumeFolder(folders, pod.metadata.uid!, "configmap", "v"),
    async close() {
      stop.abort();
      await running;
      await server.close(0);
      await rm(folder, { recursive: true });
    },
  };
}

test("an edit is in the files within two seconds, all of it at once; an optional object may come later", async (t) => {
  const { client, folderOf, ...live } = await node();
  t.after(() => live.close());
  await client.create(ConfigMap, { metadata: at("m"), data: { a: "0", b: "0" } });
  const volume = (name: string, configMap: object) => ({
    metadata: at(name),
    spec: {
      nodeName: FACTS.name,
      containers: [{ name: "c", image: IMAGE, command: ["sh", "-c", "while :; do sleep 0.2; done"] }],
      volumes: [{ name: "v", configMap }],
    } as unknown as Pod["spec"],
  });
  const folder = folderOf(await client.create(Pod, volume("p", { name: "m" })));
  const late = folderOf(await client.create(Pod, volume("late", { name: "later", optional: true })));
  for (const name of ["p", "late"])
    await until(`${name} runs`, async () => (await podNamed(client, name)).status.phase === "Running" || undefined);
  assert.equal(await readFile(join(folder, "a"), "utf8"), "0");
  assert.deepEqual(await readdir(join(late, "..data")), []);

  const delays: number[] = [];
  for (let i = 1; i <= 5; i++) {
    const began = clock.monotonic();
    const big = String(i).repeat(100_000);
    await client.patch(ConfigMap, at("m"), { type: "merge", body: { data: { a: big, b: big } } });
    await until(`edit ${i}`, async () => {
      // Through one version's folder, as a careful reader would: both files are of it, whole.
      const version = await readlink(join(folder, "..data"));
      const [a, b] = await Promise.all(["a", "b"].map((name) => readFile(join(folder, version, name), "utf8")));
      assert.equal(a, b);
      return a === big ? true : undefined;
    });
    delays.push(clock.monotonic() - began);
  }
  assert.ok(Math.max(...delays) < 2000, `edits took ${delays.map(Math.round).join(", ")} ms`);
  const versions = async () => (await readdir(folder)).filter((name) => name.startsWith("..") && name !== "..data");
  await until("old versions are gone", async () => ((await versions()).length === 1 ? true : undefined));

  await client.create(ConfigMap, { metadata: at("later"), data: { a: "came" } });
  await until("it came", async () => ((await readFile(join(late, "a"), "utf8")) === "came" ? true : undefined), 2000);
  await client.delete(ConfigMap, at("later"));
  await until("it went", async () => ((await readdir(late)).includes("a") ? undefined : true), 2000);
  t.diagnostic(`edits took ${delays.map(Math.round).join(", ")} ms`);
});
