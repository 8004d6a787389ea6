// A whole cluster for the figures that need one: `kaji up` on an empty folder, real where the machine allows it. It refuses to
// touch the user's own kubeconfig, and leaves nothing behind.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectionOf, parseKubeconfig } from "../../src/client/kubeconfig.ts";
import { httpsClient } from "../../src/client/https.ts";
import type { HttpsClient } from "../../src/client/https.ts";
import { lockMachine } from "../e2e/host.ts";
import { KAJI, freePort } from "./servers.ts";

export interface BenchCluster {
  readonly data: string;
  readonly client: HttpsClient;
  /** Milliseconds from the call until a line of `up` said so; see its progress lines. */
  readonly said: (text: RegExp) => number | undefined;
  readonly controlPlanePid: number;
  readonly agentPid: number;
  readonly isReal: boolean;
  /** Milliseconds that `up` took to return. */
  readonly upMs: number;
  close(): Promise<void>;
}

interface Line {
  readonly text: string;
  readonly at: number;
}

/** Whether nodes can be real here; else the reason. */
export const withoutNode = process.getuid?.() === 0 ? undefined : "not root: nodes are simulated";

export async function startCluster(): Promise<BenchCluster> {
  const unlock = await lockMachine();
  const folder = mkdtempSync(join(tmpdir(), "kaji-bench-"));
  const data = join(folder, "data");
  const env = { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder };
  const close = async () => {
    await kaji(["down", "--data", data, "--delete"], env);
    rmSync(folder, { recursive: true, force: true });
    unlock();
  };
  try {
    const lines: Line[] = [];
    const began = performance.now();
    const port = String(await freePort());
    const said = (text: RegExp) => lines.find((line) => text.test(line.text))?.at;
    const onText = (text: string) => lines.push({ text, at: performance.now() - began });
    await kaji(["up", "--data", data, "--port", port, "--no-kubeconfig"], env, onText);
    const upMs = performance.now() - began;
    const status = JSON.parse(await kaji(["status", "--data", data, "-o", "json"], env)) as {
      pid: number;
      nodes: { agentPid: number }[];
    };
    const config = parseKubeconfig(readFileSync(join(data, "kubeconfig"), "utf8"));
    const client = httpsClient(
      connectionOf(config, (file) => readFileSync(file, "utf8")),
      { userAgent: "bench" },
    );
    return {
      data,
      client,
      said,
      upMs,
      controlPlanePid: status.pid,
      agentPid: status.nodes[0]!.agentPid,
      isReal: withoutNode === undefined,
      close: async () => {
        await client.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Resolves with what it wrote to stdout. */
export function kaji(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onText?: (text: string) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(KAJI, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let problems = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      problems += text;
      onText?.(text);
    });
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`kaji ${args.join(" ")} ended with ${code}: ${problems}`));
    });
  });
}
