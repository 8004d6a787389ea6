// Processes that are measured: `kaji apiserver` on an empty folder, a bare server beside it with the same keys, the load
// generator. It refuses to leave any of them behind.
import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectionOf, parseKubeconfig } from "../../src/client/kubeconfig.ts";
import type { BareOptions } from "./bare.ts";
import type { Ask, Report } from "./load.ts";

const ROOT = join(import.meta.dirname, "../..");
export const KAJI = join(ROOT, "bin/kaji");
const START_MS = 30_000;

export interface Running {
  readonly port: number;
  readonly pid: number;
}

export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer().once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
  });
  return promise;
}

/** An API server alone, a bare one with the same keys, and what sends them requests. */
export class ApiBench {
  readonly folder = mkdtempSync(join(tmpdir(), "kaji-bench-"));
  readonly #children: ChildProcess[] = [];
  #load: ChildProcess | undefined;
  #tls: Ask["tls"] | undefined;

  /** Flags for the measured process' Node come from KAJI_BENCH_NODE_OPTIONS (a profile, for example). */
  async apiserver(): Promise<Running> {
    const data = join(this.folder, "data");
    const port = await freePort();
    const options = process.env["KAJI_BENCH_NODE_OPTIONS"];
    const child = spawn(KAJI, ["apiserver", "--data", data, "--port", String(port)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...(options !== undefined && { NODE_OPTIONS: options }) },
    });
    this.#children.push(child);
    await said(child, /answers at/);
    const text = readFileSync(join(data, "kubeconfig"), "utf8");
    const { ca = "", cert = "", key = "" } = connectionOf(parseKubeconfig(text), (file) => readFileSync(file, "utf8"));
    this.#tls = { ca, cert, key };
    return { port, pid: child.pid! };
  }

  async bare(one: string, items: number): Promise<Running> {
    const pki = join(this.folder, "data/pki");
    const database = join(this.folder, `bare-${this.#children.length}.db`);
    const options: BareOptions = {
      certFile: join(pki, "apiserver.crt"),
      keyFile: join(pki, "apiserver.key"),
      one,
      items,
      database,
    };
    const child = fork(join(import.meta.dirname, "bare.ts"), [JSON.stringify(options)], {
      execArgv: ["--max-semi-space-size=8", "--disable-warning=ExperimentalWarning"],
    });
    this.#children.push(child);
    const { port } = await message<{ port: number }>(child);
    return { port, pid: child.pid! };
  }

  /** One job of the load generator. */
  async run(server: Running, job: Ask["job"]): Promise<Report> {
    if (this.#load === undefined) {
      this.#load = fork(join(import.meta.dirname, "load.ts"), [], { execArgv: ["--max-semi-space-size=32"] });
      this.#children.push(this.#load);
    }
    if (this.#tls === undefined) throw new Error("the API server comes first: its keys are used");
    const ask: Ask = { ...server, tls: this.#tls, job };
    this.#load.send(ask);
    const answer = await message<{ report: Report } | { error: string }>(this.#load);
    if ("error" in answer) throw new Error(answer.error);
    return answer.report;
  }

  async text(server: Running, path: string): Promise<string> {
    return (await this.run(server, { type: "text", path })).text ?? "";
  }

  /** Ends every process, then takes the folder away. */
  async close(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.connected) child.disconnect();
      else child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error("a process of the benchmark ended"));
    child.once("exit", gone);
    child.once("message", (value) => {
      child.removeListener("exit", gone);
      resolve(value as T);
    });
  });
}

function said(child: ChildProcess, text: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    const late = setTimeout(() => reject(new Error(`no answer within ${START_MS} ms: ${output}`)), START_MS);
    child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (!text.test(output)) return;
      clearTimeout(late);
      resolve();
    });
    child.once("exit", () => reject(new Error(`it ended: ${output}`)));
  });
}
