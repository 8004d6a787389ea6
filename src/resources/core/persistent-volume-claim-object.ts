// The PersistentVolumeClaim as an object: its schema and its type; StatefulSets hold templates of it. It refuses to
// hold functions.
import {
  listAtomic,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  quantity,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { PersistentVolumeClaimSpec } from "./pod/claim-spec.ts";
import { VolumeHealthCondition } from "./pod/status.ts";

export const PersistentVolumeClaimCondition = object("k8s.io.api.core.v1.PersistentVolumeClaimCondition", {
  type: required(1, string(), "Which condition.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastProbeTime: optional(3, time(), "When it was last looked at."),
  lastTransitionTime: optional(4, time(), "When status last changed."),
  reason: optional(5, string(), "Why, in one word."),
  message: optional(6, string(), "Why, in a sentence."),
});
export interface PersistentVolumeClaimCondition extends ValueIn<typeof PersistentVolumeClaimCondition> {}

export const ModifyVolumeStatus = object("k8s.io.api.core.v1.ModifyVolumeStatus", {
  targetVolumeAttributesClassName: optional(1, string(), "The class that the volume is being changed to."),
  status: required(2, string({ enum: ["InProgress", "Infeasible", "Pending"] }), "How far that is.", {
    judgedByRule: true,
  }),
});
export interface ModifyVolumeStatus extends ValueIn<typeof ModifyVolumeStatus> {}

export const VolumeHealthStatus = object("k8s.io.api.core.v1.VolumeHealthStatus", {
  healthConditions: optional(1, listMap(VolumeHealthCondition, ["status", "reason"]), "What was found.", {
    merge: { strategy: ["merge"], key: "status" },
  }),
  lastTransitionTime: optional(2, time(), "When that last changed."),
});
export interface VolumeHealthStatus extends ValueIn<typeof VolumeHealthStatus> {}

const MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] as const;
const RESIZE_STATES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
] as const;

export const PersistentVolumeClaimStatus = object("k8s.io.api.core.v1.PersistentVolumeClaimStatus", {
  phase: optional(1, string({ enum: ["Bound", "Lost", "Pending"] }), "Whether it is bound.", {
    default: "Pending",
    judgedByRule: true,
  }),
  accessModes: optional(2, listAtomic(string({ enum: MODES })), "How the volume can be mounted.", {
    judgedByRule: true,
  }),
  capacity: optional(3, map(quantity()), "How much the volume holds."),
  conditions: optional(4, listMap(PersistentVolumeClaimCondition, ["type"]), "What holds for the claim.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  allocatedResources: optional(5, map(quantity()), "How much is being made room for."),
  allocatedResourceStatuses: optional(7, map(string({ enum: RESIZE_STATES })), "How far a resize is, by resource.", {
    judgedByRule: true,
  }),
  currentVolumeAttributesClassName: pointer(8, string(), "The class that the volume has now.", {
    gate: "VolumeAttributesClass",
  }),
  modifyVolumeStatus: pointer(9, ModifyVolumeStatus, "A change of class that is under way.", {
    gate: "VolumeAttributesClass",
  }),
  healthStatus: pointer(10, VolumeHealthStatus, "The health of the volume.", { gate: "CSIVolumeHealth" }),
});
export interface PersistentVolumeClaimStatus extends ValueIn<typeof PersistentVolumeClaimStatus> {}

export const persistentVolumeClaimSchema = object(
  "k8s.io.api.core.v1.PersistentVolumeClaim",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, PersistentVolumeClaimSpec, "What is asked for."),
    status: plain(3, PersistentVolumeClaimStatus, "What became of it."),
  },
  { doc: "A user's claim to storage." },
);
export interface PersistentVolumeClaim extends ValueIn<typeof persistentVolumeClaimSchema> {}
