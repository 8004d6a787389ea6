// CronJob: a job for each time that a schedule names. It refuses to make them (controllers/).
import { resource } from "../../schema/resource.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { containerNames, imageNames, selectorText } from "../apps/workload-columns.ts";
import { settleTemplate } from "../apps/workload-prepare.ts";
import { age, ageColumn, nameColumn } from "../columns.ts";
import { cronJobSchema } from "./cron-job-object.ts";
import type { CronJob as CronJobObject } from "./cron-job-object.ts";
import { cronJobRules } from "./cron-job-rules.ts";

export interface CronJob extends CronJobObject {}

function prepare(object: CronJob, old: CronJob | undefined, request: RequestFacts): CronJob {
  if (old && request.subresource === "status") return { ...object, spec: old.spec };
  const { jobTemplate } = object.spec;
  const template = settleTemplate(jobTemplate.spec.template);
  const settled =
    template === jobTemplate.spec.template ? jobTemplate : { ...jobTemplate, spec: { ...jobTemplate.spec, template } };
  return { ...object, spec: { ...object.spec, jobTemplate: settled }, status: old ? old.status : {} };
}

const templateOf = ({ spec }: CronJob) => spec.jobTemplate.spec.template;

export const CronJob = resource<CronJob>({
  group: "batch",
  version: "v1",
  kind: "CronJob",
  plural: "cronjobs",
  shortNames: ["cj"],
  categories: ["all"],
  scope: "Namespaced",
  schema: cronJobSchema,
  columns: [
    nameColumn,
    { name: "Schedule", type: "string", doc: "When jobs are made.", cell: ({ spec }) => spec.schedule },
    { name: "Timezone", type: "string", doc: "The schedule's zone.", cell: ({ spec }) => spec.timeZone ?? "<none>" },
    {
      name: "Suspend",
      type: "boolean",
      doc: "Whether no jobs are made for now.",
      cell: ({ spec }) => (spec.suspend === undefined ? "<unset>" : spec.suspend ? "True" : "False"),
    },
    { name: "Active", type: "integer", doc: "Jobs that run.", cell: ({ status }) => status.active?.length ?? 0 },
    {
      name: "Last Schedule",
      type: "string",
      doc: "How long ago a job was last due and made.",
      cell: ({ status }, { now }) => (status.lastScheduleTime ? age(status.lastScheduleTime, now) : "<none>"),
    },
    ageColumn,
    {
      name: "Containers",
      type: "string",
      priority: 1,
      doc: "Names of the template's containers.",
      cell: (cron) => containerNames(templateOf(cron)),
    },
    {
      name: "Images",
      type: "string",
      priority: 1,
      doc: "Images of the template's containers.",
      cell: (cron) => imageNames(templateOf(cron)),
    },
    {
      name: "Selector",
      type: "string",
      priority: 1,
      doc: "The selector that its jobs are given, if any.",
      cell: ({ spec }) => (spec.jobTemplate.spec.selector ? selectorText(spec.jobTemplate.spec.selector) : "<none>"),
    },
  ],
  prepare,
  rules: cronJobRules,
});
