// StorageObjectInUseProtection: volumes, claims and classes of attributes are born with a finalizer, which a controller
// takes away once nobody uses them.
import type { KubeObject } from "../../schema/resource.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const FINALIZERS: Readonly<Record<string, string>> = {
  "/PersistentVolume": "kubernetes.io/pv-protection",
  "/PersistentVolumeClaim": "kubernetes.io/pvc-protection",
  "storage.k8s.io/VolumeAttributesClass": "kubernetes.io/vac-protection",
};

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",

  mutate({ operation, resource, subresource, object }): KubeObject {
    const finalizer = FINALIZERS[`${resource.group}/${resource.kind}`];
    if (operation !== "create" || subresource !== "" || finalizer === undefined) return object;
    const present = object.metadata.finalizers ?? [];
    if (present.includes(finalizer)) return object;
    return { ...object, metadata: { ...object.metadata, finalizers: [...present, finalizer] } };
  },
};
