// What is mounted into a container, and where it lies on the host. It refuses sub-paths that lead out of their volume.
import { join, normalize, sep } from "node:path";
import { goQuote } from "../../base/go-quote.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { VolumeMount } from "../../resources/core/pod/container.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import type { Mount } from "../../wire/cri/container-config.ts";
import type { AnyContainer } from "../parts.ts";
import { NotYet } from "../parts.ts";
import type { Volume } from "../../resources/core/pod/volume.ts";
import type { ImageVolumes } from "../volumes/image-volumes.ts";
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
  /** What the runtime calls the images of volumes, by volume. */
  readonly volumeImages?: Readonly<Record<string, string>> | undefined;
  /** Shows images in folders of this node; without it that is left to the runtime. */
  readonly imageVolumes?: Pick<ImageVolumes, "show"> | undefined;
  readonly hasRecursiveReadOnly?: boolean | undefined;
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
    const subPath = subPathOf(mount, facts.variables);
    const imageRef = facts.volumeImages?.[mount.name];
    if (imageRef !== undefined && facts.imageVolumes === undefined) {
      mounts.push(imageMount(mount, volume, imageRef, subPath));
      continue;
    }
    const base =
      imageRef === undefined
        ? volumePath(facts.folders, pod, volume)
        : await shownImage(facts.imageVolumes!, pod, mount.name, imageRef);
    const files = volume.configMap ?? volume.secret ?? volume.projected ?? volume.downwardAPI;
    const place = subPathPlace(facts.folders, pod.metadata.uid ?? "", mount.name, container.name, index);
    mounts.push({
      containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : join("/", mount.mountPath),
      hostPath: subPath ? await shownAt(place, base, { subPath, mount, container }, facts.mounter) : base,
      // Files that Kaji keeps up to date are nobody else's to write, and those of images nobody's.
      readonly: (mount.readOnly ?? false) || files !== undefined || imageRef !== undefined,
      ...(isRecursive(mount, facts.hasRecursiveReadOnly ?? false) && { recursiveReadOnly: true }),
      propagation: PROPAGATION[(mount.mountPropagation ?? "None") as keyof typeof PROPAGATION],
    });
  }
  return mounts;
}

/** Whether what is mounted below is to be read-only too. Who insists on it gets nothing less. */
function isRecursive(
  { name, recursiveReadOnly: mode, readOnly, mountPropagation }: VolumeMount,
  can: boolean,
): boolean {
  if (mode === undefined || mode === "Disabled") return false;
  const refuse = (why: string) =>
    refused(
      `failed to resolve recursive read-only mode: volume ${goQuote(name)} requested recursive read-only mode, but it is ${why}`,
    );
  if (!readOnly) throw refuse("not read-only");
  if (mountPropagation !== undefined && mountPropagation !== "None")
    throw refuse(`not compatible with propagation ${goQuote(mountPropagation)}`);
  if (mode === "Enabled" && !can) throw refuse("not supported by the runtime");
  return can;
}

const imageMount = (mount: VolumeMount, { image }: Volume, imageRef: string, subPath: string) => ({
  containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : join("/", mount.mountPath),
  readonly: true,
  image: { image: imageRef, userSpecifiedImage: image?.reference ?? "" },
  imageSubPath: subPath,
});

async function shownImage(
  volumes: Pick<ImageVolumes, "show">,
  pod: Pod,
  name: string,
  imageRef: string,
): Promise<string> {
  try {
    return await volumes.show(pod.metadata.uid ?? "", name, imageRef);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NotYet("CreateContainerError", `failed to mount image volume "${name}": ${why}`, { cause: error });
  }
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
