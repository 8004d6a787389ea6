// What this machine is: its amounts, its kernel, its names. It refuses to guess: what cannot be read is left empty.
import { readFile, statfs } from "node:fs/promises";
import { cpus, hostname, release, totalmem } from "node:os";
import type { Disk } from "../images/collection.ts";
import type { NodeFacts } from "./facts.ts";
import type { Shortage } from "./shortages.ts";

export interface MachineOptions {
  readonly name: string;
  readonly ips: readonly string[];
  readonly kubeletPort: number;
  readonly kubeletVersion: string;
  /** The disk that images and pods use. */
  readonly dataFolder: string;
  readonly podCIDRs?: readonly string[];
  readonly maxPods?: number;
}

/** As many pods as upstream allows by default. */
const MAX_PODS = 110;
/** Below this share of free space or memory the node says that it is short. */
const LEAST_FREE_DISK = 0.1;
const LEAST_FREE_MEMORY_BYTES = 100 * 1024 * 1024;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "arm" };

async function text(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return ""; // Not on this machine.
  }
}

let counted: number | undefined;

/** Counted once: asking reads the clock of each processor, and facts are asked for again and again. */
const processors = (): number => (counted ??= cpus().length);

export async function machineFacts(options: MachineOptions): Promise<NodeFacts> {
  const disk = await statfs(options.dataFolder);
  const diskBytes = disk.blocks * disk.bsize;
  const capacity = {
    cpu: String(processors()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    "ephemeral-storage": `${Math.floor(diskBytes / 1024)}Ki`,
    pods: String(options.maxPods ?? MAX_PODS),
  };
  const osRelease = await text("/etc/os-release");
  return {
    name: options.name,
    ips: options.ips,
    hostname: hostname(),
    os: "linux",
    hasAppArmor: (await text("/sys/module/apparmor/parameters/enabled")).startsWith("Y"),
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    capacity,
    // What is allocatable leaves a tenth of the disk to the machine, as upstream's eviction threshold does.
    allocatable: {
      ...capacity,
      "ephemeral-storage": String(Math.floor(diskBytes * (1 - LEAST_FREE_DISK))),
      memory: `${Math.floor((totalmem() - LEAST_FREE_MEMORY_BYTES) / 1024)}Ki`,
    },
    machineID: await text("/etc/machine-id"),
    systemUUID: (await text("/sys/class/dmi/id/product_uuid")) || (await text("/etc/machine-id")),
    bootID: await text("/proc/sys/kernel/random/boot_id"),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? "Linux",
    kubeletVersion: options.kubeletVersion,
    kubeletPort: options.kubeletPort,
    ...(options.podCIDRs && { podCIDRs: options.podCIDRs }),
  };
}

/** The file system that a folder is on. */
export async function diskOf(folder: string): Promise<Disk> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { capacityBytes: blocks * bsize, availableBytes: bavail * bsize };
}

/** What the machine is short of now. */
export async function machineShortages(dataFolder: string): Promise<readonly Shortage[]> {
  const disk = await statfs(dataFolder);
  const available =
    Number(/^MemAvailable:\s*(\d+)/m.exec(await text("/proc/meminfo"))?.[1] ?? Number.MAX_SAFE_INTEGER) * 1024;
  const [running, most] = [
    Number((await text("/proc/loadavg")).split(" ")[3]?.split("/")[1] ?? 0),
    Number(await text("/proc/sys/kernel/pid_max")) || Number.MAX_SAFE_INTEGER,
  ];
  const looked: readonly Shortage[] = [
    { resource: "memory", threshold: LEAST_FREE_MEMORY_BYTES, available },
    {
      resource: "ephemeral-storage",
      threshold: Math.floor((disk.blocks * disk.bsize * LEAST_FREE_DISK) / 2),
      available: disk.bavail * disk.bsize,
    },
    { resource: "pids", threshold: Math.floor(most / 10), available: most - running },
  ];
  return looked.filter((one) => one.available < one.threshold);
}
