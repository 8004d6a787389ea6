// The metadata that every object carries, and the two fields that say what it is. It refuses to validate names per kind (a fact of each Resource).
import {
  boolean,
  fieldsV1,
  int64,
  listAtomic,
  listMap,
  listSet,
  map,
  object,
  optional,
  pointer,
  required,
  string,
  time,
} from "../node.ts";
import type { ValueIn } from "../node.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

export const OwnerReference = object(
  `${META}.OwnerReference`,
  {
    apiVersion: required(5, string(), "API version of the owner."),
    kind: required(1, string(), "Kind of the owner."),
    name: required(3, string(), "Name of the owner."),
    uid: required(4, string(), "UID of the owner."),
    controller: pointer(6, boolean(), "Whether this owner is the managing controller; at most one is."),
    blockOwnerDeletion: pointer(7, boolean(), "Whether a foreground deletion of the owner waits for this object."),
  },
  { atomic: true },
);
export interface OwnerReference extends ValueIn<typeof OwnerReference> {}

export const ManagedFieldsEntry = object(`${META}.ManagedFieldsEntry`, {
  manager: optional(1, string(), "Who manages these fields."),
  operation: optional(2, string(), "Apply or Update."),
  apiVersion: optional(3, string(), "The version that the field names belong to."),
  time: pointer(4, time(), "When the set last changed."),
  fieldsType: optional(6, string(), "Always FieldsV1."),
  fieldsV1: pointer(7, fieldsV1(), "The set of fields."),
  subresource: optional(8, string(), "The subresource that was written, empty for the object itself."),
});
export interface ManagedFieldsEntry extends ValueIn<typeof ManagedFieldsEntry> {}

export const ObjectMeta = object(`${META}.ObjectMeta`, {
  name: optional(1, string(), "Unique within the namespace and kind; cannot change."),
  generateName: optional(2, string(), "Prefix of a name that the server completes when name is empty."),
  namespace: optional(3, string(), "The namespace; empty for cluster-scoped objects."),
  selfLink: optional(4, string(), "No longer filled in."),
  uid: optional(5, string(), "Unique in time and space; set by the server."),
  resourceVersion: optional(6, string(), "The version of this object; opaque to clients."),
  generation: optional(7, int64(), "Rises with each change of what is desired."),
  creationTimestamp: optional(8, time(), "CreationTimestamp is a timestamp of when the server made the object.", {
    omitZero: true,
  }),
  deletionTimestamp: pointer(9, time(), "When the object will go, once deletion was asked for."),
  deletionGracePeriodSeconds: pointer(
    10,
    int64(),
    "Seconds until the object may go, counted from the request to delete.",
  ),
  labels: optional(11, map(string()), "Keys and values to select by."),
  annotations: optional(12, map(string()), "Keys and values that nothing selects by."),
  ownerReferences: optional(13, listMap(OwnerReference, ["uid"]), "Objects that this one depends on.", {
    merge: { strategy: ["merge"], key: "uid" },
  }),
  finalizers: optional(14, listSet(string()), "Must be empty before the object goes.", {
    merge: { strategy: ["merge"] },
  }),
  managedFields: optional(17, listAtomic(ManagedFieldsEntry), "Which manager owns which fields."),
});
export interface ObjectMeta extends ValueIn<typeof ObjectMeta> {}

export const ShardInfo = object(`${META}.ShardInfo`, {
  selector: required(1, string(), "Which shard the list holds."),
});
export interface ShardInfo extends ValueIn<typeof ShardInfo> {}

export const ListMeta = object(`${META}.ListMeta`, {
  selfLink: optional(1, string(), "No longer filled in."),
  resourceVersion: optional(2, string(), "The version of the list."),
  continue: optional(3, string(), "Token for the next chunk, when there is one."),
  remainingItemCount: pointer(4, int64(), "How many items follow, where the server knows."),
  shardInfo: pointer(5, ShardInfo, "The shard, when one was asked for.", { gate: "ShardedListAndWatch" }),
});
export interface ListMeta extends ValueIn<typeof ListMeta> {}

/** apiVersion and kind: in JSON fields of the object, in protobuf part of the envelope. */
export const typeMeta = {
  apiVersion: optional(null, string(), "APIVersion defines by which version of which group this object is to be read."),
  kind: optional(null, string(), "The kind of this object."),
};

/** The `metadata` field of every kind. */
export const metadata = {
  ...optional(1, ObjectMeta, "Standard object's metadata: name, labels, owners and what else all objects have."),
  present: true as const,
};
