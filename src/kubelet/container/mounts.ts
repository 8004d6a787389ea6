// What is mounted into a container, and where it lies on the host. It refuses sub-paths that lead out of their volume.
import { join, normalize, sep } from "node:path";
import type { Pod } from "../../resources/core/pod.ts";
import type { VolumeMount } from "../../resources/core/pod/container.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import type { Mount } from "../../wire/cri/container-config.ts";
import type { AnyContainer } from "../parts.ts";
import { NotYet } from "../parts.ts";
import type { NodeFolders } from "../volumes/paths.ts";
import { subPathPlace } from "../volumes/paths.ts";
import { volumePath } from "../volumes/volumes.ts";
import { expand } from "./expansion.ts";
import { bindAt, exists, openInside } from "./sub-paths.ts";
import type { Mounter } from "./sub-paths.ts";

const PROPAGATION = {
  None: "PROPAGATION_PRIVATE",
  HostToContainer: "PROPAGATION_HOST_TO_CONTAINER",
  Bidirectional: "PROPAGATION_BIDIRECTIONAL",
} as const;

const refused = (message: string) => new NotYet("CreateContainerConfigError", message);

export interface MountFacts {
  readonly folders: NodeFolders;
  /** The container's variables, for paths that name some. */
  readonly variables: ReadonlyMap<string, string>;
  readonly mounter: Mounter;
}

/** The mounts of the container's volumes, in the order of the spec. */
export async function volumeMounts(
  pod: Pod,
  container: AnyContainer,
  facts: MountFacts,
): Promise<MessageInit<typeof Mount>[]> {
  const mounts: MessageInit<typeof Mount>[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = pod.spec.volumes?.find((v) => v.name === mount.name);
    if (!volume) throw refused(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const base = volumePath(facts.folders, pod, volume);
    const files = volume.configMap ?? volume.secret ?? volume.projected ?? volume.downwardAPI;
    const subPath = subPathOf(mount, facts.variables);
    const place = subPathPlace(facts.folders, pod.metadata.uid ?? "", mount.name, container.name, index);
    mounts.push({
      containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : join("/", mount.mountPath),
      hostPath: subPath ? await shownAt(place, base, { subPath, mount, container }, facts.mounter) : base,
      // Files that Kaji keeps up to date are nobody else's to write.
      readonly: (mount.readOnly ?? false) || files !== undefined,
      propagation: PROPAGATION[(mount.mountPropagation ?? "None") as keyof typeof PROPAGATION],
    });
  }
  return mounts;
}

/** "" for none. A variable that has no value holds the container up: what was meant is not known. */
function subPathOf({ subPath = "", subPathExpr }: VolumeMount, variables: ReadonlyMap<string, string>): string {
  if (!subPathExpr && !subPath) return "";
  const missing = new Set<string>();
  const lookup = (name: string) => {
    const value = variables.get(name) ?? "";
    if (value === "") missing.add(name);
    return value;
  };
  const asked = subPathExpr ? expand(subPathExpr, lookup) : subPath;
  if (missing.size > 0) throw refused(`missing value for ${[...missing].sort().join(", ")}`);
  if (asked.startsWith("/")) throw refused(`error SubPath \`${asked}\` must not be an absolute path`);
  if (asked.split("/").includes("..")) throw refused(`unable to provision SubPath \`${asked}\`: must not contain '..'`);
  return asked;
}

interface SubPathMount {
  readonly subPath: string;
  readonly mount: VolumeMount;
  readonly container: AnyContainer;
}

async function shownAt(
  place: string,
  base: string,
  { subPath, mount, container }: SubPathMount,
  mounter: Mounter,
): Promise<string> {
  const isThere = await exists(join(base, subPath));
  try {
    const parts = normalize(subPath)
      .split(sep)
      .filter((part) => part !== "" && part !== ".");
    await using found = await openInside(base, parts);
    await bindAt(found, place, mounter);
    return place;
  } catch (error) {
    // As upstream: what went wrong could tell of the node's files.
    const what = isThere ? "prepare subPath" : "create subPath directory";
    const message = `failed to ${what} for volumeMount "${mount.name}" of container "${container.name}"`;
    throw new NotYet("CreateContainerConfigError", message, { cause: error });
  }
}
