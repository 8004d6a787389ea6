// The DaemonSet as an object: its schema and its type, apart from the resource so that rules can name it. It refuses
// to hold functions.
import { int32, int64, intOrString, listMap, object, optional, plain, pointer, required } from "../../schema/node.ts";
import { string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";

export const RollingUpdateDaemonSet = object("k8s.io.api.apps.v1.RollingUpdateDaemonSet", {
  maxUnavailable: pointer(1, intOrString(), "On how many nodes the pod may be missing meanwhile; 1 if left out.", {
    default: 1,
  }),
  maxSurge: pointer(2, intOrString(), "On how many nodes there may be two pods meanwhile; 0 if left out.", {
    default: 0,
  }),
});
export interface RollingUpdateDaemonSet extends ValueIn<typeof RollingUpdateDaemonSet> {}

export const DaemonSetUpdateStrategy = object("k8s.io.api.apps.v1.DaemonSetUpdateStrategy", {
  type: optional(1, string({ enum: ["OnDelete", "RollingUpdate"] }), "RollingUpdate if left out.", {
    default: "RollingUpdate",
    judgedByRule: true,
  }),
  rollingUpdate: pointer(2, RollingUpdateDaemonSet, "Limits of a rolling update.", {
    default: ({ type }: { readonly type?: string }) => (type === "RollingUpdate" ? {} : undefined),
  }),
});
export interface DaemonSetUpdateStrategy extends ValueIn<typeof DaemonSetUpdateStrategy> {}

export const DaemonSetSpec = object("k8s.io.api.apps.v1.DaemonSetSpec", {
  selector: required(1, LabelSelector, "Which pods belong to it; must match the template's labels.", {
    pointer: true,
    judgedByRule: true,
  }),
  template: required(2, PodTemplateSpec, "The pod that each node gets."),
  updateStrategy: optional(3, DaemonSetUpdateStrategy, "How old pods are replaced by new ones."),
  minReadySeconds: optional(4, int32(), "How long a pod must be ready to count as available."),
  revisionHistoryLimit: pointer(6, int32(), "How many old revisions are kept; 10 if left out.", { default: 10 }),
});
export interface DaemonSetSpec extends ValueIn<typeof DaemonSetSpec> {}

export const DaemonSetCondition = object("k8s.io.api.apps.v1.DaemonSetCondition", {
  type: optional(1, string(), "Which condition.", { always: true }),
  status: optional(2, string(), "True, False or Unknown.", { always: true }),
  lastTransitionTime: optional(3, time(), "When status last changed."),
  reason: optional(4, string(), "Why, in one word."),
  message: optional(5, string(), "Why, in a sentence."),
});
export interface DaemonSetCondition extends ValueIn<typeof DaemonSetCondition> {}

/** Counts that JSON always shows; an author may leave them out. */
const count = (tag: number, doc: string) => ({ ...required(tag, int32(), doc), present: false as const });

export const DaemonSetStatus = object("k8s.io.api.apps.v1.DaemonSetStatus", {
  currentNumberScheduled: count(1, "Nodes that should have the pod and do."),
  numberMisscheduled: count(2, "Nodes that have the pod and should not."),
  desiredNumberScheduled: count(3, "Nodes that should have the pod."),
  numberReady: count(4, "Nodes where the pod is ready."),
  observedGeneration: optional(5, int64(), "The metadata.generation that this status is about."),
  updatedNumberScheduled: optional(6, int32(), "Nodes that have a pod of the newest template."),
  numberAvailable: optional(7, int32(), "Nodes where the pod has been ready for minReadySeconds."),
  numberUnavailable: optional(8, int32(), "Nodes where that is still wanted."),
  collisionCount: pointer(9, int32(), "How often a revision's hash was already taken."),
  conditions: optional(10, listMap(DaemonSetCondition, ["type"]), "What holds for the DaemonSet.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface DaemonSetStatus extends ValueIn<typeof DaemonSetStatus> {}

export const daemonSetSchema = object(
  "k8s.io.api.apps.v1.DaemonSet",
  {
    ...typeMeta,
    metadata,
    spec: required(2, DaemonSetSpec, "What is wanted.", { always: false }),
    status: plain(3, DaemonSetStatus, "What became of it."),
  },
  { doc: "Runs one pod on each of a set of nodes." },
);
export interface DaemonSet extends ValueIn<typeof daemonSetSchema> {}
