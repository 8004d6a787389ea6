// Removes logs that nobody can ask for any more: of pods that are gone, and of containers that the runtime has removed. It
// refuses to touch what is not named as the kubelet names it.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Cri } from "../cri.ts";
import { LABELS } from "../parts.ts";

/** `wanted`: whether the pod of this uid is still taken care of. Below `folder` lies `NS_NAME_UID/CONTAINER/N.log`. */
export async function removeDeadLogs(
  { cri, folder }: { readonly cri: Cri; readonly folder: string },
  wanted: (podUid: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { containers } = await cri.runtime.listContainers({}, { signal });
  /** The lowest attempt that is still there, by pod and container. */
  const lowest = new Map<string, number>();
  for (const { labels, metadata } of containers) {
    const key = `${labels[LABELS.podUid]}/${labels[LABELS.containerName]}`;
    lowest.set(key, Math.min(lowest.get(key) ?? Infinity, metadata?.attempt ?? 0));
  }
  for (const pod of await entries(folder)) {
    const uid = /^[^_]+_[^_]+_([^_]+)$/.exec(pod)?.[1];
    if (uid === undefined) continue;
    if (!wanted(uid)) await rm(join(folder, pod), { recursive: true, force: true });
    else
      for (const name of await entries(join(folder, pod)))
        await removeOld(join(folder, pod, name), lowest.get(`${uid}/${name}`));
  }
}

/** Also what was set aside of them: `N.log.20260102-030405.gz`. */
async function removeOld(folder: string, lowest: number | undefined): Promise<void> {
  if (lowest === undefined) return;
  for (const name of await entries(folder)) {
    const attempt = /^(\d+)\.log(\.|$)/.exec(name)?.[1];
    if (attempt !== undefined && Number(attempt) < lowest) await rm(join(folder, name), { force: true });
  }
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
