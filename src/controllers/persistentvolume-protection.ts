// persistentvolume-protection: a volume that is bound stays until it is no longer. It refuses to delete anything.
import { PersistentVolume } from "../resources/core/persistent-volume.ts";
import { controller } from "../reconcile/controller.ts";
import { protect } from "./persistentvolume/protection.ts";

const FINALIZER = "kubernetes.io/pv-protection";

export const persistentVolumeProtection = controller<PersistentVolume>({
  name: "persistentvolume-protection",
  identity: "pv-protection-controller",
  of: PersistentVolume,
  writes: [{ resource: PersistentVolume, verbs: ["update"] }],
  async reconcile(volume, { client }) {
    const inUse = async () => volume.status.phase === "Bound";
    await protect(PersistentVolume, volume, FINALIZER, { client, inUse });
  },
});
