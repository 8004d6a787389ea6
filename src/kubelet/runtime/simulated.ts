// A container runtime in memory, on a clock: sandboxes, containers that run by a script, images. The twin of
// containerd for simulations, hollow nodes and tests; it keeps the same suite. It refuses to run anything real.
import type { Clock, Timer } from "../../base/clock.ts";
import { Mailbox } from "../../base/mailbox.ts";
import type { Random } from "../../base/random.ts";
import type { CallOptions } from "../../wire/grpc/client.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import type { ContainerConfig } from "../../wire/cri/container-config.ts";
import type { ContainerState } from "../../wire/cri/container.ts";
import type { AuthConfig } from "../../wire/cri/image.ts";
import type { PodSandboxConfig } from "../../wire/cri/sandbox-config.ts";
import type { Cri } from "../cri.ts";
import { simulatedImageCalls } from "./simulated-images.ts";
import { programOf } from "./simulated-program.ts";
import type { SimulatedProgram } from "./simulated-program.ts";
import { simulatedRuntimeCalls } from "./simulated-calls.ts";

export interface SimulatedContainer {
  readonly id: string;
  readonly sandboxId: string;
  config: MessageInit<typeof ContainerConfig>;
  readonly imageId: string;
  readonly program: SimulatedProgram;
  readonly createdAt: number;
  state: ContainerState;
  /** Its start was cut off and is being undone. */
  isStarting?: boolean;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  reason: string;
  message: string;
  log: string;
  timer: Timer | undefined;
  /** Resolved when it has ended. */
  readonly ended: PromiseWithResolvers<void>;
}

export interface SimulatedSandbox {
  readonly id: string;
  readonly config: MessageInit<typeof PodSandboxConfig>;
  readonly createdAt: number;
  readonly runtimeHandler: string;
  readonly ip: string;
  ready: boolean;
}

export interface SimulatedImage {
  readonly name: string;
  readonly id: string;
  readonly size: number;
}

/** What a command in a running container does: `ms` until it ends. */
export interface SimulatedExec {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly ms?: number;
}

export interface SimulatedOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** What a container does; by its command if left out. */
  readonly script?: ((config: MessageInit<typeof ContainerConfig>) => SimulatedProgram | undefined) | undefined;
  /** What a command in a container does; as a program by its command line if left out. */
  readonly exec?:
    | ((command: readonly string[], container: SimulatedContainer) => SimulatedExec | undefined)
    | undefined;
  /** Images that are there from the beginning. */
  readonly images?: readonly string[] | undefined;
  /** How long a pull takes, or why it fails. Any image can be had in half a second if left out. */
  readonly pull?: ((image: string, auth: MessageInit<typeof AuthConfig> | undefined) => number | Error) | undefined;
  /** Addresses for sandboxes, one after the other. */
  readonly address?: (() => string) | undefined;
  /** A fault: the call of this name fails with it. Asked before each call. */
  readonly fault?: ((call: string) => Error | undefined) | undefined;
  /** How long calls take, in milliseconds, by name; others take 1. */
  readonly latency?: Readonly<Record<string, number>> | undefined;
}

/** The state that both services share. */
export class SimulatedState {
  readonly options: SimulatedOptions;
  readonly sandboxes = new Map<string, SimulatedSandbox>();
  readonly containers = new Map<string, SimulatedContainer>();
  readonly images = new Map<string, SimulatedImage>();
  /** Words that containers left, by the file on the node. */
  readonly files = new Map<string, string>();
  readonly #listeners = new Set<(id: string) => void>();
  #addresses = 1;

  constructor(options: SimulatedOptions) {
    this.options = options;
    for (const name of options.images ?? []) this.addImage(name);
  }

  id(): string {
    return Buffer.from(this.options.random.bytes(32)).toString("hex");
  }

  address(): string {
    const n = this.#addresses++;
    return this.options.address?.() ?? `10.244.${n >> 8}.${n & 255}`;
  }

  addImage(name: string): SimulatedImage {
    const image = { name, id: `sha256:${this.id()}`, size: 1_000_000 + this.options.random.below(50_000_000) };
    this.images.set(name, image);
    return image;
  }

