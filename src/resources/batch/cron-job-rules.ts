// What a CronJob must be beyond its fields: a schedule that can be read, a time zone that exists, a name that leaves
// room for those of its jobs. Pure.
import { fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { nonNegative } from "../apps/workload-rules.ts";
import type { CronJob, CronJobSpec } from "./cron-job-object.ts";
import { CronError, parseCron, zoneOffset } from "./cron-schedule.ts";
import { labelNameWarnings, wishesAnew } from "../core/pod/rules/warnings.ts";
import { jobSpecFaults, jobSpecWarnings } from "./job-spec-rules.ts";

const SPEC = FieldPath.of("spec");
const POLICIES = ["Allow", "Forbid", "Replace"];

/** A job's name is that of its CronJob and eleven more letters. */
const LONGEST_NAME = 52;

const hasZone = (schedule: string) => schedule.includes("TZ");

function* scheduleFaults({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined): Generator<FieldError> {
  if (!schedule) return;
  const at = SPEC.child("schedule");
  const mayHaveZone = old !== undefined && hasZone(old.schedule);
  if (hasZone(schedule) && !mayHaveZone) {
    const why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    return yield fieldInvalid(at, schedule, why);
  }
  if (hasZone(schedule) && timeZone !== undefined) {
    yield fieldInvalid(at, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
  }
  try {
    parseCron(schedule.replace(/^(CRON_)?TZ=\S+\s+/, ""));
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return yield fieldInvalid(at, schedule, error.message);
  }
}

function* zoneWarnings({ schedule }: CronJobSpec): Generator<string> {
  if (!hasZone(schedule)) return;
  yield `${SPEC.child("schedule")}: CRON_TZ or TZ used in schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`;
}

function* zoneFaults(timeZone: string | undefined): Generator<FieldError> {
  if (timeZone === undefined) return;
  const at = SPEC.child("timeZone");
  if (timeZone === "") return yield fieldInvalid(at, timeZone, "timeZone must be nil or non-empty string");
  if (timeZone.toLowerCase() === "local") {
    const why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    return yield fieldInvalid(at, timeZone, why);
  }
  if (!zoneOffset(timeZone)) yield fieldInvalid(at, timeZone, `unknown time zone ${timeZone}`);
}

const specRule: Rule<CronJob> = function* ({ metadata, spec }, { old, request }) {
  if (request.subresource === "status") return;
  yield* scheduleFaults(spec, old?.spec);
  yield* nonNegative(spec.startingDeadlineSeconds, SPEC.child("startingDeadlineSeconds"));
  if (spec.timeZone !== old?.spec.timeZone) yield* zoneFaults(spec.timeZone);
  const policy = spec.concurrencyPolicy;
  const at = SPEC.child("concurrencyPolicy");
  if (!policy) yield fieldRequired(at);
  else if (!POLICIES.includes(policy)) yield fieldNotSupported(at, policy, POLICIES);
  const template = SPEC.child("jobTemplate", "spec");
  yield* jobSpecFaults(spec.jobTemplate.spec, template, { old: old?.spec.jobTemplate.spec, request });
  yield* nonNegative(spec.successfulJobsHistoryLimit, SPEC.child("successfulJobsHistoryLimit"));
  yield* nonNegative(spec.failedJobsHistoryLimit, SPEC.child("failedJobsHistoryLimit"));
  if (old) return;
  const name = metadata.name ?? "";
  if (name.length > LONGEST_NAME) {
    yield fieldInvalid(FieldPath.of("metadata", "name"), name, `must be no more than ${LONGEST_NAME} characters`);
  }
};

const warned: Rule<CronJob> = function* (cronJob, { old, request }) {
  if (request.subresource === "status") return;
  const { metadata, spec } = cronJob;
  if (!old) yield* labelNameWarnings(metadata.name, "Pod names and hostnames");
  if (wishesAnew(cronJob, old)) yield* jobSpecWarnings(spec.jobTemplate.spec, SPEC.child("jobTemplate", "spec"));
  yield* zoneWarnings(spec);
};

export const cronJobRules: readonly Rule<CronJob>[] = [specRule, warned];
