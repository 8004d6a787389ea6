// A private containerd, driven as a node drives it: images made here, a sandbox, a container, its output, its end.
// Needs root and containerd; where one is missing it says so and is skipped. It ends and removes all that it made.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../base/clock.ts";
import { BUSYBOX_IMAGE, PAUSE_IMAGE, busyboxImage, pauseImage } from "../containerd/built-in-images.ts";
import { watchEvents } from "../containerd/events.ts";
import type { RuntimeEvent } from "../containerd/events.ts";
import { importArchive } from "../containerd/import-archive.ts";
import { buildImage, layerOf, layoutArchive } from "../containerd/oci-image.ts";
import { importImage } from "../containerd/import-image.ts";
import { Version } from "../containerd/version.ts";
import { connectGrpc } from "../grpc/client.ts";
import type { GrpcConnection } from "../grpc/client.ts";
import { isNotFound } from "../grpc/error.ts";
import type { MessageInit } from "../protobuf/message.ts";
import { dialSpdy } from "../spdy/dial.ts";
import { PORT_FORWARD_PROTOCOL, portForwardClient } from "../spdy/port-forward.ts";
import { SPDY_COMMAND_PROTOCOL, openCommand } from "../spdy/remote-command.ts";
import { ContainerConfig } from "./container-config.ts";
import type { PodSandbox } from "./sandbox.ts";
import { PodSandboxConfig } from "./sandbox-config.ts";
import { ImageService, RuntimeService } from "./service.ts";

const FOLDER = `/run/kaji-wire-test-${process.pid}`;
const ADDRESS = `unix://${FOLDER}/containerd.sock`;
const CGROUP = `/kaji-wire-test-${process.pid}`;
/** In the host's network, so a port that nothing else is likely to have. */
const PORT = 20_000 + (process.pid % 10_000);
const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "amd64";

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  for (const program of ["/usr/bin/containerd", "/usr/sbin/runc", "/bin/busybox"]) {
    if (!existsSync(program)) return `needs ${program}`;
  }
  return undefined;
}

const CONFIG = `version = 2
root = "${FOLDER}/root"
state = "${FOLDER}/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "${FOLDER}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${FOLDER}/cni"
`;

const skip = missing() ?? false;
if (skip !== false) process.stderr.write(`containerd.e2e: SKIPPED, ${skip}\n`);

let containerd: ChildProcess | undefined;
let connection: GrpcConnection;
const runtime = () => connection.client(RuntimeService);
const images = () => connection.client(ImageService);

const sandboxConfig: MessageInit<typeof PodSandboxConfig> = {
  metadata: { name: "pod", uid: "uid-1", namespace: "default", attempt: 0 },
  logDirectory: `${FOLDER}/logs`,
  labels: { "io.kubernetes.pod.name": "pod" },
  linux: {
    cgroupParent: CGROUP,
    securityContext: {
      namespaceOptions: { network: "NODE", pid: "CONTAINER" },
      seccomp: { profileType: "Unconfined" },
    },
  },
};

function containerConfig(name: string, command: string[]): MessageInit<typeof ContainerConfig> {
  return {
    metadata: { name, attempt: 0 },
    image: { image: BUSYBOX_IMAGE },
    command,
    envs: [{ key: "GREETING", value: Buffer.from("hello") }],
    logPath: `${name}.log`,
    stdin: true,
    linux: {
      resources: { memoryLimitInBytes: 64 << 20, cpuShares: 100, oomScoreAdj: 100 },
      securityContext: { namespaceOptions: { network: "NODE", pid: "CONTAINER" }, capabilities: {} },
    },
  };
}

async function eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const started = systemClock.monotonic();
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (systemClock.monotonic() - started > 15_000) assert.fail(`${what} did not happen`);
    await systemClock.sleep(10);
  }
}

before(async () => {
  if (skip !== false) return;
  for (const folder of ["", "/logs", "/cni"]) mkdirSync(FOLDER + folder, { recursive: true });
  writeFileSync(`${FOLDER}/config.toml`, CONFIG);
  const log = openSync(`${FOLDER}/containerd.log`, "w");
  containerd = spawn("/usr/bin/containerd", ["--config", `${FOLDER}/config.toml`], { stdio: ["ignore", log, log] });
  connection = connectGrpc({ address: ADDRESS, clock: systemClock });
  await eventually("containerd's first answer", () =>
    runtime()
      .version({ version: "0.1.0" })
      .catch(() => undefined),
  );
});

