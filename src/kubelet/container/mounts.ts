// What is mounted into a container, and where it lies on the host. It refuses sub-paths that lead out of their volume.
import { chmod, mkdir, realpath, stat } from "node:fs/promises";
import { join, normalize, sep } from "node:path";
import type { Pod } from "../../resources/core/pod.ts";
import type { VolumeMount } from "../../resources/core/pod/container.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import type { Mount } from "../../wire/cri/container-config.ts";
import type { AnyContainer } from "../parts.ts";
import { NotYet } from "../parts.ts";
import type { NodeFolders } from "../volumes/paths.ts";
import { volumePath } from "../volumes/volumes.ts";
import { expand } from "./expansion.ts";

const PROPAGATION = {
  None: "PROPAGATION_PRIVATE",
  HostToContainer: "PROPAGATION_HOST_TO_CONTAINER",
  Bidirectional: "PROPAGATION_BIDIRECTIONAL",
} as const;

const refused = (message: string) => new NotYet("CreateContainerConfigError", message);

/** The mounts of the container's volumes, in the order of the spec. */
export async function volumeMounts(
  folders: NodeFolders,
  pod: Pod,
  container: AnyContainer,
  variables: ReadonlyMap<string, string>,
): Promise<MessageInit<typeof Mount>[]> {
  const mounts: MessageInit<typeof Mount>[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find((v) => v.name === mount.name);
    if (!volume) throw refused(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const base = volumePath(folders, pod, volume);
    const files = volume.configMap ?? volume.secret ?? volume.projected ?? volume.downwardAPI;
    mounts.push({
      containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : join("/", mount.mountPath),
      hostPath: await source(base, container, mount, variables),
      // Files that Kaji keeps up to date are nobody else's to write.
      readonly: (mount.readOnly ?? false) || files !== undefined,
      propagation: PROPAGATION[(mount.mountPropagation ?? "None") as keyof typeof PROPAGATION],
    });
  }
  return mounts;
}

async function source(
  base: string,
  container: AnyContainer,
  mount: VolumeMount,
  variables: ReadonlyMap<string, string>,
): Promise<string> {
  const asked = mount.subPathExpr ? expand(mount.subPathExpr, (name) => variables.get(name)) : (mount.subPath ?? "");
  if (!asked) return base;
  if (asked.startsWith("/") || normalize(asked).split(sep).includes(".."))
    throw refused(`subPath ${JSON.stringify(asked)} must be a relative path within the volume`);
  try {
    return await folderInside(base, normalize(asked).split(sep).filter(Boolean));
  } catch (error) {
    if (!(error instanceof Escaped)) throw error;
    throw refused(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`);
  }
}

/** A link of the volume that leads out of it. */
class Escaped extends Error {
  override readonly name = "Escaped";
}

/**
 * The real place below `base`, links followed as long as they stay in the volume. As upstream: what is not there yet
 * becomes a folder with the mode of the volume's own. Made one by one: links must not lead a new folder out either.
 */
async function folderInside(base: string, parts: readonly string[]): Promise<string> {
  const root = await realpath(base);
  const mode = (await stat(root)).mode & 0o7777;
  let place = root;
  for (const part of parts) {
    const next = join(place, part);
    place = await realpath(next).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      await mkdir(next);
      await chmod(next, mode);
      return next;
    });
    if (place !== root && !place.startsWith(root + sep)) throw new Escaped(place);
  }
  return place;
}
