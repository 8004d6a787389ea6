// The runtime calls of the simulated runtime: sandboxes, containers, commands in them. It refuses to keep state
// (simulated.ts).
import { formatInstant } from "../../base/timestamp.ts";
import type { ServiceClient } from "../../wire/grpc/client.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import { ContainerStatusResponse, ListContainersResponse } from "../../wire/cri/container.ts";
import type { Container } from "../../wire/cri/container.ts";
import { ListPodSandboxResponse, PodSandboxStatusResponse } from "../../wire/cri/sandbox.ts";
import type { PodSandbox } from "../../wire/cri/sandbox.ts";
import { RuntimeService } from "../../wire/cri/service.ts";
import { programOf } from "./simulated-program.ts";
import type { SimulatedContainer, SimulatedSandbox, SimulatedState } from "./simulated.ts";

type Calls = ServiceClient<typeof RuntimeService.methods>;

/** How long containerd 1.6 takes to undo a start whose caller went away. */
const CUT_OFF_MS = 2000;

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

/** All calls; those that a simulation has no use for fail as a runtime's that does not have them. */
export function simulatedRuntimeCalls(state: SimulatedState): Calls {
  const missing: Record<string, unknown> = {};
  for (const name of Object.keys(RuntimeService.methods)) {
    missing[name.charAt(0).toLowerCase() + name.slice(1)] = () => {
      throw new GrpcError("Unimplemented", `unknown method ${name} for service runtime.v1.RuntimeService`);
    };
  }
  return {
    ...(missing as Calls),
    ...ownCalls(state),
    ...sandboxCalls(state),
    ...containerCalls(state),
    ...execCalls(state),
  };
}

function ownCalls(state: SimulatedState): Pick<Calls, "version" | "status" | "updateRuntimeConfig" | "runtimeConfig"> {
  return {
    async version(_, options) {
      await state.before("Version", options);
      return { version: "0.1.0", runtimeName: "simulated", runtimeVersion: "1.0.0", runtimeApiVersion: "v1" };
    },
    async status(_, options) {
      await state.before("Status", options);
      const ready = (type: string) => ({ type, status: true, reason: "", message: "" });
      return { status: { conditions: [ready("RuntimeReady"), ready("NetworkReady")] }, info: {}, runtimeHandlers: [] };
    },
    async updateRuntimeConfig(_, options) {
      await state.before("UpdateRuntimeConfig", options);
      return {};
    },
    async runtimeConfig(_, options) {
      await state.before("RuntimeConfig", options);
      return { linux: { cgroupDriver: "CGROUPFS" } };
    },
  };
}

/** Filters match whole labels; an empty filter matches all. */
const matches = (
  labels: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>> | undefined,
): boolean => Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);

const sandboxState = ({ ready }: SimulatedSandbox) => (ready ? "SANDBOX_READY" : "SANDBOX_NOTREADY") as "SANDBOX_READY";

type SandboxCalls = "runPodSandbox" | "stopPodSandbox" | "removePodSandbox" | "podSandboxStatus" | "listPodSandbox";

