// What the kubelet relies on in a container runtime: one suite for containerd and for the simulated one. It refuses to
// test what the kubelet does not use.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Clock } from "../../base/clock.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import type { ContainerConfig } from "../../wire/cri/container-config.ts";
import type { PodSandboxConfig } from "../../wire/cri/sandbox-config.ts";
import type { ContainerStatus } from "../../wire/cri/container.ts";
import { isNotFound } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";

export interface RuntimeUnderTest {
  readonly cri: Cri;
  /** In real time. */
  readonly clock: Clock;
  /** An image with a busybox shell that the runtime has. */
  readonly image: string;
  /** A sandbox configuration of this name and attempt; its labels hold `pod`. */
  sandboxConfig(name: string, attempt: number): MessageInit<typeof PodSandboxConfig>;
}

const LOOP = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
const DEAF = 'trap "" TERM; while :; do sleep 0.1; done';
const PATIENCE_MS = 15_000;

/** Registers the tests; `runtime` is called when the first of them begins. */
export function runtimeSuite(
  name: string,
  runtime: () => Promise<RuntimeUnderTest>,
  options: { readonly skip?: string | false } = {},
): void {
  const skip = options.skip ?? false;
  let made: Promise<RuntimeUnderTest> | undefined;
  const bench = async () => new Bench(await (made ??= runtime()));
  const check = (what: string, body: (bench: Bench) => Promise<void>) =>
    test(`${name}: ${what}`, { skip }, async () => body(await bench()));

  check("it names itself and says that it is ready", says);
  check("a sandbox is made, found by its labels, stopped and removed", sandboxes);
  check("a container goes from created to running to exited, with its times and exit code", lives);
  check("a container that is stopped ends by its own handler", (one) => stops(one, LOOP, 5, 0));
  check("a container that does not listen is killed after its grace period", (one) => stops(one, DEAF, 1, 137));
  check("a stop with less time overtakes one with more", overtakes);
  check("a command that is not there fails the start and leaves an end", startErrors);
  check("commands in a container: output, exit code, time limit", execs);
  check("what was removed is not found, and removing it again is no error", removals);
  check("labels and annotations come back as they were given", labels);
  check("an end is news", news);
  check("an image that is there has an id; another is absent", images);
  check("a sandbox that is stopped takes its containers along", together);
  check("a container does not start in a sandbox that was stopped", startsTooLate);
}

class Bench {
  readonly under: RuntimeUnderTest;
  static #next = 0;

  constructor(under: RuntimeUnderTest) {
    this.under = under;
  }

  get runtime() {
    return this.under.cri.runtime;
  }

  async sandbox(): Promise<{ id: string; config: MessageInit<typeof PodSandboxConfig> }> {
    const config = this.under.sandboxConfig(`suite-${Bench.#next++}`, 0);
    const { podSandboxId } = await this.runtime.runPodSandbox({ config });
    return { id: podSandboxId, config };
  }

  async container(
    sandbox: { id: string; config: MessageInit<typeof PodSandboxConfig> },
    command: readonly string[],
    more: Partial<MessageInit<typeof ContainerConfig>> = {},
  ): Promise<string> {
    const config: MessageInit<typeof ContainerConfig> = {
      metadata: { name: "c", attempt: 0 },
      image: { image: await this.imageId() },
      command,
      labels: { "io.kubernetes.container.name": "c" },
      logPath: "c/0.log",
      linux: { securityContext: { namespaceOptions: { network: "POD", pid: "CONTAINER" }, capabilities: {} } },
      ...more,
    };
    const { containerId } = await this.runtime.createContainer({
      podSandboxId: sandbox.id,
      config,
      sandboxConfig: sandbox.config,
    });
    return containerId;
  }

  async imageId(): Promise<string> {
    const { image } = await this.under.cri.images.imageStatus({ image: { image: this.under.image } });
    assert.ok(image, `the runtime has ${this.under.image}`);
    return image.id;
  }

  async status(containerId: string): Promise<ContainerStatus> {
    const { status } = await this.runtime.containerStatus({ containerId });
    assert.ok(status);
    return status;
  }

  async until(containerId: string, state: ContainerStatus["state"]): Promise<ContainerStatus> {
    const end = this.under.clock.monotonic() + PATIENCE_MS;
    for (;;) {
      const status = await this.status(containerId);
      if (status.state === state) return status;
      if (this.under.clock.monotonic() > end) assert.fail(`${state} was not reached, but ${status.state}`);
      await this.under.clock.sleep(20);
    }
  }

