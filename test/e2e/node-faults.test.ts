// What befalls a real node: edits while pods run, a killed shim, an agent killed amid twenty starts, a restart of the
// machine. It refuses to look only at the API: the runtime's own lists say what really runs.
import assert from "node:assert/strict";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import path from "node:path";
import { systemClock as clock } from "../../src/base/clock.ts";
import { LABELS } from "../../src/kubelet/parts.ts";
import { RuntimeService } from "../../src/wire/cri/service.ts";
import { connectGrpc } from "../../src/wire/grpc/client.ts";
import type { GrpcConnection } from "../../src/wire/grpc/client.ts";
import { must, until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const IMAGE = "kaji.local/busybox:1";
const LOOP = 'trap "exit 0" TERM; while :; do sleep 0.2; done';
/** Says each content of the files once, when it first sees it. */
const WATCH = `trap "exit 0" TERM
last=
while :; do
  now="$(cat /edited/k 2>/dev/null) $(cat /secret/k) $(cat /projected/k) $(cat /late/k 2>/dev/null) $(cat /pinned)"
  [ "$now" = "$last" ] || echo "$now"
  last="$now"
  sleep 0.05
done`;
const CHANGED = "Pod sandbox changed, it will be killed and re-created.";

const skip = withoutRealNodes();
let cluster: RealCluster;
let connection: GrpcConnection;
let node = "";
let runFolder = "";

function pod(name: string, spec: object = {}, container: object = {}): string {
  const containers = [{ name: "c", image: IMAGE, command: ["sh", "-c", LOOP], ...container }];
  const metadata = { name, namespace: "default" };
  const own = { terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers, ...spec };
  return JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata, spec: own });
}

async function apply(...objects: readonly string[]): Promise<void> {
  const file = path.join(cluster.folder, "objects.json");
  await writeFile(file, `{"apiVersion":"v1","kind":"List","items":[${objects.join(",")}]}`);
  await cluster.kubectl("apply", "-f", file);
}

const ready = (...names: readonly string[]) =>
  cluster.kubectl("wait", "--for=condition=Ready", "--timeout=90s", ...names.map((name) => `pod/${name}`));

const restarts = async (name: string): Promise<number> =>
  Number(await cluster.path(["pod", name], "{.status.containerStatuses[0].restartCount}"));

/** What the runtime has of the pods of these names: `NAME sandbox|container STATE`, sorted. */
async function runs(names: readonly string[]): Promise<readonly string[]> {
  const runtime = connection.client(RuntimeService);
  const [{ items }, { containers }] = await Promise.all([runtime.listPodSandbox({}), runtime.listContainers({})]);
  const line = (kind: string, labels: ReadonlyMap<string, string> | Record<string, string>, state: string) =>
    `${(labels as Record<string, string>)[LABELS.podName]} ${kind} ${state.replace(/^.*_/, "").toLowerCase()}`;
  return [
    ...items.map(({ labels, state }) => line("sandbox", labels, state)),
    ...containers.map(({ labels, state }) => line("container", labels, state)),
  ]
    .filter((text) => names.includes(text.split(" ")[0]!))
    .sort();
}

/** Waits for it; what differs is what the failure shows. */
async function runAsExpected(names: readonly string[], expected: readonly string[], withinMs = 30_000): Promise<void> {
  const same = async () => ((await runs(names)).join() === expected.join() ? true : undefined);
  await until("the runtime has just what is wanted", same, withinMs).catch(async (error: unknown) => {
    assert.deepEqual(await runs(names), expected, String(error));
  });
}

const once = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`${name} container running`, `${name} sandbox ready`]).sort();

/** Names of pods of which a container could not be started, once for each. */
async function neverStarted(names: readonly string[]): Promise<string[]> {
  const runtime = connection.client(RuntimeService);
  const { containers } = await runtime.listContainers({ filter: { state: { state: "CONTAINER_EXITED" } } });
  const found: string[] = [];
  for (const { id, labels } of containers) {
    const name = labels[LABELS.podName] ?? "";
    if (!names.includes(name)) continue;
    const { status } = await runtime.containerStatus({ containerId: id });
    if (status?.exitCode === 128 || status?.reason === "StartError") found.push(name);
  }
  return found;
}

/** The shims of this node, or of one sandbox on it: pids. */
async function shims(sandboxId = ""): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (!words[0]?.includes("containerd-shim") || !words.some((word) => word.startsWith(`${runFolder}/`))) continue;
    if (sandboxId === "" || words.includes(sandboxId)) found.push(Number(pid));
  }
  return found;
}

