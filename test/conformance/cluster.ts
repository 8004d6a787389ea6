// Starts Kaji's components as processes on a folder of their own, for the recorded cases. It refuses to know what the
// cases are (replay.ts does) and leaves nothing behind.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connectionOf, parseKubeconfig } from "../../src/client/kubeconfig.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const KAJI = path.join(ROOT, "bin/kaji");
/** How long a component may take to answer, or to end. */
const START_MS = 30_000;
const END_MS = 10_000;
/** What is kept of a component's output for a failure's report. */
const MOST_OUTPUT = 20_000;

/** Where the recordings lie; they are not part of the repository. */
export const REFERENCE = path.resolve(ROOT, process.env["KAJI_REFERENCE"] ?? "../shared/reference");
/** For `test(…, { skip })`: false, or the reason. */
export const withoutReference: string | false = existsSync(path.join(REFERENCE, "replay.mjs"))
  ? false
  : "needs reference";

export interface Component {
  /** The end of what it wrote. */
  output(): string;
  stop(): Promise<void>;
}

/** What a replay program needs to know. */
export interface Target {
  /** For its report. */
  readonly folder: string;
  /** The server and an administrator's keys, as the replay programs take them. */
  readonly credentials: readonly string[];
}

/** An API server, and what was started beside it. */
export interface Cluster extends Target {
  /** Starts `kaji <args> --kubeconfig …` beside it. */
  component(args: readonly string[], env?: Readonly<Record<string, string>>): Component;
  stop(): Promise<void>;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** `bin/kaji apiserver` on an empty folder; resolves when it has said that it answers. */
export async function startApiserver(): Promise<Cluster> {
  const folder = await mkdtemp(path.join(tmpdir(), "kaji-conformance-"));
  const data = path.join(folder, "data");
  const port = await freePort();
  const components: Component[] = [];
  const stop = async (): Promise<void> => {
    for (const component of components.reverse()) await component.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const api = start(["apiserver", "--data", data, "--port", String(port)]);
    components.push(api.component);
    await api.says(/answers at/);
    const kubeconfig = path.join(data, "kubeconfig");
    const credentials = await credentialsIn(folder, kubeconfig);
    const component = (args: readonly string[], env = {}): Component => {
      const started = start([...args, "--kubeconfig", kubeconfig], env);
      components.push(started.component);
      return started.component;
    };
    return { folder, credentials, component, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The keys of a kubeconfig as files of `folder`, and the options that name them. */
export async function credentialsIn(folder: string, kubeconfig: string): Promise<readonly string[]> {
  const read = (file: string): string => readFileSync(file, "utf8");
  const { server, ca = "", cert = "", key = "" } = connectionOf(parseKubeconfig(read(kubeconfig)), read);
  const options = ["--server", server];
  for (const [name, text] of Object.entries({ ca, cert, key })) {
    const file = path.join(folder, `${name}.pem`);
    await writeFile(file, text, { mode: 0o600 });
    options.push(`--${name}`, file);
  }
  return options;
}

/** A process in the foreground whose output is kept. */
function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { component: Component; says(text: RegExp): Promise<void> } {
  const child = spawn(KAJI, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let output = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-MOST_OUTPUT);
      for (const look of waiting) look();
    });
  }
  child.once("close", () => {
    for (const look of waiting) look();
  });
  const says = (text: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (error?: Error): void => {
        clearTimeout(timer);
        waiting.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = (): void => {
        if (text.test(output)) end();
        else if (ended(child)) end(new Error(`kaji ${args.join(" ")} ended:\n${output}`));
      };
      const timer = setTimeout(
        () => end(new Error(`kaji ${args.join(" ")} did not say ${text} in time:\n${output}`)),
        START_MS,
      );
      waiting.add(look);
      look();
    });
  return { component: { output: () => output, stop: () => stopChild(child) }, says };
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

function stopChild(child: ChildProcess): Promise<void> {
  if (ended(child)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
