// The images that a container needs before it can be made: those of the volumes that it mounts, then its own. It refuses to
// decide whether they are pulled (images/policy.ts).
import type { Pod } from "../../resources/core/pod.ts";
import type { AnyContainer } from "../parts.ts";
import { allContainers } from "./containers.ts";
import type { ContainerMemory } from "./memory.ts";

export interface NeededImage {
  readonly image: string;
  /** The volume that shows it; absent for the image that the container runs. */
  readonly volume?: string;
  readonly pullPolicy: string | undefined;
}

export function neededImages(
  { spec: { volumes = [] } }: Pick<Pod, "spec">,
  spec: AnyContainer,
): readonly NeededImage[] {
  const needed: NeededImage[] = [];
  for (const { name, image } of volumes) {
    if (image === undefined || !spec.volumeMounts?.some((mount) => mount.name === name)) continue;
    needed.push({ image: image.reference ?? "", volume: name, pullPolicy: image.pullPolicy });
  }
  return [...needed, { image: spec.image ?? "", pullPolicy: spec.imagePullPolicy }];
}

/** All names that a pod has for images: none of them may be collected while it lives. */
export const imagesOf = (pod: Pick<Pod, "spec">): readonly string[] => [
  ...new Set(allContainers(pod).flatMap(({ spec }) => neededImages(pod, spec).map(({ image }) => image))),
];

/** The first one that this start does not have yet. */
export const nextImage = (
  pod: Pick<Pod, "spec">,
  { spec, memory: { starting } }: { readonly spec: AnyContainer; readonly memory: ContainerMemory },
): NeededImage | undefined =>
  neededImages(pod, spec).find(({ volume }) =>
    volume === undefined ? starting?.imageRef === undefined : starting?.volumeImages?.[volume] === undefined,
  );

/** Notes what the runtime calls an image. A start that was given up meanwhile needs it no longer. */
export function noteImage(
  { starting }: ContainerMemory,
  volume: string | undefined,
  imageRef: string | undefined,
): void {
  if (starting === undefined || imageRef === undefined) return;
  if (volume === undefined) starting.imageRef = imageRef;
  else starting.volumeImages = { ...starting.volumeImages, [volume]: imageRef };
}
