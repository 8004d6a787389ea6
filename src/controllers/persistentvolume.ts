// persistentvolume: says of each volume whether it can be had, and what becomes of it when its claim is gone. It refuses to
// bind (persistentvolume-binder.ts does) and to touch what is stored: drivers delete their own volumes.
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import { BOUND_BY_CONTROLLER, hasMode } from "../resources/core/persistent-volume/binding.ts";
import { PersistentVolume } from "../resources/core/persistent-volume.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { setVolumePhase } from "./persistentvolume/bond.ts";

/** Volumes by the claim that they name, as `namespace/name`. */
const BY_CLAIM = "claim";
/** Who made the volume; such a driver deletes it too. */
const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
/** Folders that may be given up; of all others somebody else takes care. */
const TEMPORARY = /^\/tmp\/.+/;

export const persistentVolume = controller<PersistentVolume>({
  name: "persistentvolume",
  identity: "persistent-volume-binder",
  component: "persistentvolume-controller",
  of: PersistentVolume,
  maps: [
    mapping(PersistentVolumeClaim, ({ metadata, spec }, { cache }) => {
      const naming = cache(PersistentVolume).by(BY_CLAIM, `${metadata.namespace}/${metadata.name}`);
      const names = naming.map((volume) => volume.metadata.name ?? "");
      return spec.volumeName ? [...names, spec.volumeName] : names;
    }),
  ],
  indexes: [
    {
      of: PersistentVolume,
      name: BY_CLAIM,
      values: (volume: KubeObject) => {
        const { claimRef } = (volume as PersistentVolume).spec;
        return claimRef ? [`${claimRef.namespace}/${claimRef.name}`] : [];
      },
    },
  ],
  writes: [
    { resource: PersistentVolume, verbs: ["update", "delete"] },
    { resource: PersistentVolume, verbs: ["update"], subresource: "status" },
  ],
  async reconcile(volume, context) {
    const { claimRef } = volume.spec;
    // One that names a claim without its uid waits for it.
    if (!claimRef?.uid) {
      await setVolumePhase(volume, "Available", "", context);
      return;
    }
    const claim = await claimOf(volume, context);
    if (!claim) return release(volume, context);
    const { volumeName } = claim.spec;
    if (volumeName === volume.metadata.name) await setVolumePhase(volume, "Bound", "", context);
    else if (volumeName) await letGo(volume, context);
    else if (!hasMode(volume, claim)) sayMismatch(volume, claim, context);
  },
});

/** The claim that the volume is bound to. One that the cache does not show is asked for: what is released stays so. */
async function claimOf(
  { spec: { claimRef }, status }: PersistentVolume,
  { client, cache }: ReconcileContext,
): Promise<PersistentVolumeClaim | undefined> {
  const { namespace, name = "", uid } = claimRef!;
  const seen = cache(PersistentVolumeClaim).get({ namespace, name });
  if (seen?.metadata.uid === uid) return seen;
  if (status.phase === "Released" || status.phase === "Failed") return undefined;
  try {
    const claim = await client.get(PersistentVolumeClaim, { namespace, name });
    return claim.metadata.uid === uid ? claim : undefined;
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

async function release(volume: PersistentVolume, context: ReconcileContext): Promise<void> {
  if (volume.status.phase === "Failed") return;
  const released = await setVolumePhase(volume, "Released", "", context);
  const policy = volume.spec.persistentVolumeReclaimPolicy;
  if (policy === "Delete") await remove(released, context);
  else if (policy === "Recycle" && !volume.spec.hostPath && !volume.spec.nfs) {
    await fail(released, "VolumeFailedRecycle", "No recycler plugin found for the volume!", context);
  }
}

async function remove(volume: PersistentVolume, context: ReconcileContext): Promise<void> {
  const { name = "", uid, annotations, deletionTimestamp } = volume.metadata;
  const maker = annotations?.[PROVISIONED_BY];
  if (deletionTimestamp || (maker !== undefined && !maker.startsWith("kubernetes.io/"))) return;
  const path = volume.spec.hostPath?.path;
  if (path === undefined) {
    const text = `error getting deleter volume plugin for volume ${JSON.stringify(name)}: no deletable volume plugin matched`;
    return fail(volume, "VolumeFailedDelete", text, context);
  }
  if (!TEMPORARY.test(path)) {
    const text = `host_path deleter only supports /tmp/.+ but received provided ${path}`;
    return fail(volume, "VolumeFailedDelete", text, context);
  }
  try {
    await context.client.delete(PersistentVolume, { name }, { preconditions: { uid } });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

async function fail(volume: PersistentVolume, reason: string, text: string, context: ReconcileContext): Promise<void> {
  const failed = await setVolumePhase(volume, "Failed", text, context);
  context.events.record(failed, "Warning", reason, text);
}

/** Its claim has another volume: who bound it takes it back, and who asked for the claim goes on waiting for it. */
async function letGo(volume: PersistentVolume, context: ReconcileContext): Promise<void> {
  const { annotations = {} } = volume.metadata;
  if (annotations[PROVISIONED_BY] !== undefined && volume.spec.persistentVolumeReclaimPolicy === "Delete")
    return release(volume, context);
  const { [BOUND_BY_CONTROLLER]: mark, ...others } = annotations;
  const { claimRef, ...spec } = volume.spec;
  const { uid: _, resourceVersion: __, ...name } = claimRef!;
  const free =
    mark === undefined
      ? { ...volume, spec: { ...spec, claimRef: name } }
      : { ...volume, metadata: { ...volume.metadata, annotations: others }, spec };
  await setVolumePhase(await context.client.update(PersistentVolume, free), "Available", "", context);
}

function sayMismatch(volume: PersistentVolume, claim: PersistentVolumeClaim, { events }: ReconcileContext): void {
  const name = JSON.stringify(claim.metadata.name);
  const text = `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${name} due to incompatible volumeMode`;
  events.record(volume, "Warning", "VolumeMismatch", text);
  const other = JSON.stringify(volume.metadata.name);
  const told = `Cannot bind PersistentVolume ${other} to requested PersistentVolumeClaim due to incompatible volumeMode`;
  events.record(claim, "Warning", "VolumeMismatch", told);
}