after(async () => {
  if (skip !== false) return;
  for (const { id } of (await runtime().listPodSandbox({})).items) {
    await runtime().stopPodSandbox({ podSandboxId: id });
    await runtime().removePodSandbox({ podSandboxId: id });
  }
  connection.close();
  const ended = new Promise((resolve) => containerd?.once("exit", resolve));
  containerd?.kill("SIGTERM");
  await ended;
  rmSync(FOLDER, { recursive: true, force: true });
  // The runtime leaves the parent group behind, in each hierarchy of cgroup v1.
  for (const hierarchy of readdirSync("/sys/fs/cgroup")) {
    const group = `/sys/fs/cgroup/${hierarchy}${CGROUP}`;
    if (existsSync(group)) rmdirSync(group);
  }
  if (existsSync(`/sys/fs/cgroup${CGROUP}`)) rmdirSync(`/sys/fs/cgroup${CGROUP}`);
});

test("the runtime says who it is and that it is ready", { skip, timeout: 30_000 }, async () => {
  const version = await runtime().version({ version: "0.1.0" });
  assert.equal(version.runtimeName, "containerd");
  assert.equal(version.runtimeApiVersion, "v1");
  const own = await connection.client(Version).version({});
  assert.ok(own.version.includes(version.runtimeVersion.replace(/^v/, "").slice(0, 3)));
  const status = await runtime().status({ verbose: true });
  const ready = status.status?.conditions.find((condition) => condition.type === "RuntimeReady");
  assert.equal(ready?.status, true);
  assert.ok(JSON.parse(status.info["config"]!));
  await assert.rejects(runtime().containerStatus({ containerId: "none" }), (error) => isNotFound(error));
});

test("images made here are the CRI's images", { skip, timeout: 30_000 }, async () => {
  const pause = await pauseImage(ARCHITECTURE);
  const busybox = await busyboxImage(ARCHITECTURE, readFileSync("/bin/busybox"));
  await importImage(connection, pause, { names: [PAUSE_IMAGE], pinned: true });
  for (let round = 0; round < 2; round++) await importImage(connection, busybox, { names: [BUSYBOX_IMAGE] });
  const image = await eventually(BUSYBOX_IMAGE, async () => {
    return (await images().imageStatus({ image: { image: BUSYBOX_IMAGE } })).image;
  });
  assert.equal(image.id, busybox.config.digest);
  assert.deepEqual(image.repoTags, [BUSYBOX_IMAGE]);
  assert.ok(image.size > 100_000);
  const listed = await eventually("both images", async () => {
    const all = (await images().listImages({})).images;
    return all.length === 2 ? all : undefined;
  });
  assert.deepEqual(listed.flatMap((one) => one.repoTags).sort(), [BUSYBOX_IMAGE, PAUSE_IMAGE]);
});

