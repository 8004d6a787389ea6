// volumeattributesclass-protection: a class that claims or volumes name stays until none does. It refuses to delete anything.
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import { PersistentVolume } from "../resources/core/persistent-volume.ts";
import { VolumeAttributesClass } from "../resources/storage/volume-attributes-class.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import { protect } from "./persistentvolume/protection.ts";

const FINALIZER = "kubernetes.io/vac-protection";
const BY_CLASS = "class";

/** The classes that a claim has, wants, or is on its way to. */
function ofClaim({ spec, status }: PersistentVolumeClaim): readonly string[] {
  const { currentVolumeAttributesClassName, modifyVolumeStatus } = status;
  const names = [
    spec.volumeAttributesClassName,
    currentVolumeAttributesClassName,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((name) => name !== undefined && name !== ""))] as string[];
}

const ofVolume = ({ spec: { volumeAttributesClassName: name } }: PersistentVolume): readonly string[] =>
  name ? [name] : [];

export const volumeAttributesClassProtection = controller<VolumeAttributesClass>({
  name: "volumeattributesclass-protection-controller",
  identity: "volumeattributesclass-protection-controller",
  of: VolumeAttributesClass,
  maps: [
    mapping(PersistentVolumeClaim, (claim, { old }) => [...ofClaim(claim), ...(old ? ofClaim(old) : [])]),
    mapping(PersistentVolume, (volume, { old }) => [...ofVolume(volume), ...(old ? ofVolume(old) : [])]),
  ],
  indexes: [
    { of: PersistentVolumeClaim, name: BY_CLASS, values: (claim) => ofClaim(claim as PersistentVolumeClaim) },
    { of: PersistentVolume, name: BY_CLASS, values: (volume) => ofVolume(volume as PersistentVolume) },
  ],
  writes: [{ resource: VolumeAttributesClass, verbs: ["update"] }],
  async reconcile(one, { client, cache }) {
    const { name = "" } = one.metadata;
    const inUse = async () =>
      cache(PersistentVolume).by(BY_CLASS, name).length > 0 ||
      cache(PersistentVolumeClaim).by(BY_CLASS, name).length > 0;
    await protect(VolumeAttributesClass, one, FINALIZER, { client, inUse });
  },
});
