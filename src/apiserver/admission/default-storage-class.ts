// DefaultStorageClass: a claim that names no class gets the one that is marked as the default.
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import { STORAGE_CLASS_ANNOTATION } from "../../resources/core/persistent-volume.ts";
import {
  DEFAULT_STORAGE_CLASS,
  OLD_DEFAULT_STORAGE_CLASS,
  StorageClass,
} from "../../resources/storage/storage-class.ts";
import { newestDefault } from "./default-class.ts";
import type { AdmissionPlugin } from "./plugin.ts";

export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",

  mutate({ operation, resource, subresource, object }, { lookup }) {
    if (operation !== "create" || resource !== (PersistentVolumeClaim as unknown) || subresource !== "") return object;
    const claim = object as PersistentVolumeClaim;
    const named = claim.metadata.annotations?.[STORAGE_CLASS_ANNOTATION] !== undefined;
    // The empty name is a class too: none.
    if (named || claim.spec.storageClassName !== undefined) return object;
    const found = newestDefault(lookup.list(StorageClass), DEFAULT_STORAGE_CLASS, OLD_DEFAULT_STORAGE_CLASS);
    const name = found?.metadata.name;
    return name === undefined ? object : { ...claim, spec: { ...claim.spec, storageClassName: name } };
  },
};
