// The StatefulSet as an object: its schema and its type, apart from the resource so that rules can name it. It
// refuses to hold functions.
import { int32, int64, intOrString, listAtomic, listMap, object, optional, plain, pointer } from "../../schema/node.ts";
import { required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { persistentVolumeClaimSchema } from "../core/persistent-volume-claim-object.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";

export const RollingUpdateStatefulSetStrategy = object("k8s.io.api.apps.v1.RollingUpdateStatefulSetStrategy", {
  partition: pointer(1, int32(), "Pods with a lower ordinal stay as they are; 0 if left out.", { default: 0 }),
  maxUnavailable: pointer(2, intOrString(), "How many pods may be missing meanwhile; 1 if left out.", {
    default: 1,
    gate: "MaxUnavailableStatefulSet",
  }),
});
export interface RollingUpdateStatefulSetStrategy extends ValueIn<typeof RollingUpdateStatefulSetStrategy> {}

export const StatefulSetUpdateStrategy = object("k8s.io.api.apps.v1.StatefulSetUpdateStrategy", {
  type: optional(1, string({ enum: ["OnDelete", "Recreate", "RollingUpdate"] }), "RollingUpdate if left out.", {
    default: "RollingUpdate",
    judgedByRule: true,
  }),
  rollingUpdate: pointer(2, RollingUpdateStatefulSetStrategy, "Limits of a rolling update.", {
    default: ({ type }: { readonly type?: string }) => (type === "RollingUpdate" ? {} : undefined),
  }),
});
export interface StatefulSetUpdateStrategy extends ValueIn<typeof StatefulSetUpdateStrategy> {}

export const StatefulSetPersistentVolumeClaimRetentionPolicy = object(
  "k8s.io.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
  {
    whenDeleted: optional(1, string(), "What becomes of claims with the StatefulSet: Retain or Delete.", {
      default: "Retain",
    }),
    whenScaled: optional(2, string(), "What becomes of claims of pods that are too many: Retain or Delete.", {
      default: "Retain",
    }),
  },
);
export interface StatefulSetPersistentVolumeClaimRetentionPolicy extends ValueIn<
  typeof StatefulSetPersistentVolumeClaimRetentionPolicy
> {}

export const StatefulSetOrdinals = object("k8s.io.api.apps.v1.StatefulSetOrdinals", {
  start: optional(1, int32(), "The ordinal of the first pod.", { always: true }),
});
export interface StatefulSetOrdinals extends ValueIn<typeof StatefulSetOrdinals> {}

export const StatefulSetSpec = object("k8s.io.api.apps.v1.StatefulSetSpec", {
  replicas: pointer(1, int32(), "How many pods are wanted; 1 if left out.", { default: 1 }),
  selector: required(2, LabelSelector, "Which pods belong to it; must match the template's labels.", {
    pointer: true,
    judgedByRule: true,
    immutable: true,
  }),
  template: required(3, PodTemplateSpec, "The pod to make copies of."),
  volumeClaimTemplates: optional(4, listAtomic(persistentVolumeClaimSchema), "Claims that each pod gets.", {
    immutable: true,
  }),
  serviceName: optional(5, string(), "The headless Service that gives the pods their names.", {
    always: true,
    immutable: true,
  }),
  podManagementPolicy: optional(
    6,
    string({ enum: ["OrderedReady", "Parallel"] }),
    "Whether pods wait for each other.",
    {
      default: "OrderedReady",
      judgedByRule: true,
      immutable: true,
    },
  ),
  updateStrategy: optional(7, StatefulSetUpdateStrategy, "How old pods are replaced by new ones."),
  revisionHistoryLimit: pointer(8, int32(), "How many old revisions are kept; 10 if left out.", { default: 10 }),
  minReadySeconds: optional(9, int32(), "How long a pod must be ready to count as available."),
  persistentVolumeClaimRetentionPolicy: pointer(
    10,
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    "What becomes of claims that no pod needs; they are kept if left out.",
    { default: {} },
  ),
  ordinals: pointer(11, StatefulSetOrdinals, "How pods are numbered; from 0 if left out."),
});
export interface StatefulSetSpec extends ValueIn<typeof StatefulSetSpec> {}

export const StatefulSetCondition = object("k8s.io.api.apps.v1.StatefulSetCondition", {
  type: optional(1, string(), "Which condition.", { always: true }),
  status: optional(2, string(), "True, False or Unknown.", { always: true }),
  lastTransitionTime: optional(3, time(), "When status last changed."),
  reason: optional(4, string(), "Why, in one word."),
  message: optional(5, string(), "Why, in a sentence."),
});
export interface StatefulSetCondition extends ValueIn<typeof StatefulSetCondition> {}

export const StatefulSetStatus = object("k8s.io.api.apps.v1.StatefulSetStatus", {
  observedGeneration: optional(1, int64(), "The metadata.generation that this status is about."),
  replicas: { ...required(2, int32(), "Pods that there are."), present: false as const },
  readyReplicas: optional(3, int32(), "Pods that are ready."),
  currentReplicas: optional(4, int32(), "Pods of currentRevision."),
  updatedReplicas: optional(5, int32(), "Pods of updateRevision."),
  currentRevision: optional(6, string(), "The revision that pods are being moved from."),
  updateRevision: optional(7, string(), "The revision that pods are being moved to."),
  collisionCount: pointer(9, int32(), "How often a revision's hash was already taken."),
  conditions: optional(10, listMap(StatefulSetCondition, ["type"]), "What holds for the StatefulSet.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  availableReplicas: optional(11, int32(), "Pods that have been ready for minReadySeconds.", { always: true }),
});
export interface StatefulSetStatus extends ValueIn<typeof StatefulSetStatus> {}

export const statefulSetSchema = object(
  "k8s.io.api.apps.v1.StatefulSet",
  {
    ...typeMeta,
    metadata,
    spec: required(2, StatefulSetSpec, "What is wanted.", { always: false }),
    status: plain(3, StatefulSetStatus, "What became of it."),
  },
  { doc: "Keeps pods running that have names and storage of their own." },
);
export interface StatefulSet extends ValueIn<typeof statefulSetSchema> {}
