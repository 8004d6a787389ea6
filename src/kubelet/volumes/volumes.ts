// The volumes of pods on this node, made as folders and mounts. It refuses kinds that no part of Kaji provides yet, by
// name.
import { chmod, chown, lstat, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { nameSuffix } from "../../base/random.ts";
import { quantityValue } from "../../base/quantity.ts";
import { formatTime } from "../../base/timestamp.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Volume } from "../../resources/core/pod/volume.ts";
import { run } from "../network/host.ts";
import { NotYet } from "../parts.ts";
import type { PodVolumes } from "../parts.ts";
import { writePayload } from "./atomic-writer.ts";
import type { ImageVolumes } from "./image-volumes.ts";
import { linkToMemory, memoryKeeper, mountMemory, mountsBelow } from "./memory.ts";
import type { NodeFolders } from "./paths.ts";
import { memoryFolder, podFolder, podMemory, volumeFolder } from "./paths.ts";
import type { PayloadFacts } from "./payload.ts";
import { payloadOf } from "./payload.ts";

export interface VolumesOptions {
  readonly folders: NodeFolders;
  readonly facts: (pod: Pod) => PayloadFacts;
  readonly forget: (podUid: string) => void;
  readonly imageVolumes?: Pick<ImageVolumes, "release"> | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** The upstream name of a volume's plug-in; undefined for kinds that are not provided. */
export function volumeKind(volume: Volume): string | undefined {
  if (volume.emptyDir) return "empty-dir";
  if (volume.configMap) return "configmap";
  if (volume.secret) return "secret";
  if (volume.downwardAPI) return "downward-api";
  if (volume.projected) return "projected";
  if (volume.image) return "image";
  return volume.hostPath ? "host-path" : undefined;
}

/** Where a volume's content is on the host. */
export function volumePath(folders: NodeFolders, pod: Pod, volume: Volume): string {
  if (volume.hostPath) return volume.hostPath.path;
  const folder = isSecret(volume) ? memoryFolder : volumeFolder;
  return folder(folders, pod.metadata.uid ?? "", volumeKind(volume) ?? "unknown", volume.name);
}

/** As upstream: ConfigMaps lie on the disk, everything else that Kaji writes for a pod does not. */
const isSecret = ({ secret, projected, downwardAPI }: Volume) => (secret ?? projected ?? downwardAPI) !== undefined;

export function nodeVolumes(options: VolumesOptions): PodVolumes {
  const { folders, clock, random } = options;
  const memory = memoryKeeper(folders.memory);
  const stamp = () => `${formatTime(clock.now()).replaceAll(/[-:T]/g, "_").slice(0, 19)}.${nameSuffix(random, 8)}`;

  async function make(pod: Pod, volume: Volume): Promise<void> {
    const kind = volumeKind(volume);
    if (!kind) {
      const [source = "nothing"] = Object.keys(volume).filter((k) => k !== "name");
      throw new NotYet(
        "FailedMount",
        `MountVolume.SetUp failed for volume "${volume.name}" : volumes of kind ${source} are not provided on this node`,
      );
    }
    const place = volumePath(folders, pod, volume);
    const fsGroup = pod.spec.securityContext?.fsGroup;
    if (volume.hostPath) return hostPath(volume);
    // Shown when a container needs it, after its image has been pulled.
    if (volume.image) return;
    if (volume.emptyDir) return emptyDir(volume, place, fsGroup);
    const payload = await payloadOf(pod, volume, options.facts(pod));
    if (!payload) return;
    if (isSecret(volume)) await memory();
    await writePayload(place, payload, { fsGroup, stamp });
    if (isSecret(volume)) await linkToMemory(volumeFolder(folders, pod.metadata.uid ?? "", kind, volume.name), place);
  }

  return {
    async prepare(pod, signal) {
      for (const volume of pod.spec.volumes ?? []) {
        signal.throwIfAborted();
        try {
          await make(pod, volume);
        } catch (error) {
          throw notMounted(volume, error);
        }
      }
    },
    async remove(uid) {
      options.forget(uid);
      const folder = podFolder(folders, uid);
      for (const mount of await mountsBelow(folder)) await run("umount", [mount]);
      await options.imageVolumes?.release(uid);
      await Promise.all([folder, podMemory(folders, uid)].map((one) => rm(one, { recursive: true, force: true })));
    },
    async leftovers() {
      const uids = await Promise.all([join(folders.root, "pods"), folders.memory].map(entries));
      return [...new Set(uids.flat())];
    },
  };
}

/** Whatever went wrong, a disk without room included, is said of the volume that it went wrong with. */
function notMounted({ name }: Volume, error: unknown): NotYet {
  if (error instanceof NotYet && error.reason === "FailedMount") return error;
  const why = error instanceof Error ? error.message : String(error);
  return new NotYet("FailedMount", `MountVolume.SetUp failed for volume "${name}" : ${why}`, { cause: error });
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A folder that all of the pod may write; in memory when asked for. An existing one keeps its content. */
async function emptyDir(volume: Volume, place: string, fsGroup: number | undefined): Promise<void> {
  const { medium = "", sizeLimit } = volume.emptyDir!;
  const fresh = await mkdir(place, { recursive: true, mode: 0o777 });
  if (medium === "Memory" && !(await mountsBelow(place)).includes(place)) {
    const size = sizeLimit && quantityValue(sizeLimit) > 0 ? [`size=${quantityValue(sizeLimit)}`] : [];
    await mountMemory(place, ["mode=1777", ...size]);
  } else if (fresh === undefined) return;
  // What is in memory is as a tmpfs is by itself: nobody may remove another one's files.
  const mode = medium === "Memory" ? 0o1777 : 0o777;
  if (fsGroup !== undefined) await chown(place, 0, fsGroup);
  await chmod(place, fsGroup === undefined ? mode : mode | 0o2000);
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  Directory: "directory",
  File: "file",
  Socket: "socket file",
  CharDevice: "character device",
  BlockDevice: "block device",
};

/** Checks what `type` promises, and makes what `…OrCreate` asks for. */
async function hostPath({ name, hostPath: source }: Volume): Promise<void> {
  const { path, type = "" } = source!;
  if (type === "") return;
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found && type === "DirectoryOrCreate") return void (await mkdir(path, { recursive: true, mode: 0o755 }));
  if (!found && type === "FileOrCreate") return writeFile(path, "", { mode: 0o644, flag: "a" });
  const wanted = type.replace("OrCreate", "");
  const isWanted =
    found &&
    {
      Directory: found.isDirectory(),
      File: found.isFile(),
      Socket: found.isSocket(),
      CharDevice: found.isCharacterDevice(),
      BlockDevice: found.isBlockDevice(),
    }[wanted];
  if (!isWanted)
    throw new NotYet(
      "FailedMount",
      `MountVolume.SetUp failed for volume "${name}" : hostPath type check failed: ${path} is not a ${TYPE_NAMES[wanted] ?? wanted}`,
    );
}
