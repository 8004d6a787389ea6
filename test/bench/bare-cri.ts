// The same pods by bare CRI calls: sandbox, container, start, on the containerd that Kaji's node uses. It refuses to be a
// kubelet: no volumes, no status, no events.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../src/base/log.ts";
import { systemClock } from "../../src/base/clock.ts";
import { containerdCri } from "../../src/kubelet/runtime/containerd.ts";
import { connectGrpc } from "../../src/wire/grpc/client.ts";

const NAMESPACE_OPTIONS = { network: "POD", pid: "CONTAINER" } as const;

export class BareCri {
  readonly #connection;
  readonly #cri;
  readonly #logs: string;
  readonly #image: string;
  readonly #sandboxes: string[] = [];

  constructor(socket: string, logs: string, image: string) {
    this.#connection = connectGrpc({ address: `unix://${socket}`, clock: systemClock });
    this.#cri = containerdCri(this.#connection, { clock: systemClock, log: silentLog });
    this.#logs = logs;
    this.#image = image;
  }

  /** Milliseconds that each pod took, sorted. */
  async start(count: number, atOnce: number): Promise<number[]> {
    const took: number[] = [];
    let left = count;
    const loop = async () => {
      while (left-- > 0) {
        const began = performance.now();
        await this.#one();
        took.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, loop));
    return took.sort((a, b) => a - b);
  }

  async #one(): Promise<void> {
    const { runtime } = this.#cri;
    const name = `bare-${this.#sandboxes.length}-${Math.random().toString(36).slice(2, 8)}`;
    const logDirectory = join(this.#logs, name);
    mkdirSync(join(logDirectory, "c"), { recursive: true });
    const config = {
      metadata: { name, uid: name, namespace: "bench-bare", attempt: 0 },
      hostname: name,
      logDirectory,
      linux: { securityContext: { namespaceOptions: NAMESPACE_OPTIONS } },
    } as const;
    const { podSandboxId } = await runtime.runPodSandbox({ config });
    this.#sandboxes.push(podSandboxId);
    const { containerId } = await runtime.createContainer({
      podSandboxId,
      config: {
        metadata: { name: "c", attempt: 0 },
        image: { image: this.#image },
        command: ["/bin/busybox", "sh", "-c", "while :; do sleep 1; done"],
        logPath: "c/0.log",
        linux: { securityContext: { namespaceOptions: NAMESPACE_OPTIONS } },
      },
      sandboxConfig: config,
    });
    await runtime.startContainer({ containerId });
  }

  /** Removes what was made. */
  async close(): Promise<void> {
    const { runtime } = this.#cri;
    for (const podSandboxId of this.#sandboxes) {
      await runtime.stopPodSandbox({ podSandboxId });
      await runtime.removePodSandbox({ podSandboxId });
    }
    this.#connection.close();
  }
}
