// The Job as an object: its schema and its type, apart from the resource so that rules can name it. It refuses to hold
// functions other than defaults.
import { boolean, int32, int64, listAtomic, listSet, object, optional, plain } from "../../schema/node.ts";
import { pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { JobSchedulingConfiguration } from "./job-scheduling.ts";

export const PodFailurePolicyOnExitCodesRequirement = object(
  "k8s.io.api.batch.v1.PodFailurePolicyOnExitCodesRequirement",
  {
    containerName: pointer(1, string(), "The container it is about; any if left out."),
    operator: required(2, string({ enum: ["In", "NotIn"] }), "How exit codes are compared with values.", {
      judgedByRule: true,
    }),
    values: required(3, listSet(int32()), "Exit codes, rising.", { judgedByRule: true }),
  },
);

export const PodFailurePolicyOnPodConditionsPattern = object(
  "k8s.io.api.batch.v1.PodFailurePolicyOnPodConditionsPattern",
  {
    type: required(1, string(), "The condition's type.", { judgedByRule: true }),
    status: optional(2, string(), "The condition's status; True if left out.", {
      always: true,
      default: () => "True",
    }),
  },
);

export const PodFailurePolicyRule = object("k8s.io.api.batch.v1.PodFailurePolicyRule", {
  action: required(
    1,
    string({ enum: ["Count", "FailIndex", "FailJob", "Ignore"] }),
    "What becomes of a failed pod that matches.",
    { judgedByRule: true },
  ),
  onExitCodes: pointer(2, PodFailurePolicyOnExitCodesRequirement, "Matches exit codes of containers."),
  onPodConditions: optional(
    3,
    listAtomic(PodFailurePolicyOnPodConditionsPattern),
    "Matches if one of these conditions holds.",
  ),
});
export interface PodFailurePolicyRule extends ValueIn<typeof PodFailurePolicyRule> {}

export const PodFailurePolicy = object("k8s.io.api.batch.v1.PodFailurePolicy", {
  rules: required(1, listAtomic(PodFailurePolicyRule), "The first rule that matches a failed pod decides."),
});
export interface PodFailurePolicy extends ValueIn<typeof PodFailurePolicy> {}

export const SuccessPolicyRule = object("k8s.io.api.batch.v1.SuccessPolicyRule", {
  succeededIndexes: pointer(1, string(), "Indexes that must have succeeded, such as 0,2-4."),
  succeededCount: pointer(2, int32(), "How many (of these) must have succeeded."),
});
export interface SuccessPolicyRule extends ValueIn<typeof SuccessPolicyRule> {}

export const SuccessPolicy = object("k8s.io.api.batch.v1.SuccessPolicy", {
  rules: required(1, listAtomic(SuccessPolicyRule), "One that holds makes the job succeed."),
});
export interface SuccessPolicy extends ValueIn<typeof SuccessPolicy> {}

/** A spec as it comes in, before anything is validated. */
interface SentSpec {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly podFailurePolicy?: object;
  readonly backoffLimitPerIndex?: number;
}
interface Root {
  readonly spec?: SentSpec & { readonly jobTemplate?: object };
}

/** A default that Jobs have: the template of a CronJob is left as it was written, and its jobs get theirs. */
const ofJob =
  <T>(value: T | ((spec: SentSpec, sent: SentSpec) => T | undefined)) =>
  (spec: SentSpec, root: Root): T | undefined => {
    if (root.spec?.jobTemplate !== undefined) return undefined;
    return typeof value === "function" ? (value as (a: SentSpec, b: SentSpec) => T)(spec, root.spec ?? {}) : value;
  };

/** No number of failures ends a job whose indexes have limits of their own. */
const NO_LIMIT = 2 ** 31 - 1;

export const JobSpec = object("k8s.io.api.batch.v1.JobSpec", {
  parallelism: pointer(1, int32(), "How many pods may run at a time; 1 if left out.", { default: ofJob(1) }),
  completions: pointer(2, int32(), "How many pods must succeed; any one if only parallelism is given.", {
    // Whoever gives neither wants one pod. Parallelism has its default by now: the sent spec tells.
    default: ofJob((_, sent) => (sent.parallelism === undefined ? 1 : undefined)),
  }),
  activeDeadlineSeconds: pointer(3, int64(), "How long the job may take."),
  podFailurePolicy: pointer(11, PodFailurePolicy, "What failures of pods mean; all count alike if left out."),
  successPolicy: pointer(16, SuccessPolicy, "When an Indexed job has succeeded early."),
  backoffLimit: pointer(7, int32(), "How many pods may fail; 6 if left out.", {
    default: ofJob(({ backoffLimitPerIndex }) => (backoffLimitPerIndex === undefined ? 6 : NO_LIMIT)),
  }),
  backoffLimitPerIndex: pointer(12, int32(), "How many pods of one index may fail."),
  maxFailedIndexes: pointer(13, int32(), "How many indexes may fail before all are given up."),
  selector: pointer(4, LabelSelector, "Which pods belong to it; made by the server unless manualSelector is set.", {
    judgedByRule: true,
  }),
  manualSelector: pointer(5, boolean(), "Whether selector and labels are the author's own.", {
    default: ofJob(false),
  }),
  template: required(6, PodTemplateSpec, "The pod that does the work."),
  ttlSecondsAfterFinished: pointer(8, int32(), "How long a finished job is kept; for ever if left out."),
  completionMode: pointer(9, string({ enum: ["Indexed", "NonIndexed"] }), "NonIndexed if left out.", {
    default: ofJob("NonIndexed"),
    judgedByRule: true,
  }),
  suspend: pointer(10, boolean(), "Whether it may have no pods for now.", { default: ofJob(false) }),
  podReplacementPolicy: pointer(
    14,
    string({ enum: ["Failed", "TerminatingOrFailed"] }),
    "When a pod is replaced: once it is going, or once it has ended.",
    {
      default: ofJob(({ podFailurePolicy }) => (podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed")),
      judgedByRule: true,
    },
  ),
  managedBy: pointer(15, string(), "The controller that works on it; kubernetes.io/job-controller if left out."),
  scheduling: pointer(17, JobSchedulingConfiguration, "How its pods are scheduled together.", {
    gate: "WorkloadWithJob",
  }),
});
export interface JobSpec extends ValueIn<typeof JobSpec> {}

export const JobCondition = object("k8s.io.api.batch.v1.JobCondition", {
  type: required(1, string(), "Which condition.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastProbeTime: optional(3, time(), "When it was last looked at."),
  lastTransitionTime: optional(4, time(), "When status last changed."),
  reason: optional(5, string(), "Why, in one word."),
  message: optional(6, string(), "Why, in a sentence."),
});
export interface JobCondition extends ValueIn<typeof JobCondition> {}

export const UncountedTerminatedPods = object("k8s.io.api.batch.v1.UncountedTerminatedPods", {
  succeeded: optional(1, listSet(string()), "UIDs of pods that succeeded."),
  failed: optional(2, listSet(string()), "UIDs of pods that failed."),
});

export const JobStatus = object("k8s.io.api.batch.v1.JobStatus", {
  conditions: optional(1, listAtomic(JobCondition), "What holds for the job.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  startTime: pointer(2, time(), "When the job was begun, or last resumed."),
  completionTime: pointer(3, time(), "When it succeeded."),
  active: optional(4, int32(), "Pods that are neither over nor going."),
  succeeded: optional(5, int32(), "Pods that succeeded."),
  failed: optional(6, int32(), "Pods that failed."),
  terminating: pointer(11, int32(), "Pods that are going."),
  completedIndexes: optional(7, string(), "Indexes that succeeded, such as 0,2-4."),
  failedIndexes: pointer(10, string(), "Indexes that were given up, such as 0,2-4."),
  uncountedTerminatedPods: pointer(8, UncountedTerminatedPods, "Pods that are over and not in the counts yet."),
  ready: pointer(9, int32(), "Active pods that are ready."),
});
export interface JobStatus extends ValueIn<typeof JobStatus> {}

export const jobSchema = object(
  "k8s.io.api.batch.v1.Job",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, JobSpec, "What is wanted."),
    status: plain(3, JobStatus, "What became of it."),
  },
  { doc: "Runs pods until enough of them have succeeded." },
);
export interface Job extends ValueIn<typeof jobSchema> {}
