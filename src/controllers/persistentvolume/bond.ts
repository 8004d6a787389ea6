// The writes that a bond between a claim and a volume is made of: each side, and what its status says. Whatever is there
// already is not written again. It refuses to choose.
import { compareQuantity } from "../../base/quantity.ts";
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, boundTo } from "../../resources/core/persistent-volume/binding.ts";
import { PersistentVolume } from "../../resources/core/persistent-volume.ts";
import type { Client } from "../../client/client.ts";
import { equalJson } from "../../schema/equality.ts";

interface Tools {
  readonly client: Client;
}

/** Volume first: a claim that is bound names a volume that is meant for it. A call that fails half way is made again. */
export async function bind(volume: PersistentVolume, claim: PersistentVolumeClaim, tools: Tools): Promise<void> {
  const { client } = tools;
  const wanted = boundTo(volume, claim);
  const taken = wanted === volume ? volume : await client.update(PersistentVolume, wanted);
  await setVolumePhase(taken, "Bound", "", tools);
  const name = volume.metadata.name ?? "";
  const isNew = claim.spec.volumeName !== name;
  const { annotations } = claim.metadata;
  let bound = claim;
  if (isNew || annotations?.[BIND_COMPLETED] === undefined) {
    const next = { ...annotations, ...(isNew && { [BOUND_BY_CONTROLLER]: "yes" }), [BIND_COMPLETED]: "yes" };
    bound = await client.update(PersistentVolumeClaim, {
      ...claim,
      metadata: { ...claim.metadata, annotations: next },
      spec: { ...claim.spec, volumeName: name },
    });
  }
  await setClaimStatus(bound, "Bound", taken, tools);
}

/** `message` says why it failed. */
export async function setVolumePhase(
  volume: PersistentVolume,
  phase: "Available" | "Bound" | "Released" | "Failed",
  message: string,
  { client }: Tools,
): Promise<PersistentVolume> {
  if (volume.status.phase === phase) return volume;
  const { message: _, reason, ...rest } = volume.status;
  const status = { ...rest, ...(reason && { reason }), phase, ...(message && { message }) };
  return client.update(PersistentVolume, { ...volume, status }, { subresource: "status" });
}

/** A claim that becomes bound gets the size of the volume; one that has been bound may have grown since. */
export async function setClaimStatus(
  claim: PersistentVolumeClaim,
  phase: "Pending" | "Bound" | "Lost",
  volume: PersistentVolume | undefined,
  { client }: Tools,
): Promise<void> {
  const { accessModes: _, capacity, currentVolumeAttributesClassName, ...rest } = claim.status;
  let status: PersistentVolumeClaim["status"] = { ...rest, phase };
  if (volume) {
    const { accessModes, capacity: offered, volumeAttributesClassName } = volume.spec;
    const [has, had] = [offered?.["storage"], capacity?.["storage"]];
    const becomes = claim.status.phase !== phase && has !== undefined;
    const size = becomes && (had === undefined || compareQuantity(has, had) !== 0) ? offered : capacity;
    const attributes = currentVolumeAttributesClassName ?? volumeAttributesClassName;
    status = {
      ...status,
      ...(accessModes && { accessModes }),
      ...(size && { capacity: size }),
      ...(attributes !== undefined && { currentVolumeAttributesClassName: attributes }),
    };
  }
  if (!equalJson(status, claim.status))
    await client.update(PersistentVolumeClaim, { ...claim, status }, { subresource: "status" });
}