const messages = async (reason: string, name: string): Promise<string> =>
  cluster.path(["events", "--field-selector", `reason=${reason},involvedObject.name=${name}`], "{.items[*].message}");

describe("faults of a node", { skip }, () => {
  before(async () => {
    cluster = await RealCluster.prepare();
    await cluster.up();
    node = (await cluster.status()).nodes[0]!.name;
    runFolder = path.join("/run/kaji", await cluster.id(), node);
    connection = connectGrpc({ address: `unix://${path.join(runFolder, "containerd.sock")}`, clock });
  });
  after(async () => {
    connection?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  test("edits of ConfigMaps and Secrets are in the mounted files within two seconds", async (t) => {
    const volumes = [
      { name: "edited", configMap: { name: "edited" } },
      { name: "secret", secret: { secretName: "edited" } },
      { name: "projected", projected: { sources: [{ configMap: { name: "edited" } }] } },
      { name: "late", configMap: { name: "late", optional: true } },
    ];
    const volumeMounts = [
      ...volumes.map(({ name }) => ({ name, mountPath: `/${name}` })),
      { name: "edited", mountPath: "/pinned", subPath: "k" },
    ];
    const edit = async (kind: "configmap" | "secret generic", name: string, value: string): Promise<void> => {
      const make = ["create", ...kind.split(" "), name, `--from-literal=k=${value}`, "--dry-run=client", "-o", "json"];
      await apply(await cluster.kubectl(...make));
    };
    await edit("configmap", "edited", "1");
    await edit("secret generic", "edited", "1");
    await apply(pod("live", { volumes }, { command: ["sh", "-c", WATCH], volumeMounts }));
    await ready("live");
    const last = async (): Promise<string> => (await cluster.kubectl("logs", "live", "--tail=1")).trimEnd();
    await until("it reads", async () => ((await last()) === "1 1 1  1" ? true : undefined));
    const took: string[] = [];
    const seen = async (what: string, line: string): Promise<void> => {
      const began = performance.now();
      await until(`${line} after ${what}`, async () => ((await last()) === line ? true : undefined), 5000);
      took.push(`${what} ${(performance.now() - began).toFixed(0)} ms`);
      assert.ok(performance.now() - began < 2000, took.join(", "));
    };
    await edit("configmap", "edited", "2");
    await seen("ConfigMap", "2 1 2  1");
    await edit("secret generic", "edited", "3");
    await seen("Secret", "2 3 2  1");
    await edit("configmap", "late", "came");
    await seen("optional object", "2 3 2 came 1");
    t.diagnostic(`${took.join(", ")}, with kubectl's own time`);
    await cluster.kubectl("delete", "pod/live");
  });

  test("a killed shim: both containers restart in a new sandbox, a pod that never restarts has failed", async () => {
    const containers = ["a", "b"].map((name) => ({ name, image: IMAGE, command: ["sh", "-c", LOOP] }));
    await apply(pod("two", { containers }), pod("never", { restartPolicy: "Never" }));
    await ready("two", "never");
    const { items } = await connection.client(RuntimeService).listPodSandbox({});
    const own = items.filter(({ labels }) => ["two", "never"].includes(labels[LABELS.podName] ?? ""));
    const pids = (await Promise.all(own.map(({ id }) => shims(id)))).flat();
    assert.equal(pids.length, 2);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await until("the pod runs again", async () => ((await restarts("two")) === 1 ? true : undefined));
    await ready("two");
    const expected = ["two container exited", "two container exited", "two container running", "two container running"];
    assert.deepEqual(await runs(["two"]), [...expected, "two sandbox notready", "two sandbox ready"]);
    assert.equal(await messages("SandboxChanged", "two"), CHANGED);
    await until("the other has failed", async () =>
      (await cluster.path(["pod", "never"], "{.status.phase}")) === "Failed" ? true : undefined,
    );
    const taken = async () => (await readdir(path.join(runFolder, "ipam"), { recursive: true })).filter(isAddress);
    assert.equal((await taken()).length, 1, "the dead sandboxes have given their addresses back");
    await cluster.kubectl("delete", "pod/two", "pod/never");
    await runAsExpected(["two", "never"], []);
  });

  test("the agent killed amid twenty starts: each pod runs once, and nothing else is left", async (t) => {
    const names = Array.from({ length: 20 }, (_, i) => `start-${i}`);
    await apply(...names.map((name) => pod(name)));
    await until("some run and some do not", async () =>
      (await runs(names)).filter((line) => line.endsWith("container running")).length >= 3 ? true : undefined,
    );
    const { nodes } = await cluster.status();
    process.kill(nodes[0]!.agentPid!, "SIGKILL");
    const midway = await runs(names);
    t.diagnostic(`killed with ${midway.length} sandboxes and containers of 40`);
    assert.ok(midway.length < 40, "it was killed too late to prove anything");
    await cluster.up();
    await ready(...names);
    // A start that broke off with the agent is a container that never ran: the runtime gives it up, as it does upstream.
    const brokenOff = await neverStarted(names);
    const expected = [...once(names), ...brokenOff.map((name) => `${name} container exited`)].sort();
    await runAsExpected(names, expected, 90_000);
    assert.deepEqual((await neverStarted(names)).sort(), brokenOff.sort());
    const counts = await Promise.all(names.map(restarts));
    assert.deepEqual(
      counts,
      names.map((name) => (brokenOff.includes(name) ? 1 : 0)),
    );
    t.diagnostic(`${brokenOff.length} starts broke off`);
    await cluster.kubectl("delete", ...names.map((name) => `pod/${name}`));
  });

  test("the machine restarts: pods start again by their policy, and the node says so", async () => {
    await apply(
      pod(
        "always",
        { volumes: [{ name: "v", configMap: { name: "edited" } }] },
        { volumeMounts: [{ name: "v", mountPath: "/v" }] },
      ),
      pod("failure", { restartPolicy: "OnFailure" }),
      pod("never", { restartPolicy: "Never" }),
      pod("done", { restartPolicy: "OnFailure" }, { command: ["true"] }),
    );
    await ready("always", "failure", "never");
    const phase = (name: string) => cluster.path(["pod", name], "{.status.phase}");
    await until("done is done", async () => ((await phase("done")) === "Succeeded" ? true : undefined));
    const bootId = randomUUID();
    await endEverything();
    await upWithBootId(bootId);
    await until(
      "they run again",
      async () =>
        (await Promise.all(["always", "failure"].map(restarts))).every((count) => count === 1) ? true : undefined,
      60_000,
    );
    await ready("always", "failure");
    assert.equal(await cluster.kubectl("exec", "always", "--", "cat", "/v/k"), "2");
    assert.deepEqual([await phase("never"), await phase("done")], ["Failed", "Succeeded"]);
    const running = (await runs(["always", "failure", "never", "done"])).filter(
      (line) => !/exited|notready/.test(line),
    );
    assert.deepEqual(running, once(["always", "failure"]));
    assert.equal(await cluster.path(["node", node], "{.status.nodeInfo.bootID}"), bootId);
    assert.equal(await messages("Rebooted", node), `Node ${node} has been rebooted, boot id: ${bootId}`);
    assert.equal(await messages("SandboxChanged", "always"), CHANGED);
  });
});

const isAddress = (name: string): boolean => /\d+\.\d+\.\d+\.\d+$/.test(name);

/** As a machine that loses its power: every process of the cluster, and what lies in memory only. */
async function endEverything(): Promise<void> {
  const { pid, nodes } = await cluster.status();
  const id = await cluster.id();
  connection.close();
  const note = path.join(cluster.data, "nodes", node, "containerd/containerd.json");
  const { pid: containerd } = JSON.parse(await readFile(note, "utf8")) as { pid: number };
  for (const one of [pid!, nodes[0]!.agentPid!, containerd, ...(await shims())]) process.kill(one, "SIGKILL");
  for (const one of await podProcesses(`kaji-${id}`)) {
    try {
      process.kill(one, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const mount of mounts.filter((one) => one.startsWith(`${runFolder}/`)).reverse())
    await must("umount", ["-l", mount]);
  await rm(runFolder, { recursive: true });
}

/** Every process below the cluster's groups, in whatever hierarchy. */
async function podProcesses(group: string): Promise<ReadonlySet<number>> {
  const files = (await must("sh", ["-c", `find /sys/fs/cgroup -path '*/${group}/*' -name cgroup.procs`])).split("\n");
  const texts = await Promise.all(files.filter(Boolean).map((file) => readFile(file, "utf8").catch(() => "")));
  return new Set(texts.flatMap((text) => text.split("\n").filter(Boolean).map(Number)));
}

/** `kaji up` where the kernel's file says another boot id, for it and its children alone. */
async function upWithBootId(bootId: string): Promise<void> {
  const file = path.join(cluster.folder, "boot-id");
  await writeFile(file, `${bootId}\n`);
  const script = 'mount --make-rprivate /proc && mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"';
  await cluster.up(["unshare", "-m", "--propagation", "unchanged", "sh", "-c", script, file]);
  connection = connectGrpc({ address: `unix://${path.join(runFolder, "containerd.sock")}`, clock });
}