function sandboxCalls(state: SimulatedState): Pick<Calls, SandboxCalls> {
  const { clock } = state.options;
  return {
    async runPodSandbox({ config = {}, runtimeHandler = "" }, options) {
      await state.before("RunPodSandbox", options);
      if (runtimeHandler !== "") {
        throw new GrpcError(
          "Unknown",
          `failed to get sandbox runtime: no runtime for "${runtimeHandler}" is configured`,
        );
      }
      const same = [...state.sandboxes.values()].find(({ config: { metadata: a } }) => {
        const b = config.metadata;
        return (
          a?.uid === b?.uid &&
          a?.name === b?.name &&
          a?.namespace === b?.namespace &&
          (a?.attempt ?? 0) === (b?.attempt ?? 0)
        );
      });
      if (same) throw new GrpcError("Unknown", `failed to reserve sandbox name: it is reserved for "${same.id}"`);
      const onHost = config.linux?.securityContext?.namespaceOptions?.network === "NODE";
      const id = state.id();
      const createdAt = clock.now();
      state.sandboxes.set(id, {
        id,
        config,
        createdAt,
        runtimeHandler,
        ip: onHost ? "" : state.address(),
        ready: true,
      });
      state.tell(id);
      return { podSandboxId: id };
    },
    async stopPodSandbox({ podSandboxId }, options) {
      await state.before("StopPodSandbox", options);
      const sandbox = state.sandboxes.get(podSandboxId ?? "");
      if (!sandbox) return {};
      for (const container of state.containers.values()) {
        if (container.sandboxId === sandbox.id) state.end(container, 137);
      }
      sandbox.ready = false;
      state.tell(sandbox.id);
      return {};
    },
    async removePodSandbox({ podSandboxId = "" }, options) {
      await state.before("RemovePodSandbox", options);
      for (const container of [...state.containers.values()]) {
        if (container.sandboxId !== podSandboxId) continue;
        state.end(container, 137);
        state.containers.delete(container.id);
      }
      state.sandboxes.delete(podSandboxId);
      return {};
    },
    async podSandboxStatus({ podSandboxId }, options) {
      await state.before("PodSandboxStatus", options);
      const sandbox = state.sandbox(podSandboxId);
      const { id, config, ip, runtimeHandler, createdAt } = sandbox;
      const { metadata, labels, annotations } = config;
      const network = { ip: sandbox.ready ? ip : "", additionalIps: [] };
      const status = {
        id,
        metadata,
        labels,
        annotations,
        runtimeHandler,
        network,
        state: sandboxState(sandbox),
        createdAt: nanoseconds(createdAt),
      };
      // Through the codec: what a real runtime leaves out gets the same shape here.
      return PodSandboxStatusResponse.decode(PodSandboxStatusResponse.encode({ status }));
    },
    async listPodSandbox({ filter }, options) {
      await state.before("ListPodSandbox", options);
      const items = [...state.sandboxes.values()]
        .filter((one) => matches(one.config.labels, filter?.labelSelector))
        .filter((one) => !filter?.id || one.id === filter.id)
        .filter((one) => !filter?.state || sandboxState(one) === (filter.state.state ?? "SANDBOX_READY"))
        .map(listedSandbox);
      return { items };
    },
  };
}

/** What lists show of a sandbox or container, and the state that it was in: they are asked for far more often than it changes. */
interface Listed<T> {
  readonly state: string;
  readonly shown: T;
}

const listedSandboxes = new WeakMap<SimulatedSandbox, Listed<PodSandbox>>();
const listedContainers = new WeakMap<SimulatedContainer, Listed<Container>>();

/** Through the codec, as the statuses are, once for each state. */
function listedSandbox(one: SimulatedSandbox): PodSandbox {
  const state = sandboxState(one);
  const known = listedSandboxes.get(one);
  if (known?.state === state) return known.shown;
  const { metadata, labels, annotations } = one.config;
  const item = { id: one.id, metadata, labels, annotations, state, createdAt: nanoseconds(one.createdAt) };
  const [shown] = ListPodSandboxResponse.decode(ListPodSandboxResponse.encode({ items: [item] })).items;
  listedSandboxes.set(one, { state, shown: shown! });
  return shown!;
}

function listedContainer(one: SimulatedContainer): Container {
  const { id, sandboxId: podSandboxId, state, imageId, createdAt } = one;
  const known = listedContainers.get(one);
  if (known?.state === state) return known.shown;
  const { metadata, labels, annotations, image } = one.config;
  const item = {
    id,
    podSandboxId,
    metadata,
    labels,
    annotations,
    image,
    state,
    imageId,
    imageRef: imageId,
    createdAt: nanoseconds(createdAt),
  };
  const [shown] = ListContainersResponse.decode(ListContainersResponse.encode({ containers: [item] })).containers;
  listedContainers.set(one, { state, shown: shown! });
  return shown!;
}

type ContainerCalls =
  | "createContainer"
  | "startContainer"
  | "stopContainer"
  | "removeContainer"
  | "updateContainerResources"
  | "listContainers"
  | "containerStatus";

