// What pods use of this node's disk: emptyDirs, logs, and the writable layers that the runtime knows of. It refuses to
// judge (pod/local-storage.ts).
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "../../resources/core/pod.ts";
import type { Cri } from "../cri.ts";
import { LABELS } from "../parts.ts";
import type { LocalUsage } from "../pod/local-storage.ts";
import { podLogFolder, volumeFolder } from "../volumes/paths.ts";
import type { NodeFolders } from "../volumes/paths.ts";

/** What a file takes on disk, by the kernel's blocks. */
const BLOCK_BYTES = 512;

/** Files with several names count once. What goes away while it is counted is not there. */
export async function bytesBelow(folder: string): Promise<number> {
  const seen = new Set<string>();
  const count = async (path: string): Promise<number> => {
    const stat = await orGone(lstat(path));
    if (stat === undefined) return 0;
    const key = `${stat.dev}:${stat.ino}`;
    const own = stat.nlink > 1 && !stat.isDirectory() && seen.has(key) ? 0 : stat.blocks * BLOCK_BYTES;
    seen.add(key);
    if (!stat.isDirectory()) return own;
    let total = own;
    for (const name of (await orGone(readdir(path))) ?? []) total += await count(join(path, name));
    return total;
  };
  return count(folder);
}

async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Volumes in memory are not on disk; what limits them is their own size. */
export function diskUsage(cri: Cri, folders: NodeFolders): (pod: Pod, signal: AbortSignal) => Promise<LocalUsage> {
  return async (pod, signal) => {
    const { uid = "", namespace = "", name = "" } = pod.metadata;
    const volumes: Record<string, number> = {};
    for (const volume of pod.spec.volumes ?? []) {
      if (!volume.emptyDir) continue;
      volumes[volume.name] = await bytesBelow(volumeFolder(folders, uid, "empty-dir", volume.name));
    }
    const containers: Record<string, number> = {};
    const { stats } = await cri.runtime.listContainerStats(
      { filter: { labelSelector: { [LABELS.podUid]: uid } } },
      { signal },
    );
    for (const { attributes, writableLayer } of stats) {
      const container = attributes?.labels[LABELS.containerName] ?? attributes?.metadata?.name ?? "";
      containers[container] = (containers[container] ?? 0) + (writableLayer?.usedBytes?.value ?? 0);
    }
    const logs = podLogFolder(folders, { uid, namespace, name });
    for (const container of Object.keys(containers)) containers[container]! += await bytesBelow(join(logs, container));
    return { volumes, containers };
  };
}
