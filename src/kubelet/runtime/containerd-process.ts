// The private containerd of a node: found running or started, in a session of its own, so that pods outlive every crash of Kaji.
// It refuses to end it when the agent ends; `kaji down` does that.
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isRunning, readNote, spawnDetached, writeNote } from "../../base/processes.ts";
import type { ProcessNote } from "../../base/processes.ts";
import { writeWhole } from "../../base/whole-file.ts";
import { Version } from "../../wire/containerd/version.ts";
import { connectGrpc } from "../../wire/grpc/client.ts";
import { containerdConfig } from "./containerd-config.ts";

export interface ContainerdOptions {
  /** Below the data folder: root, log, note. */
  readonly folder: string;
  /** Below /run. */
  readonly runFolder: string;
  readonly cniConfigFolder: string;
  readonly clock: Clock;
  readonly log: Log;
}

const START_WAIT_MS = 30_000;
/** Between two looks whether it still runs. */
const LOOK_MS = 1000;
const CNI_FOLDERS = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];
const CAP_SYS_RESOURCE = 24n;

export const containerdSocket = (runFolder: string): string => join(runFolder, "containerd.sock");
export const containerdNote = (folder: string): string => join(folder, "containerd.json");

/** Resolves once it answers. Throws when it does not within half a minute; the message names its log. */
export async function ensureContainerd(options: ContainerdOptions): Promise<void> {
  const { folder, runFolder, log } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(runFolder, { recursive: true, mode: 0o711 });
  const note = containerdNote(folder);
  if (!(await readNote(note))) {
    const config = join(folder, "config.toml");
    await writeWhole(config, containerdConfig(await place(options)));
    const { pid, ended } = spawnDetached({
      command: "containerd",
      args: ["--config", config],
      logFile: join(folder, "containerd.log"),
    });
    ended.then(
      (code) => log.warn("containerd ended", { code }),
      (error: unknown) => log.error("containerd could not be started", { error: String(error) }),
    );
    if (pid) await writeNote(note, pid, {});
  }
  await answers(options);
}

/** Starts it again whenever it has ended, until `signal` aborts; what runs in it goes on meanwhile, in its shims. */
export async function keepContainerd(options: ContainerdOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, folder } = options;
  let running: ProcessNote | undefined;
  while (!signal.aborted) {
    try {
      await clock.sleep(LOOK_MS, signal);
      if (running !== undefined && isRunning(running)) continue;
      running = await readNote(containerdNote(folder));
      if (running !== undefined) continue;
      log.warn("containerd is gone; it is started again");
      await ensureContainerd(options);
    } catch (error) {
      if (signal.aborted) return;
      log.error("containerd does not come back", { error: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function place({ folder, runFolder, cniConfigFolder }: ContainerdOptions) {
  return {
    root: join(folder, "root"),
    state: join(runFolder, "containerd"),
    socket: containerdSocket(runFolder),
    cniConfigFolder,
    cniPluginFolder: CNI_FOLDERS.find((f) => existsSync(join(f, "bridge"))) ?? CNI_FOLDERS[0]!,
    mayLowerOomScore: await hasCapability(CAP_SYS_RESOURCE),
    hasAppArmor: existsSync("/sys/module/apparmor/parameters/enabled"),
  };
}

async function hasCapability(number: bigint): Promise<boolean> {
  const status = await readFile("/proc/self/status", "utf8");
  const bits = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${bits}`) >> number) & 1n) === 1n;
}

async function answers({ runFolder, folder, clock }: ContainerdOptions): Promise<void> {
  const connection = connectGrpc({ address: `unix://${containerdSocket(runFolder)}`, clock });
  const deadline = clock.monotonic() + START_WAIT_MS;
  let last = "";
  try {
    while (clock.monotonic() < deadline) {
      try {
        await connection.client(Version).version({}, { timeoutMs: 2000 });
        return;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      await clock.sleep(15);
    }
  } finally {
    connection.close();
  }
  throw new Error(`containerd does not answer: ${last}; its log is ${join(folder, "containerd.log")}`);
}
