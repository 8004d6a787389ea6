// What a claim for storage asks for; PersistentVolumeClaim and ephemeral volumes share it. It refuses to bind.
import { listAtomic, map, object, optional, pointer, quantity, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { LabelSelector } from "../../../schema/meta/label-selector-type.ts";
import { ObjectMeta } from "../../../schema/meta/object-meta.ts";

export const VolumeResourceRequirements = object("k8s.io.api.core.v1.VolumeResourceRequirements", {
  limits: optional(1, map(quantity()), "The most of each resource."),
  requests: optional(2, map(quantity()), "How much is wanted, storage above all."),
});
export interface VolumeResourceRequirements extends ValueIn<typeof VolumeResourceRequirements> {}

export const TypedLocalObjectReference = object(
  "k8s.io.api.core.v1.TypedLocalObjectReference",
  {
    apiGroup: pointer(1, string(), "Group of the object; core if left out.", { always: true }),
    kind: required(2, string(), "Kind of the object.", { demanded: false }),
    name: required(3, string(), "Name of the object.", { demanded: false }),
  },
  { atomic: true },
);
export interface TypedLocalObjectReference extends ValueIn<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = object("k8s.io.api.core.v1.TypedObjectReference", {
  apiGroup: pointer(1, string(), "Group of the object; core if left out.", { always: true }),
  kind: required(2, string(), "Kind of the object.", { demanded: false }),
  name: required(3, string(), "Name of the object.", { demanded: false }),
  namespace: pointer(4, string(), "Namespace of the object; needs a ReferenceGrant there.", {
    gate: "CrossNamespaceVolumeDataSource",
  }),
});
export interface TypedObjectReference extends ValueIn<typeof TypedObjectReference> {}

export const PersistentVolumeClaimSpec = object("k8s.io.api.core.v1.PersistentVolumeClaimSpec", {
  accessModes: optional(
    1,
    listAtomic(string({ enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] })),
    "The ways in which the volume must be mountable.",
    { judgedByRule: true },
  ),
  selector: pointer(4, LabelSelector, "Which volumes may be bound."),
  resources: optional(2, VolumeResourceRequirements, "How much storage is wanted."),
  volumeName: optional(3, string(), "The volume that is bound."),
  storageClassName: pointer(5, string(), "The class wanted; empty means none."),
  volumeMode: pointer(6, string({ enum: ["Block", "Filesystem"] }), "Filesystem or Block; Filesystem if left out.", {
    default: "Filesystem",
    judgedByRule: true,
  }),
  dataSource: pointer(7, TypedLocalObjectReference, "A snapshot or claim to start from."),
  dataSourceRef: pointer(8, TypedObjectReference, "An object to start from; wins over dataSource."),
  volumeAttributesClassName: pointer(9, string(), "The VolumeAttributesClass wanted.", {
    gate: "VolumeAttributesClass",
  }),
});
export interface PersistentVolumeClaimSpec extends ValueIn<typeof PersistentVolumeClaimSpec> {}

export const PersistentVolumeClaimTemplate = object("k8s.io.api.core.v1.PersistentVolumeClaimTemplate", {
  metadata: optional(1, ObjectMeta, "Labels and annotations of the claim."),
  spec: required(2, PersistentVolumeClaimSpec, "What the claim asks for."),
});
export interface PersistentVolumeClaimTemplate extends ValueIn<typeof PersistentVolumeClaimTemplate> {}
