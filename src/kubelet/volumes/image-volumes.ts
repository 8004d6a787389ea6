// Volumes that show what an image holds, mounted by the node itself: runtimes do it only since containerd 2.1. It refuses to
// pull, and to let anything be written.
import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ImageViews } from "../../wire/containerd/image-view.ts";
import type { SnapshotMount } from "../../wire/containerd/snapshots.ts";
import { run } from "../network/host.ts";
import { mountsBelow } from "./memory.ts";
import type { NodeFolders } from "./paths.ts";
import { podFolder } from "./paths.ts";

export interface ImageVolumes {
  /** The folder in which a pod's volume shows the image; made if it is not there. */
  show(podUid: string, volume: string, imageRef: string): Promise<string>;
  /** After the pod's mounts were undone, before its folder goes: what its volumes held is let go. */
  release(podUid: string): Promise<void>;
}

export function mountedImages(folders: NodeFolders, views: ImageViews): ImageVolumes {
  const folderOf = (uid: string) => join(podFolder(folders, uid), "volumes", "kubernetes.io~image");
  /** Two containers that start at once may both want it. */
  const making = new Map<string, Promise<void>>();

  async function make(place: string, key: string, imageRef: string): Promise<void> {
    if ((await mountsBelow(place)).includes(place)) return;
    await mkdir(place, { recursive: true, mode: 0o755 });
    const mounts = await views.view(key, imageRef);
    // An image without layers is an empty folder.
    if (mounts.length > 0) await run("mount", mountArguments(mounts, place));
  }

  return {
    async show(uid, volume, imageRef) {
      const short = imageRef.replace(/^sha256:/, "").slice(0, 12);
      const place = join(folderOf(uid), volume, short);
      let made = making.get(place);
      if (made === undefined) {
        made = make(place, keyOf(uid, volume, short), imageRef).finally(() => making.delete(place));
        making.set(place, made);
      }
      await made;
      return place;
    },
    async release(uid) {
      for (const volume of await entries(folderOf(uid)))
        for (const short of await entries(join(folderOf(uid), volume))) await views.remove(keyOf(uid, volume, short));
    },
  };
}

const keyOf = (uid: string, volume: string, short: string): string => `kaji-volume-${uid}-${volume}-${short}`;

/** Read-only whatever the snapshot says, and nothing that is in it gives rights. */
export function mountArguments(mounts: readonly SnapshotMount[], place: string): string[] {
  const [{ type, source, options } = { type: "", source: "", options: [] as readonly string[] }, ...more] = mounts;
  if (more.length > 0) throw new Error(`an image of ${mounts.length} mounts cannot be shown in ${basename(place)}`);
  const kept = options.filter((option) => !/^(rw|ro|upperdir=.*|workdir=.*)$/.test(option));
  const all = [...kept, "ro", "nosuid", "nodev", "noexec"].join(",");
  return type === "bind" ? ["-o", all, source, place] : ["-t", type, "-o", all, source, place];
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