  async discard({ id: podSandboxId }: { id: string }): Promise<void> {
    await this.runtime.stopPodSandbox({ podSandboxId });
    await this.runtime.removePodSandbox({ podSandboxId });
  }
}

const shell = (script: string): readonly string[] => ["sh", "-c", script];

async function says({ runtime }: Bench): Promise<void> {
  const version = await runtime.version({ version: "0.1.0" });
  assert.match(version.runtimeName, /./);
  const { status } = await runtime.status({});
  const ready = status?.conditions.find(({ type }) => type === "RuntimeReady");
  assert.equal(ready?.status, true);
}

async function sandboxes(bench: Bench): Promise<void> {
  const { runtime, under } = bench;
  const sandbox = await bench.sandbox();
  const { status } = await runtime.podSandboxStatus({ podSandboxId: sandbox.id });
  assert.equal(status?.state, "SANDBOX_READY");
  assert.equal(status.metadata?.name, sandbox.config.metadata?.name);
  assert.ok(Math.abs(Number(status.createdAt / 1_000_000n) - under.clock.now()) < 60_000);
  const found = await runtime.listPodSandbox({ filter: { labelSelector: sandbox.config.labels } });
  assert.deepEqual(
    found.items.map(({ id, state }) => [id, state]),
    [[sandbox.id, "SANDBOX_READY"]],
  );
  const other = await runtime.listPodSandbox({ filter: { labelSelector: { none: "such" } } });
  assert.deepEqual(other.items, []);
  await assert.rejects(runtime.runPodSandbox({ config: sandbox.config }), /reserve/);
  for (let times = 0; times < 2; times++) await runtime.stopPodSandbox({ podSandboxId: sandbox.id });
  const stopped = await runtime.podSandboxStatus({ podSandboxId: sandbox.id });
  assert.equal(stopped.status?.state, "SANDBOX_NOTREADY");
  for (let times = 0; times < 2; times++) await runtime.removePodSandbox({ podSandboxId: sandbox.id });
  await assert.rejects(runtime.podSandboxStatus({ podSandboxId: sandbox.id }), (error) => isNotFound(error));
}

async function lives(bench: Bench): Promise<void> {
  const { runtime } = bench;
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, shell("sleep 0.2; exit 7"));
  const created = await bench.status(containerId);
  assert.deepEqual([created.state, created.startedAt, created.finishedAt], ["CONTAINER_CREATED", 0n, 0n]);
  await runtime.startContainer({ containerId });
  const running = await bench.status(containerId);
  assert.equal(running.state, "CONTAINER_RUNNING");
  assert.ok(running.startedAt > 0n && running.finishedAt === 0n);
  const ended = await bench.until(containerId, "CONTAINER_EXITED");
  assert.deepEqual([ended.exitCode, ended.reason], [7, "Error"]);
  assert.ok(ended.finishedAt >= ended.startedAt);
  await assert.rejects(runtime.startContainer({ containerId }), /state/);
  await bench.discard(sandbox);
}

async function stops(bench: Bench, script: string, timeout: number, exitCode: number): Promise<void> {
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, shell(script));
  await bench.runtime.startContainer({ containerId });
  // The shell must have come to its trap.
  await bench.under.clock.sleep(300);
  const began = bench.under.clock.monotonic();
  for (let times = 0; times < 2; times++) await bench.runtime.stopContainer({ containerId, timeout });
  const took = bench.under.clock.monotonic() - began;
  const status = await bench.status(containerId);
  assert.deepEqual([status.state, status.exitCode], ["CONTAINER_EXITED", exitCode]);
  if (exitCode === 137) assert.ok(took >= timeout * 950, `killed after ${took} ms`);
  else assert.ok(took < timeout * 1000, `ended after ${took} ms`);
  await bench.discard(sandbox);
}

async function overtakes(bench: Bench): Promise<void> {
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, shell(DEAF));
  await bench.runtime.startContainer({ containerId });
  await bench.under.clock.sleep(300);
  const began = bench.under.clock.monotonic();
  const slow = bench.runtime.stopContainer({ containerId, timeout: 30 });
  await bench.under.clock.sleep(100);
  await bench.runtime.stopContainer({ containerId, timeout: 1 });
  await slow;
  assert.ok(bench.under.clock.monotonic() - began < 15_000);
  await bench.discard(sandbox);
}

async function startErrors(bench: Bench): Promise<void> {
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, ["/no/such/command"]);
  await assert.rejects(bench.runtime.startContainer({ containerId }), /no such file or directory/);
  const { state, exitCode, reason } = await bench.status(containerId);
  assert.deepEqual([state, exitCode, reason], ["CONTAINER_EXITED", 128, "StartError"]);
  await bench.discard(sandbox);
}

