// A cluster of one real node for one test: its own folder, ports and kubeconfig, taken away whatever happens.
// It refuses to run beside another on the machine.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { KAJI, KUBECTL, lockMachine, must, remains, run, until } from "./host.ts";
import type { Ran, RunOptions } from "./host.ts";

/** What `status -o json` prints. */
export interface Status {
  readonly pid: number | null;
  readonly server: string;
  readonly version: string;
  readonly data: string;
  readonly nodes: readonly { readonly name: string; readonly ready: boolean; readonly agentPid: number | null }[];
}

export class RealCluster {
  readonly folder: string;
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly #unlock: () => void;

  private constructor(folder: string, port: number, unlock: () => void) {
    this.folder = folder;
    this.data = path.join(folder, "data");
    // The user's own configuration stays as it is; kubectl's caches go with the folder.
    this.env = { KUBECONFIG: path.join(folder, "kubeconfig"), HOME: folder };
    this.port = port;
    this.#unlock = unlock;
  }

  static async prepare(): Promise<RealCluster> {
    const unlock = await lockMachine();
    return new RealCluster(await mkdtemp(path.join(tmpdir(), "kaji-e2e-")), await freePort(), unlock);
  }

  /** Resolves with what it said about its stages. `below`: a command that is to run it. */
  async up(below: readonly string[] = []): Promise<string> {
    const [program = KAJI, ...words] = [...below, KAJI, "up", "--data", this.data, "--port", String(this.port)];
    const { code, stdout, stderr } = await run(program, words, {
      env: this.env,
      timeoutMs: 180_000,
    });
    if (code !== 0) throw new Error(`kaji up ended with ${code}:\n${stdout}${stderr}\n${await this.logs()}`);
    return stderr;
  }

  async status(): Promise<Status> {
    return JSON.parse(await must(KAJI, ["status", "--data", this.data, "-o", "json"], { env: this.env })) as Status;
  }

  /** Whatever the exit code. */
  tryKubectl(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return run(KUBECTL, args, { timeoutMs: 60_000, ...options, env: this.env });
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return must(KUBECTL, args, { timeoutMs: 60_000, env: this.env });
  }

  /** The value at a jsonpath of an object. */
  path(object: readonly string[], jsonpath: string): Promise<string> {
    return this.kubectl("get", ...object, "-o", `jsonpath=${jsonpath}`);
  }

  async id(): Promise<string> {
    return (JSON.parse(await readFile(path.join(this.data, "cluster.json"), "utf8")) as { id: string }).id;
  }

  down(...args: readonly string[]): Promise<Ran> {
    return run(KAJI, ["down", "--data", this.data, ...args], { env: this.env, timeoutMs: 120_000 });
  }

  /** What is still on the host of it; waits a moment for the kernel to let go. */
  async remains(id: string): Promise<string[]> {
    let left: string[] = [];
    try {
      await until(
        "nothing is left",
        async () => ((left = await remains(id, this.data)).length === 0 ? true : undefined),
        5000,
      );
    } catch {
      // What is left is the answer.
    }
    return left;
  }

  /** The ends of its processes' logs, for a failure's report. */
  async logs(): Promise<string> {
    const { stdout } = await run("sh", ["-c", `tail -n 15 ${this.data}/log/*.log | cut -c 1-600`]);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      const { code, stderr } = await this.down("--delete");
      if (code !== 0 && code !== 75) process.stderr.write(`kaji down ended with ${code}: ${stderr}\n`);
    } finally {
      await rm(this.folder, { recursive: true, force: true });
      this.#unlock();
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "0.0.0.0", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
