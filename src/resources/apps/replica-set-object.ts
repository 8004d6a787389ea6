// The ReplicaSet as an object: its schema and its type, apart from the resource so that rules can name it. It refuses
// to hold functions.
import { int32, int64, listMap, object, optional, plain, pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";

export const ReplicaSetSpec = object("k8s.io.api.apps.v1.ReplicaSetSpec", {
  replicas: pointer(1, int32(), "How many pods are wanted; 1 if left out.", { default: 1 }),
  minReadySeconds: optional(4, int32(), "How long a pod must be ready to count as available."),
  selector: required(2, LabelSelector, "Which pods belong to it; must match the template's labels.", {
    pointer: true,
    judgedByRule: true,
  }),
  template: plain(3, PodTemplateSpec, "The pod to make copies of."),
});
export interface ReplicaSetSpec extends ValueIn<typeof ReplicaSetSpec> {}

export const ReplicaSetCondition = object("k8s.io.api.apps.v1.ReplicaSetCondition", {
  type: optional(1, string(), "Which condition.", { always: true }),
  status: optional(2, string(), "True, False or Unknown.", { always: true }),
  lastTransitionTime: optional(3, time(), "When status last changed."),
  reason: optional(4, string(), "Why, in one word."),
  message: optional(5, string(), "Why, in a sentence."),
});
export interface ReplicaSetCondition extends ValueIn<typeof ReplicaSetCondition> {}

export const ReplicaSetStatus = object("k8s.io.api.apps.v1.ReplicaSetStatus", {
  replicas: { ...required(1, int32(), "Pods that do not terminate."), present: false as const },
  fullyLabeledReplicas: optional(2, int32(), "Pods with all labels of the template among them."),
  readyReplicas: optional(4, int32(), "Pods that are ready."),
  availableReplicas: optional(5, int32(), "Pods that have been ready for minReadySeconds."),
  terminatingReplicas: pointer(7, int32(), "Pods that terminate."),
  observedGeneration: optional(3, int64(), "The metadata.generation that this status is about."),
  conditions: optional(6, listMap(ReplicaSetCondition, ["type"]), "What holds for the ReplicaSet.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface ReplicaSetStatus extends ValueIn<typeof ReplicaSetStatus> {}

export const replicaSetSchema = object(
  "k8s.io.api.apps.v1.ReplicaSet",
  {
    ...typeMeta,
    metadata,
    spec: required(2, ReplicaSetSpec, "What is wanted.", { always: false }),
    status: plain(3, ReplicaSetStatus, "What became of it."),
  },
  { doc: "Keeps a number of like pods running." },
);
export interface ReplicaSet extends ValueIn<typeof replicaSetSchema> {}
