// What is mounted into a container, and where it lies on the host. It refuses sub-paths that lead out of their volume.
import { mkdir, realpath } from "node:fs/promises";
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
      hostPath: await source(base, mount, variables),
      // Files that Kaji keeps up to date are nobody else's to write.
      readonly: (mount.readOnly ?? false) || files !== undefined,
      propagation: PROPAGATION[(mount.mountPropagation ?? "None") as keyof typeof PROPAGATION],
    });
  }
  return mounts;
}

async function source(base: string, mount: VolumeMount, variables: ReadonlyMap<string, string>): Promise<string> {
  const asked = mount.subPathExpr ? expand(mount.subPathExpr, (name) => variables.get(name)) : (mount.subPath ?? "");
  if (!asked) return base;
  if (asked.startsWith("/") || normalize(asked).split(sep).includes(".."))
    throw refused(`subPath ${JSON.stringify(asked)} must be a relative path within the volume`);
  const place = join(base, asked);
  try {
    return await inside(base, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  // As upstream: a sub-path that is not there yet becomes a folder.
  await mkdir(place, { recursive: true, mode: 0o750 });
  return inside(base, place);
}

/** The real place, links followed, provided that it lies in the volume. */
async function inside(base: string, place: string): Promise<string> {
  const [root, real] = [await realpath(base), await realpath(place)];
  if (real !== root && !real.startsWith(root + sep)) throw refused(`subPath leads out of the volume`);
  return real;
}
