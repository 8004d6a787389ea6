// The CronJob as an object: its schema and its type, apart from the resource so that rules can name it. It refuses to
// hold functions.
import { boolean, int32, int64, listAtomic, object, optional, plain, pointer } from "../../schema/node.ts";
import { required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, ObjectMeta, typeMeta } from "../../schema/meta/object-meta.ts";
import { ObjectReference } from "../core/object-reference.ts";
import { JobSpec } from "./job-object.ts";

export const JobTemplateSpec = object("k8s.io.api.batch.v1.JobTemplateSpec", {
  metadata: optional(1, ObjectMeta, "Labels and annotations of the jobs."),
  spec: plain(2, JobSpec, "What is wanted of the jobs."),
});
export interface JobTemplateSpec extends ValueIn<typeof JobTemplateSpec> {}

export const CronJobSpec = object("k8s.io.api.batch.v1.CronJobSpec", {
  schedule: required(1, string(), "When jobs are made: five cron fields, or a macro such as @hourly.", {
    toldLast: true,
  }),
  timeZone: pointer(8, string(), "The time zone of the schedule; UTC if left out."),
  startingDeadlineSeconds: pointer(2, int64(), "How late a job may still be started."),
  concurrencyPolicy: optional(
    3,
    string({ enum: ["Allow", "Forbid", "Replace"] }),
    "What becomes of a job that still runs when the next is due; Allow if left out.",
    { default: () => "Allow", judgedByRule: true },
  ),
  suspend: pointer(4, boolean(), "Whether no more jobs are made for now.", { default: () => false }),
  jobTemplate: required(5, JobTemplateSpec, "The job that is made."),
  successfulJobsHistoryLimit: pointer(6, int32(), "How many jobs that succeeded are kept; 3 if left out.", {
    default: () => 3,
  }),
  failedJobsHistoryLimit: pointer(7, int32(), "How many jobs that failed are kept; 1 if left out.", {
    default: () => 1,
  }),
});
export interface CronJobSpec extends ValueIn<typeof CronJobSpec> {}

export const CronJobStatus = object("k8s.io.api.batch.v1.CronJobStatus", {
  active: optional(1, listAtomic(ObjectReference), "Jobs that are not over."),
  lastScheduleTime: pointer(4, time(), "The last run that a job was made for."),
  lastSuccessfulTime: pointer(5, time(), "When a job last succeeded."),
});
export interface CronJobStatus extends ValueIn<typeof CronJobStatus> {}

export const cronJobSchema = object(
  "k8s.io.api.batch.v1.CronJob",
  {
    ...typeMeta,
    metadata,
    spec: required(2, CronJobSpec, "What is wanted.", { always: false }),
    status: plain(3, CronJobStatus, "What became of it."),
  },
  { doc: "Makes jobs by a schedule." },
);
export interface CronJob extends ValueIn<typeof cronJobSchema> {}
