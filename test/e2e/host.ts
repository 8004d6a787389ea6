// What the end-to-end tests know of the machine: programs with a time limit, waiting, one test at a time on a machine,
// and what a cluster could have left behind. It refuses to know what is tested.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CAPABILITIES } from "../../tools/stages/skips.ts";

export const ROOT = path.join(import.meta.dirname, "../..");
export const KUBECTL = path.join(ROOT, ".cache/tools/kubectl");
export const HELM = path.join(ROOT, ".cache/tools/helm");
export const KAJI = path.join(ROOT, "bin/kaji");

/** For `test(…, { skip })`: false, or what is missing here of what real nodes need, and of what else the test does. */
export function withoutRealNodes(...alsoNeeded: readonly string[]): string | false {
  const needs = ["root", "containerd", "nftables", "kubectl", ...alsoNeeded];
  const missing = needs.find((need) => !CAPABILITIES[need]!());
  return missing !== undefined && `needs ${missing}`;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** After so long it is killed, and the code is 124. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end, whatever its exit code. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, input, timeoutMs = 30_000 } = options;
  return new Promise((resolve, reject) => {
    const stdin = input === undefined ? "ignore" : "pipe";
    const child = spawn(program, args, { stdio: [stdin, "pipe", "pipe"], env: { ...process.env, ...env } });
    let stdout = "";
    let stderr = "";
    let late = false;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code: late ? 124 : (code ?? 1), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

/** As `run`, but a failure throws with all that the program said. */
export async function must(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code === 0) return stdout;
  throw new Error(`${path.basename(program)} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
}

/** Looks every 100 ms until `look` gives something; throws with the last failure otherwise. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, withinMs = 30_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  do {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  } while (performance.now() < deadline);
  throw new Error(`not within ${withinMs / 1000} s: ${what}`, { cause: last });
}

/** Excludes other end-to-end tests on this machine until the returned function is called. */
export async function lockMachine(withinMs = 300_000): Promise<() => void> {
  const file = path.join(tmpdir(), "kaji-e2e.lock");
  const take = (): boolean => {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    }
  };
  await until(
    `${file} is free`,
    async () => {
      if (take()) return true;
      if (!isRunning(Number(readFileSync(file, "utf8")))) rmSync(file, { force: true });
      return undefined;
    },
    withinMs,
  );
  return () => rmSync(file, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Everything on this host that carries the cluster's id or its data folder. Empty after `down`. */
export async function remains(id: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  const look = (what: string, lines: readonly string[]): void => {
    for (const line of lines) if (line.includes(id) || line.includes(folder)) found.push(`${what}: ${line.trim()}`);
  };
  look("link", (await must("ip", ["-o", "link"])).split("\n"));
  look("address", (await must("ip", ["-o", "address"])).split("\n"));
  look("route", (await must("ip", ["route"])).split("\n"));
  look("nft", (await must("nft", ["list", "ruleset"])).split("\n"));
  look("mount", (await readFile("/proc/self/mounts", "utf8")).split("\n"));
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // It may have ended since it was listed.
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (Number(pid) !== process.pid) look(`process ${pid}`, [command.replaceAll("\0", " ")]);
  }
  look("cgroup", await groupsBelow("/sys/fs/cgroup", 3));
  look(
    "run",
    (await readdir("/run/kaji").catch(() => [])).map((name) => `/run/kaji/${name}`),
  );
  return found;
}

async function groupsBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(folder, entry.name));
  if (depth === 0) return folders;
  return [...folders, ...(await Promise.all(folders.map((each) => groupsBelow(each, depth - 1)))).flat()];
}