test(
  "a pod: sandbox, container, output, exec, exit code, removal, and the events of it",
  { skip, timeout: 30_000 },
  async () => {
    const events: RuntimeEvent[] = [];
    const watching = new AbortController();
    const watch = (async () => {
      for await (const event of watchEvents(connection, "k8s.io", { signal: watching.signal })) events.push(event);
    })();
    watch.catch(() => {});
    const started = systemClock.monotonic();
    const { podSandboxId } = await runtime().runPodSandbox({ config: sandboxConfig });
    const sandboxMs = systemClock.monotonic() - started;
    const config = containerConfig("main", [
      "sh",
      "-c",
      'trap "exit 7" TERM; echo $GREETING; while :; do sleep 0.05; done',
    ]);
    const { containerId } = await runtime().createContainer({ podSandboxId, config, sandboxConfig });
    await runtime().startContainer({ containerId });
    const podMs = systemClock.monotonic() - started;
    process.stdout.write(`# sandbox ${sandboxMs.toFixed(0)} ms, pod running ${podMs.toFixed(0)} ms\n`);

    const sandbox = await runtime().podSandboxStatus({ podSandboxId, verbose: true });
    assert.equal(sandbox.status?.state, "SANDBOX_READY");
    assert.equal(sandbox.status.linux?.namespaces?.options?.network, "NODE");
    assert.deepEqual(sandbox.status.metadata, { name: "pod", uid: "uid-1", namespace: "default", attempt: 0 });
    const { status } = await runtime().containerStatus({ containerId });
    assert.equal(status?.state, "CONTAINER_RUNNING");
    assert.ok(status.startedAt > 1_700_000_000_000_000_000n && status.finishedAt === 0n);
    const log = `${FOLDER}/logs/main.log`;
    await eventually("the greeting in the log", async () =>
      / stdout F hello\n/.test(readFileSync(log, "utf8")) ? 1 : undefined,
    );

    const exec = await runtime().execSync({ containerId, cmd: ["sh", "-c", "cat /proc/1/comm; echo bad >&2; exit 3"] });
    assert.deepEqual([String(exec.stdout), String(exec.stderr), exec.exitCode], ["sh\n", "bad\n", 3]);
    await assert.rejects(runtime().execSync({ containerId, cmd: ["sleep", "9"], timeout: 1 }), {
      code: "DeadlineExceeded",
    });
    const { stats } = await runtime().containerStats({ containerId });
    assert.ok((stats?.memory?.workingSetBytes?.value ?? 0) > 0);

    await runtime().stopContainer({ containerId, timeout: 5 });
    const stopped = (await runtime().containerStatus({ containerId })).status;
    assert.deepEqual([stopped?.state, stopped?.exitCode], ["CONTAINER_EXITED", 7]);
    await eventually("the exit event", async () => {
      return events.find(
        (event) => event.topic === "/tasks/exit" && event.containerId === containerId && !event.execId,
      );
    });
    assert.ok(events.some((event) => event.topic === "/tasks/start" && event.containerId === podSandboxId));

    const stopping = systemClock.monotonic();
    await runtime().removeContainer({ containerId });
    await runtime().stopPodSandbox({ podSandboxId });
    assert.ok(systemClock.monotonic() - stopping < 5000, "the pause program did not end on SIGTERM");
    await runtime().removePodSandbox({ podSandboxId });
    assert.deepEqual((await runtime().listPodSandbox({})).items, []);
    assert.deepEqual((await runtime().listContainers({})).containers, []);
    watching.abort(new Error("seen enough"));
    await assert.rejects(watch, { message: "seen enough" });
  },
);

test("an archive brings an image too, and a container of it runs", { skip, timeout: 30_000 }, async () => {
  const other = await loadedImage();
  const archive = gzipSync(await layoutArchive(other, "kaji.local/loaded:1"));
  const options = { architecture: ARCHITECTURE, qualify: (name: string) => name, id: "e2e" } as const;
  for (let round = 0; round < 2; round++) {
    const imported = await importArchive(connection, new Blob([archive]).stream(), options);
    assert.deepEqual(imported, [{ names: ["kaji.local/loaded:1"], digest: other.manifest.digest }]);
  }
  const image = await eventually("the loaded image", async () => {
    return (await images().imageStatus({ image: { image: "kaji.local/loaded:1" } })).image;
  });
  assert.equal(image.id, other.config.digest);
  const { podSandboxId } = await runtime().runPodSandbox({ config: sandboxConfig });
  const config = { ...containerConfig("loaded", []), image: { image: "kaji.local/loaded:1" } };
  const { containerId } = await runtime().createContainer({ podSandboxId, config, sandboxConfig });
  await runtime().startContainer({ containerId });
  const ended = await eventually("the container's end", async () => {
    const { status } = await runtime().containerStatus({ containerId });
    return status?.state === "CONTAINER_EXITED" ? status : undefined;
  });
  assert.equal(ended.exitCode, 0);
  assert.match(readFileSync(`${FOLDER}/logs/loaded.log`, "utf8"), /stdout F said by the image\n/);
  await runtime().stopPodSandbox({ podSandboxId });
  await runtime().removePodSandbox({ podSandboxId });
  await images().removeImage({ image: { image: "kaji.local/loaded:1" } });
});

