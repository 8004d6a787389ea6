// PersistentVolumeClaimResize: only a bound claim may grow, and only if its class allows it.
import { compareQuantity } from "../../base/quantity.ts";
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import { STORAGE_CLASS_ANNOTATION } from "../../resources/core/persistent-volume.ts";
import { StorageClass } from "../../resources/storage/storage-class.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

const sizeOf = ({ spec }: PersistentVolumeClaim) => spec.resources?.requests?.["storage"];

const classOf = ({ metadata, spec }: PersistentVolumeClaim) =>
  metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? "";

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",

  validate(request, services) {
    const { operation, resource, subresource } = request;
    const concerns = operation === "update" && resource === (PersistentVolumeClaim as unknown) && subresource === "";
    return concerns ? checkGrowth(request, services) : undefined;
  },
};

async function checkGrowth({ name, object, old }: AdmissionRequest, { lookup }: AdmissionServices): Promise<void> {
  const [now, before] = [object as PersistentVolumeClaim, old as PersistentVolumeClaim];
  const [size, was] = [sizeOf(now), sizeOf(before)];
  if (size === undefined || was === undefined || compareQuantity(size, was) <= 0) return;
  const refused = (why: string) => forbidden({ group: "", resource: "persistentvolumeclaims" }, name, why);
  if (before.status.phase !== "Bound") throw refused("Only bound persistent volume claims can be expanded");
  const wanted = classOf(now);
  const found =
    wanted !== "" && wanted === classOf(before)
      ? (lookup.get(StorageClass, "", wanted) ?? (await lookup.read(StorageClass, "", wanted)))
      : undefined;
  if (found?.allowVolumeExpansion === true) return;
  throw refused(
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
  );
}