async function execs(bench: Bench): Promise<void> {
  const { runtime } = bench;
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, shell(LOOP));
  await runtime.startContainer({ containerId });
  const { stdout, exitCode } = await runtime.execSync({ containerId, cmd: ["sh", "-c", "echo said; exit 3"] });
  assert.deepEqual([String(Buffer.from(stdout)), exitCode], ["said\n", 3]);
  await assert.rejects(runtime.execSync({ containerId, cmd: ["sleep", "9"], timeout: 1 }), {
    code: "DeadlineExceeded",
  });
  await runtime.stopContainer({ containerId, timeout: 2 });
  await assert.rejects(runtime.execSync({ containerId, cmd: ["true"] }));
  await bench.discard(sandbox);
}

async function removals(bench: Bench): Promise<void> {
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, shell(LOOP));
  await bench.runtime.startContainer({ containerId });
  for (let times = 0; times < 2; times++) await bench.runtime.removeContainer({ containerId });
  await assert.rejects(bench.runtime.containerStatus({ containerId }), (error) => isNotFound(error));
  await bench.discard(sandbox);
}

async function labels(bench: Bench): Promise<void> {
  const sandbox = await bench.sandbox();
  const given = { labels: { "a/b": "c", other: "" }, annotations: { note: "text with spaces" } };
  const containerId = await bench.container(sandbox, shell("true"), { ...given, metadata: { name: "c", attempt: 3 } });
  const status = await bench.status(containerId);
  assert.deepEqual(
    [status.labels, status.annotations, status.metadata],
    [given.labels, given.annotations, { name: "c", attempt: 3 }],
  );
  const { containers } = await bench.runtime.listContainers({
    filter: { podSandboxId: sandbox.id, labelSelector: { "a/b": "c" } },
  });
  assert.deepEqual(
    containers.map(({ id, podSandboxId, labels: seen }) => [id, podSandboxId, seen]),
    [[containerId, sandbox.id, given.labels]],
  );
  await bench.discard(sandbox);
}

/** Whoever looks when there is a hint, and never otherwise, sees the end. */
async function news(bench: Bench): Promise<void> {
  const { cri, clock } = bench.under;
  const watching = new AbortController();
  let containerId = "";
  const seen: string[] = [];
  const listening = (async () => {
    for await (const id of cri.changes(watching.signal))
      if (id !== "" && id === containerId) seen.push((await bench.status(id)).state);
  })();
  const sandbox = await bench.sandbox();
  containerId = await bench.container(sandbox, shell("sleep 0.2"));
  await bench.runtime.startContainer({ containerId });
  const end = clock.monotonic() + PATIENCE_MS;
  while (seen.at(-1) !== "CONTAINER_EXITED" && clock.monotonic() < end) await clock.sleep(20);
  watching.abort(new Error("heard enough"));
  await listening.catch((error: unknown) => assert.equal((error as Error).message, "heard enough"));
  assert.equal(seen.at(-1), "CONTAINER_EXITED", seen.join(", "));
  await bench.discard(sandbox);
}

async function images(bench: Bench): Promise<void> {
  assert.match(await bench.imageId(), /^sha256:[0-9a-f]{64}$/);
  const { image } = await bench.under.cri.images.imageStatus({ image: { image: "nowhere.invalid/none:1" } });
  assert.equal(image, undefined);
  const { images: all } = await bench.under.cri.images.listImages({});
  assert.ok(all.some(({ repoTags }) => repoTags.includes(bench.under.image)));
}

async function together(bench: Bench): Promise<void> {
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, shell(DEAF));
  await bench.runtime.startContainer({ containerId });
  await bench.runtime.stopPodSandbox({ podSandboxId: sandbox.id });
  assert.equal((await bench.status(containerId)).state, "CONTAINER_EXITED");
  await bench.runtime.removePodSandbox({ podSandboxId: sandbox.id });
  await assert.rejects(bench.runtime.containerStatus({ containerId }), (error) => isNotFound(error));
}

async function startsTooLate(bench: Bench): Promise<void> {
  const sandbox = await bench.sandbox();
  const containerId = await bench.container(sandbox, shell(LOOP));
  await bench.runtime.stopPodSandbox({ podSandboxId: sandbox.id });
  await assert.rejects(bench.runtime.startContainer({ containerId }), /sandbox container ".*" is not running/);
  const { state, exitCode } = await bench.status(containerId);
  assert.deepEqual([state, exitCode], ["CONTAINER_EXITED", 128]);
  await bench.discard(sandbox);
}