function containerCalls(state: SimulatedState): Pick<Calls, ContainerCalls> {
  return {
    createContainer: (request, options) => createContainer(state, request, options),
    async startContainer({ containerId }, options) {
      options?.signal?.throwIfAborted();
      try {
        await state.before("StartContainer", options);
      } catch (error) {
        if (options?.signal?.aborted) cutOff(state, state.container(containerId));
        throw error;
      }
      start(state, state.container(containerId));
      return {};
    },
    async stopContainer({ containerId, timeout = 0 }, options) {
      await state.before("StopContainer", options);
      await stop(state, state.container(containerId), timeout, options?.signal);
      return {};
    },
    async removeContainer({ containerId }, options) {
      await state.before("RemoveContainer", options);
      const found = state.containers.get(containerId ?? "");
      if (found?.isStarting) throw new GrpcError("Unknown", "container is in starting state, can't be removed");
      if (found) state.end(found, 137);
      state.containers.delete(containerId ?? "");
      return {};
    },
    async updateContainerResources({ containerId, linux }, options) {
      await state.before("UpdateContainerResources", options);
      const container = state.container(containerId);
      if (container.state === "CONTAINER_EXITED")
        throw new GrpcError("Unknown", `container ${container.id} is not running`);
      container.config = { ...container.config, linux: { ...container.config.linux, resources: linux } };
      return {};
    },
    async listContainers({ filter }, options) {
      await state.before("ListContainers", options);
      const containers = [...state.containers.values()]
        .filter((one) => matches(one.config.labels, filter?.labelSelector))
        .filter((one) => !filter?.id || one.id === filter.id)
        .filter((one) => !filter?.podSandboxId || one.sandboxId === filter.podSandboxId)
        .filter((one) => !filter?.state || one.state === (filter.state.state ?? "CONTAINER_CREATED"))
        .map(listedContainer);
      return { containers };
    },
    async containerStatus({ containerId }, options) {
      await state.before("ContainerStatus", options);
      return ContainerStatusResponse.decode(
        ContainerStatusResponse.encode({ status: statusOf(state, state.container(containerId)) }),
      );
    },
  };
}

function statusOf(state: SimulatedState, one: SimulatedContainer) {
  const { id, config, imageId, exitCode, reason, message, createdAt, startedAt, finishedAt } = one;
  const { metadata, labels, annotations, mounts } = config;
  const name = [...state.images.values()].find((image) => image.id === imageId)?.name ?? config.image?.image ?? "";
  return {
    id,
    metadata,
    labels,
    annotations,
    mounts,
    state: one.state,
    exitCode,
    reason,
    message,
    image: { image: name },
    imageRef: imageId,
    imageId,
    createdAt: nanoseconds(createdAt),
    startedAt: nanoseconds(startedAt),
    finishedAt: nanoseconds(finishedAt),
    logPath: `${state.sandboxes.get(one.sandboxId)?.config.logDirectory ?? ""}/${config.logPath ?? ""}`,
  };
}

async function createContainer(
  state: SimulatedState,
  { podSandboxId, config = {} }: Parameters<Calls["createContainer"]>[0],
  options: Parameters<Calls["createContainer"]>[1],
) {
  await state.before("CreateContainer", options);
  const sandbox = state.sandbox(podSandboxId);
  if (!sandbox.ready) throw new GrpcError("Unknown", `sandbox container "${sandbox.id}" is not running`);
  const image = state.imageOf(config.image?.image ?? "");
  if (!image) throw new GrpcError("NotFound", `failed to resolve image "${config.image?.image}": not found`);
  const { name, attempt = 0 } = config.metadata ?? {};
  const same = [...state.containers.values()].find(
    (one) =>
      one.sandboxId === sandbox.id &&
      one.config.metadata?.name === name &&
      (one.config.metadata?.attempt ?? 0) === attempt,
  );
  if (same) throw new GrpcError("Unknown", `failed to reserve container name: it is reserved for "${same.id}"`);
  const id = state.id();
  state.containers.set(id, {
    id,
    sandboxId: sandbox.id,
    config,
    imageId: image.id,
    program: state.programOf(config),
    createdAt: state.options.clock.now(),
    state: "CONTAINER_CREATED",
    startedAt: 0,
    finishedAt: 0,
    exitCode: 0,
    reason: "",
    message: "",
    log: "",
    timer: undefined,
    ended: Promise.withResolvers<void>(),
  });
  state.tell(id);
  return { containerId: id };
}