  imageOf(reference: string): SimulatedImage | undefined {
    return this.images.get(reference) ?? [...this.images.values()].find(({ id }) => id === reference);
  }

  listen(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }

  programOf(config: MessageInit<typeof ContainerConfig>): SimulatedProgram {
    return this.options.script?.(config) ?? programOf([...(config.command ?? []), ...(config.args ?? [])]);
  }

  /** Each call takes its time, and fails when the fault plan says so. */
  async before(call: string, options: CallOptions | undefined): Promise<void> {
    options?.signal?.throwIfAborted();
    const fault = this.options.fault?.(call);
    await this.options.clock.sleep(this.options.latency?.[call] ?? 1, options?.signal);
    if (fault) throw fault;
  }

  sandbox(id: string | undefined): SimulatedSandbox {
    const found = this.sandboxes.get(id ?? "");
    if (!found) throw new GrpcError("NotFound", `an error occurred when try to find sandbox: not found`);
    return found;
  }

  container(id: string | undefined): SimulatedContainer {
    const found = this.containers.get(id ?? "");
    if (!found) throw new GrpcError("NotFound", `an error occurred when try to find container "${id}": not found`);
    return found;
  }

  /** A container ends, by itself or by a signal. */
  end(container: SimulatedContainer, exitCode: number, reason?: string): void {
    if (container.state !== "CONTAINER_RUNNING") return;
    container.timer?.cancel();
    container.state = "CONTAINER_EXITED";
    container.finishedAt = this.options.clock.now();
    container.exitCode = exitCode;
    container.reason = reason ?? (exitCode === 0 ? "Completed" : "Error");
    const { lastWords } = container.program;
    const path = container.config.annotations?.["io.kubernetes.container.terminationMessagePath"];
    const mount = container.config.mounts?.find(({ containerPath }) => containerPath === path);
    if (lastWords !== undefined && mount?.hostPath) this.files.set(mount.hostPath, lastWords);
    container.ended.resolve();
    this.tell(container.id);
  }
}

export interface SimulatedRuntime extends Cri {
  readonly state: SimulatedState;
  /** The end of a log or of a container's last words, as the kubelet would read it from disk. */
  readTail(path: string, bytes: number): Promise<Uint8Array | undefined>;
  /** The machine restarts: nothing runs any more, though the runtime still knows of it. */
  reboot(): void;
  /** The process that looks after a sandbox is killed: the sandbox and all in it are dead. */
  killShim(podSandboxId: string): void;
}

export function simulatedRuntime(options: SimulatedOptions): SimulatedRuntime {
  const state = new SimulatedState(options);
  return {
    state,
    runtime: simulatedRuntimeCalls(state),
    images: simulatedImageCalls(state),
    changes: (signal) => changesOf(state, signal),
    readTail: async (path, bytes) => {
      const logOf = ({ sandboxId, config, log }: SimulatedContainer) =>
        `${state.sandboxes.get(sandboxId)?.config.logDirectory}/${config.logPath}` === path ? log : undefined;
      const text = state.files.get(path) ?? [...state.containers.values()].map(logOf).find((log) => log !== undefined);
      return text === undefined ? undefined : Buffer.from(text).subarray(-bytes);
    },
    reboot() {
      for (const container of state.containers.values()) state.end(container, 255, "Unknown");
      for (const sandbox of state.sandboxes.values()) sandbox.ready = false;
      state.tell("");
    },
    killShim(podSandboxId) {
      for (const container of state.containers.values())
        if (container.sandboxId === podSandboxId) state.end(container, 255, "Error");
      state.sandbox(podSandboxId).ready = false;
      state.tell(podSandboxId);
    },
  };
}

async function* changesOf(state: SimulatedState, signal: AbortSignal): AsyncGenerator<string> {
  const mailbox = new Mailbox<string>();
  const stop = state.listen((id) => mailbox.post(id));
  try {
    yield* mailbox.taken(signal);
  } finally {
    stop();
  }
}
