// Job: pods that run until enough of them have succeeded. It refuses to make them (controllers/).
import { humanDuration } from "../../base/duration.ts";
import { parseTime } from "../../base/timestamp.ts";
import { resource } from "../../schema/resource.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { containersColumn, imagesColumn, selectorColumn } from "../apps/workload-columns.ts";
import { prepareWorkload } from "../apps/workload-prepare.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { isTrue } from "../conditions.ts";
import { CONTROLLER_UID } from "./job-labels.ts";
import { jobSchema } from "./job-object.ts";
import type { Job as JobObject, JobCondition } from "./job-object.ts";
import { generatedLabels, jobRules } from "./job-rules.ts";

export interface Job extends JobObject {}

const isEmpty = (labels: object | undefined) => Object.keys(labels ?? {}).length === 0;

/** Selector and labels that only this job's pods can have. What the author set stays, for rules to judge. */
function withGenerated(job: Job): Job {
  const { template, selector } = job.spec;
  const labels = { ...generatedLabels(job.metadata), ...template.metadata?.labels };
  const matchLabels = { [CONTROLLER_UID]: job.metadata.uid ?? "", ...selector?.matchLabels };
  return {
    ...job,
    spec: {
      ...job.spec,
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Without labels of its own it gets those of its pods. */
function prepare(object: Job, old: Job | undefined, request: RequestFacts): Job {
  let job = prepareWorkload(object, old, request, {});
  if (!old && !job.spec.manualSelector) job = withGenerated(job);
  const labels = job.spec.template.metadata?.labels;
  if (!isEmpty(job.metadata.labels) || isEmpty(labels)) return job;
  return { ...job, metadata: { ...job.metadata, labels } };
}

/** The condition by which the job is over, Complete or Failed; undefined while it is not. */
export const finishOf = ({ status }: Job): JobCondition | undefined =>
  status.conditions?.find(({ type, status: is }) => is === "True" && (type === "Complete" || type === "Failed"));

/** The state in one word, as kubectl shows it. */
export function jobState({ metadata, status }: Job): string {
  const is = (type: string) => isTrue(status.conditions, type);
  if (is("Complete")) return "Complete";
  if (is("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(is) ?? "Running";
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Job, now: number): string {
  const { startTime, completionTime } = status;
  if (startTime === undefined) return "";
  const end = completionTime === undefined ? now : parseTime(completionTime).ms;
  return humanDuration(end - parseTime(startTime).ms);
}

/** What a deletion says that leaves open what becomes of the pods. */
const ORPHANS =
  "child pods are preserved by default when jobs are deleted; " +
  "set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

export const Job = resource<Job>({
  group: "batch",
  version: "v1",
  kind: "Job",
  plural: "jobs",
  categories: ["all"],
  scope: "Namespaced",
  schema: jobSchema,
  columns: [
    nameColumn,
    { name: "Status", type: "string", doc: "The state in one word.", cell: jobState },
    { name: "Completions", type: "string", doc: "Successes, of those wanted.", cell: completionsText },
    {
      name: "Duration",
      type: "string",
      doc: "How long it took, or has taken so far.",
      cell: (job, { now }) => durationText(job, now),
    },
    ageColumn,
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
  deletion: { returns: "status", propagation: "Orphan", openPropagation: ORPHANS },
  selectableFields: { "status.successful": ({ status }) => String(status.succeeded ?? 0) },
  prepare,
  rules: jobRules,
});
