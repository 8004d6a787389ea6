// Which volume a claim gets when no node has been chosen, and why one that it names will not do. Pure.
import type { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import {
  classOfClaim,
  classOfVolume,
  findVolume,
  hasMode,
  hasModes,
  isLargeEnough,
} from "../../resources/core/persistent-volume/binding.ts";
import type { PersistentVolume } from "../../resources/core/persistent-volume.ts";

const modesOf = ({ spec }: PersistentVolume) => (spec.accessModes ?? []).toSorted();

/**
 * Volumes that can be used in fewer ways are taken first, whatever their size; of those that can be used in the same ways
 * the smallest. `waits`: only a volume that names the claim.
 */
export function findForClaim(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  waits: boolean,
): PersistentVolume | undefined {
  const fitting = volumes.filter((volume) => hasModes(volume, claim.spec.accessModes));
  const groups = [...Map.groupBy(fitting, (volume) => modesOf(volume).join()).values()];
  groups.sort((a, b) => modesOf(a[0]!).length - modesOf(b[0]!).length);
  for (const group of groups) {
    const found = findVolume(claim, group, { waits });
    if (found) return found;
  }
  return undefined;
}

/** Why a volume that a claim names cannot be bound to it; undefined if it can. */
export function whyNot(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (volume.metadata.deletionTimestamp)
    return `the volume is marked for deletion ${JSON.stringify(volume.metadata.name)}`;
  if (!isLargeEnough(volume, claim)) return "requested PV is too small";
  if (classOfVolume(volume) !== classOfClaim(claim)) return "storageClassName does not match";
  const [has, wanted] = [volume, claim].map(({ spec }) => spec.volumeAttributesClassName ?? "");
  if (has !== wanted) return "VolumeAttributesClassName does not match";
  if (!hasMode(volume, claim)) return "incompatible volumeMode";
  return hasModes(volume, claim.spec.accessModes) ? undefined : "incompatible accessMode";
}