/** busybox with one more layer and a command of its own. */
async function loadedImage() {
  const busybox = await busyboxImage(ARCHITECTURE, readFileSync("/bin/busybox"));
  const base = busybox.layers.map((layer) => busybox.blobs.get(layer.digest)!);
  const layers = [...base, await layerOf([{ path: "said", mode: 0o644, file: "said by the image\n" }])];
  return buildImage({
    architecture: ARCHITECTURE,
    layers,
    run: { entrypoint: ["cat"], cmd: ["/said"], env: ["PATH=/bin"] },
  });
}

test("exec and attach through the runtime's streaming server, over SPDY", { skip, timeout: 30_000 }, async () => {
  const { podSandboxId } = await runtime().runPodSandbox({ config: sandboxConfig });
  const config = containerConfig("cat", ["cat"]);
  const { containerId } = await runtime().createContainer({ podSandboxId, config, sandboxConfig });
  await runtime().startContainer({ containerId });
  const dial = async (url: string) => (await dialSpdy(url, { protocols: [SPDY_COMMAND_PROTOCOL] })).socket;

  const piped = { stdin: true, stdout: true, stderr: true, tty: false };
  const cmd = ["sh", "-c", "wc -c; echo bad >&2; exit 5"];
  const exec = await openCommand(await dial((await runtime().exec({ containerId, cmd, ...piped })).url), piped);
  exec.stdin!.end(Buffer.alloc(5_000_000));
  const said = await Promise.all([text(exec.stdout!), text(exec.stderr!), exec.ended]);
  assert.deepEqual(said, ["5000000\n", "bad\n", { exitCode: 5 }]);

  const tty = { stdin: true, stdout: true, stderr: false, tty: true };
  const shell = await openCommand(await dial((await runtime().exec({ containerId, cmd: ["sh"], ...tty })).url), tty);
  shell.resize({ width: 101, height: 43 });
  // The size is set when the process has begun: the shell is asked until it has been.
  shell.stdin!.write("until stty size | grep 43; do sleep 0.02; done; exit 0\n");
  const screen = text(shell.stdout!);
  assert.deepEqual(await shell.ended, { exitCode: 0 });
  assert.match(await screen, /43 101/);

  const attached = await openCommand(await dial((await runtime().attach({ containerId, ...piped })).url), piped);
  attached.stdin!.write("through the container itself\n");
  const [line] = (await once(attached.stdout!, "data")) as [Buffer];
  assert.equal(String(line), "through the container itself\n");
  attached.close();

  await runtime().stopContainer({ containerId, timeout: 0 });
  await assert.rejects(async () => {
    const { url } = await runtime().exec({ containerId, cmd: ["true"], ...piped });
    const late = await openCommand(await dial(url), piped);
    const end = await late.ended;
    assert.fail(JSON.stringify(end));
  }, /not running|running state|CONTAINER_EXITED/);
});

test("port forwarding through the runtime's streaming server", { skip, timeout: 30_000 }, async () => {
  const [{ id: podSandboxId }] = (await runtime().listPodSandbox({})).items as [PodSandbox];
  const config = containerConfig("web", ["httpd", "-f", "-p", `127.0.0.1:${PORT}`, "-h", "/etc"]);
  const { containerId } = await runtime().createContainer({ podSandboxId, config, sandboxConfig });
  await runtime().startContainer({ containerId });
  const { url } = await runtime().portForward({ podSandboxId, port: [PORT] });
  const { socket } = await dialSpdy(url, { protocols: [PORT_FORWARD_PROTOCOL] });
  const forward = portForwardClient(socket);
  const page = await eventually("the page", async () => {
    const { data, error } = await forward.forward(PORT);
    data.write("GET /passwd HTTP/1.0\r\n\r\n");
    const answer = await text(data);
    return answer === "" ? void (await error) : answer;
  });
  assert.match(page, /^HTTP\/1\.[01] 200 OK[^]*root:x:0:0/);
  const { data, error } = await forward.forward(1);
  assert.equal(await text(data), "");
  assert.match(await error, /refused|unable to do port forwarding|exit status/);
  forward.close();
});

test("an image can be removed", { skip, timeout: 30_000 }, async () => {
  await images().removeImage({ image: { image: BUSYBOX_IMAGE } });
  assert.equal((await images().imageStatus({ image: { image: BUSYBOX_IMAGE } })).image, undefined);
});
