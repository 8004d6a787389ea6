// What the machine and its pods use now: the machine's own files, and the runtime's figures by pod. It refuses to keep
// a history but for the last reading, from which rates are made.
import { readFile, statfs } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import type { ContainerStats, PodSandboxStats } from "../../wire/cri/stats.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import { LABELS } from "../parts.ts";

/** Counter in nanoseconds of a core; `nanoCores` its rate since the reading before, absent at first. */
export interface Cpu {
  readonly time: number;
  readonly coreNanoseconds: number;
  readonly nanoCores?: number | undefined;
}

export interface Memory {
  readonly workingSet: number;
  readonly usage: number;
  readonly rss: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
}

export interface Used {
  readonly cpu: Cpu;
  readonly memory: Memory;
}

export interface ContainerUse extends Used {
  readonly name: string;
  readonly startedAt: number;
  readonly rootBytes: number;
  readonly rootInodes: number;
}

export interface PodUse extends Used {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly startedAt: number;
  readonly network: {
    readonly rxBytes: number;
    readonly rxErrors: number;
    readonly txBytes: number;
    readonly txErrors: number;
  };
  readonly containers: readonly ContainerUse[];
}

export interface NodeUse extends Used {
  readonly name: string;
  readonly bootedAt: number;
  readonly availableMemory: number;
  readonly disk: {
    readonly capacity: number;
    readonly available: number;
    readonly inodes: number;
    readonly inodesFree: number;
  };
}

export interface Usage {
  node(): Promise<NodeUse>;
  pods(): Promise<readonly PodUse[]>;
}

/**
 * The figures of these sandboxes. containerd's list fails as a whole when it keeps one that has ended, which every finished
 * pod has: then each is asked for by itself, and one that ends meanwhile has no figures.
 */
async function sandboxStats({ runtime }: Cri, ids: readonly string[]): Promise<readonly PodSandboxStats[]> {
  let failure: unknown;
  try {
    return (await runtime.listPodSandboxStats({})).stats;
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
    failure = error;
  }
  const each = await Promise.all(
    ids.map((podSandboxId) =>
      runtime.podSandboxStats({ podSandboxId }).catch((error: unknown) => {
        if (error instanceof GrpcError) return undefined;
        throw error;
      }),
    ),
  );
  if (each.length > 0 && each.every((answer) => answer === undefined)) throw failure;
  return each.flatMap((answer) => answer?.stats ?? []);
}

/** Ticks of /proc/stat: the kernel's interface is fixed at a hundredth of a second. */
const TICK_NS = 1e7;

export function nodeUsage(options: {
  readonly cri: Cri;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly folder: string;
}): Usage {
  const { cri, clock, nodeName, folder } = options;
  const before = new Map<string, Cpu>();

  /** The rate since the last reading; readings of the same instant share theirs. */
  function rated(key: string, time: number, coreNanoseconds: number, given: number): Cpu {
    const last = before.get(key);
    if (last?.time === time) return last;
    const ms = last === undefined ? 0 : time - last.time;
    const rate =
      ms > 0 && coreNanoseconds >= last!.coreNanoseconds
        ? ((coreNanoseconds - last!.coreNanoseconds) / ms) * 1000
        : undefined;
    const nanoCores = given > 0 ? given : rate;
    const cpu = { time, coreNanoseconds, ...(nanoCores !== undefined && { nanoCores: Math.round(nanoCores) }) };
    before.set(key, cpu);
    return cpu;
  }

  function used(key: string, { cpu, memory }: Pick<ContainerStats, "cpu" | "memory">): Used {
    const time = cpu?.timestamp ? Number(cpu.timestamp / 1_000_000n) : clock.now();
    return {
      cpu: rated(key, time, Number(cpu?.usageCoreNanoSeconds?.value ?? 0), Number(cpu?.usageNanoCores?.value ?? 0)),
      memory: {
        workingSet: memory?.workingSetBytes?.value ?? 0,
        usage: memory?.usageBytes?.value ?? 0,
        rss: memory?.rssBytes?.value ?? 0,
        pageFaults: memory?.pageFaults?.value ?? 0,
        majorPageFaults: memory?.majorPageFaults?.value ?? 0,
      },
    };
  }

  return {
    async node() {
      const [stat, info, disk] = await Promise.all([
        readFile("/proc/stat", "utf8"),
        readFile("/proc/meminfo", "utf8"),
        statfs(folder),
      ]);
      const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? "")
        .split(" ")
        .map(Number);
      const amount = (name: string) => Number(new RegExp(`^${name}: *(\\d+)`, "m").exec(info)?.[1] ?? 0) * 1024;
      const [total, available] = [amount("MemTotal"), amount("MemAvailable")];
      return {
        name: nodeName,
        bootedAt: Number(/^btime (\d+)/m.exec(stat)?.[1] ?? 0) * 1000,
        availableMemory: available,
        cpu: rated("", clock.now(), (user + nice + system + irq + soft + steal) * TICK_NS, 0),
        memory: {
          workingSet: total - available,
          usage: total - amount("MemFree"),
          rss: amount("AnonPages"),
          pageFaults: 0,
          majorPageFaults: 0,
        },
        disk: {
          capacity: disk.blocks * disk.bsize,
          available: disk.bavail * disk.bsize,
          inodes: disk.files,
          inodesFree: disk.ffree,
        },
      };
    },
    async pods() {
      const [{ items }, { containers }] = await Promise.all([
        cri.runtime.listPodSandbox({ filter: { state: { state: "SANDBOX_READY" } } }),
        cri.runtime.listContainers({ filter: { state: { state: "CONTAINER_RUNNING" } } }),
      ]);
      const stats = await sandboxStats(
        cri,
        items.map(({ id }) => id),
      );
      const startedAt = new Map(
        [...items, ...containers].map(({ id, createdAt }) => [id, Number(createdAt / 1_000_000n)]),
      );
      const alive = new Set(
        stats
          .map(({ attributes }) => attributes?.id ?? "")
          .concat(
            containers.map(({ id }) => id),
            [""],
          ),
      );
      for (const key of before.keys()) if (!alive.has(key)) before.delete(key);
      return stats.flatMap(({ attributes, linux }): PodUse[] => {
        const { id = "", labels = {} } = attributes ?? {};
        const uid = labels[LABELS.podUid];
        // What has ended uses nothing: it would be a second sample of the same name.
        if (uid === undefined || !linux || !startedAt.has(id)) return [];
        const { rxBytes, rxErrors, txBytes, txErrors } = linux.network?.defaultInterface ?? {};
        const own = linux.containers
          .filter((one) => startedAt.has(one.attributes?.id ?? ""))
          .map((one): ContainerUse => ({
            ...used(one.attributes?.id ?? "", one),
            name: one.attributes?.labels[LABELS.containerName] ?? one.attributes?.metadata?.name ?? "",
            startedAt: startedAt.get(one.attributes?.id ?? "") ?? 0,
            rootBytes: one.writableLayer?.usedBytes?.value ?? 0,
            rootInodes: one.writableLayer?.inodesUsed?.value ?? 0,
          }));
        return [
          {
            ...used(id, linux),
            name: labels[LABELS.podName] ?? "",
            namespace: labels[LABELS.podNamespace] ?? "",
            uid,
            startedAt: startedAt.get(id) ?? 0,
            network: {
              rxBytes: rxBytes?.value ?? 0,
              rxErrors: rxErrors?.value ?? 0,
              txBytes: txBytes?.value ?? 0,
              txErrors: txErrors?.value ?? 0,
            },
            containers: own,
          },
        ];
      });
    },
  };
}
