// The Deployment as an object: its schema and its type, apart from the resource so that rules can name it. It refuses
// to hold functions.
import { boolean, int32, int64, intOrString, listMap, object, optional, plain, pointer } from "../../schema/node.ts";
import { required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";

export const RollingUpdateDeployment = object("k8s.io.api.apps.v1.RollingUpdateDeployment", {
  maxUnavailable: pointer(1, intOrString(), "How many pods may be missing meanwhile; 25% if left out.", {
    default: "25%",
  }),
  maxSurge: pointer(2, intOrString(), "How many pods there may be beyond replicas; 25% if left out.", {
    default: "25%",
  }),
});
export interface RollingUpdateDeployment extends ValueIn<typeof RollingUpdateDeployment> {}

export const DeploymentStrategy = object("k8s.io.api.apps.v1.DeploymentStrategy", {
  type: optional(1, string({ enum: ["Recreate", "RollingUpdate"] }), "RollingUpdate if left out.", {
    default: "RollingUpdate",
    judgedByRule: true,
  }),
  rollingUpdate: pointer(2, RollingUpdateDeployment, "Limits of a rolling update.", {
    default: ({ type }: { readonly type?: string }) => (type === "RollingUpdate" ? {} : undefined),
  }),
});
export interface DeploymentStrategy extends ValueIn<typeof DeploymentStrategy> {}

export const DeploymentSpec = object("k8s.io.api.apps.v1.DeploymentSpec", {
  replicas: pointer(1, int32(), "How many pods are wanted; 1 if left out.", { default: 1 }),
  selector: required(2, LabelSelector, "Which pods belong to it; must match the template's labels.", {
    pointer: true,
    judgedByRule: true,
  }),
  template: required(3, PodTemplateSpec, "The pod to make copies of."),
  strategy: optional(4, DeploymentStrategy, "How old pods are replaced by new ones.", {
    merge: { strategy: ["retainKeys"] },
  }),
  minReadySeconds: optional(5, int32(), "How long a pod must be ready to count as available."),
  revisionHistoryLimit: pointer(6, int32(), "How many old ReplicaSets are kept; 10 if left out.", { default: 10 }),
  paused: optional(7, boolean(), "Changes of the template wait while this is true."),
  progressDeadlineSeconds: pointer(
    9,
    int32(),
    "After how long without progress it counts as failed; 600 if left out.",
    {
      default: 600,
    },
  ),
});
export interface DeploymentSpec extends ValueIn<typeof DeploymentSpec> {}

export const DeploymentCondition = object("k8s.io.api.apps.v1.DeploymentCondition", {
  type: optional(1, string(), "Which condition.", { always: true }),
  status: optional(2, string(), "True, False or Unknown.", { always: true }),
  lastUpdateTime: optional(6, time(), "When it was last written."),
  lastTransitionTime: optional(7, time(), "When status last changed."),
  reason: optional(4, string(), "Why, in one word."),
  message: optional(5, string(), "Why, in a sentence."),
});
export interface DeploymentCondition extends ValueIn<typeof DeploymentCondition> {}

export const DeploymentStatus = object("k8s.io.api.apps.v1.DeploymentStatus", {
  observedGeneration: optional(1, int64(), "The metadata.generation that this status is about."),
  replicas: optional(2, int32(), "Pods that do not terminate."),
  updatedReplicas: optional(3, int32(), "Pods of the newest template among them."),
  readyReplicas: optional(7, int32(), "Pods that are ready."),
  availableReplicas: optional(4, int32(), "Pods that have been ready for minReadySeconds."),
  unavailableReplicas: optional(5, int32(), "Pods that are still wanted."),
  terminatingReplicas: pointer(9, int32(), "Pods that terminate."),
  conditions: optional(6, listMap(DeploymentCondition, ["type"]), "What holds for the Deployment.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  collisionCount: pointer(8, int32(), "How often a template's hash was already taken."),
});
export interface DeploymentStatus extends ValueIn<typeof DeploymentStatus> {}

export const deploymentSchema = object(
  "k8s.io.api.apps.v1.Deployment",
  {
    ...typeMeta,
    metadata,
    spec: required(2, DeploymentSpec, "What is wanted.", { always: false }),
    status: plain(3, DeploymentStatus, "What became of it."),
  },
  { doc: "Keeps pods running and replaces them step by step when their template changes." },
);
export interface Deployment extends ValueIn<typeof deploymentSchema> {}