function start(state: SimulatedState, container: SimulatedContainer): void {
  const { clock } = state.options;
  const { program } = container;
  if (container.isStarting) {
    const text = "container is already in starting state";
    throw new GrpcError("Unknown", `failed to set starting state for container "${container.id}": ${text}`);
  }
  if (container.state !== "CONTAINER_CREATED") {
    throw new GrpcError("Unknown", `container "${container.id}" is in ${container.state} state`);
  }
  container.startedAt = clock.now();
  container.state = "CONTAINER_RUNNING";
  if (!state.sandboxes.get(container.sandboxId)?.ready) {
    container.message = `sandbox container "${container.sandboxId}" is not running`;
    state.end(container, 128, "StartError");
    throw new GrpcError("Unknown", container.message);
  }
  if (program.startError !== undefined) {
    const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: ${program.startError}`;
    container.message = message;
    state.end(container, 128, "StartError");
    throw new GrpcError("Unknown", message);
  }
  const time = formatInstant({ ms: clock.now(), nanos: 0 });
  for (const line of program.output.split("\n").slice(0, -1)) container.log += `${time} stdout F ${line}\n`;
  if (program.runsMs !== Infinity) {
    const reason = program.outOfMemory ? "OOMKilled" : undefined;
    container.timer = clock.after(program.runsMs, () => state.end(container, program.exitCode, reason));
  }
  state.tell(container.id);
}

/** As containerd does when its caller goes away amid a start: for a while it undoes it, and then the container has failed. */
function cutOff(state: SimulatedState, container: SimulatedContainer): void {
  if (container.state !== "CONTAINER_CREATED" || container.isStarting) return;
  container.isStarting = true;
  state.options.clock.after(CUT_OFF_MS, () => {
    container.isStarting = false;
    if (container.state !== "CONTAINER_CREATED") return;
    container.state = "CONTAINER_RUNNING";
    container.message = "failed to create containerd task: failed to create shim task: context canceled: unknown";
    state.end(container, 128, "StartError");
  });
}

/** SIGTERM, the grace period, SIGKILL. */
async function stop(
  state: SimulatedState,
  container: SimulatedContainer,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { clock } = state.options;
  if (container.state === "CONTAINER_CREATED") {
    container.state = "CONTAINER_EXITED";
    container.ended.resolve();
    return;
  }
  const { onTerm } = container.program;
  const kill = clock.after(seconds * 1000, () => state.end(container, 137));
  const obey = onTerm && clock.after(onTerm.afterMs, () => state.end(container, onTerm.exitCode));
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.reject(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (container.state === "CONTAINER_RUNNING") await Promise.race([container.ended.promise, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    kill.cancel();
    obey?.cancel();
  }
}

function execCalls(state: SimulatedState): Pick<Calls, "execSync"> {
  const { clock, exec } = state.options;
  return {
    async execSync({ containerId, cmd = [], timeout = 0 }, options) {
      await state.before("ExecSync", options);
      const container = state.container(containerId);
      if (container.state !== "CONTAINER_RUNNING") {
        throw new GrpcError("Unknown", `failed to exec in container: container is in ${container.state} state`);
      }
      const program = programOf(cmd);
      const said = exec?.(cmd, container) ?? { exitCode: program.exitCode, stdout: program.output, ms: program.runsMs };
      const { exitCode, stdout = "", stderr = "", ms = 0 } = said;
      const limit = timeout > 0 ? timeout * 1000 : Infinity;
      if (ms > limit) {
        await clock.sleep(limit, options?.signal);
        throw new GrpcError("DeadlineExceeded", `timeout ${timeout}s exceeded: context deadline exceeded`);
      }
      await clock.sleep(ms, options?.signal);
      return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
    },
  };
}
