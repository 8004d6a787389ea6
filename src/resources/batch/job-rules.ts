// What a Job must be beyond its fields: its selector finds its own pods only, its spec makes sense, and most of it
// stays. Pure.
import { formats } from "../../base/formats.ts";
import { semanticEqual } from "../../schema/equality.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { labelQueryOf } from "../../schema/label-selector.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { isTrue } from "../conditions.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import { CONTROLLER_UID, JOB_NAME, LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME } from "./job-labels.ts";
import { JobSpec, PodFailurePolicy, SuccessPolicy } from "./job-object.ts";
import type { Job } from "./job-object.ts";
import { labelNameWarnings, wishesAnew } from "../core/pod/rules/warnings.ts";
import { jobSpecFaults, jobSpecWarnings } from "./job-spec-rules.ts";
import { statusRule } from "./job-status-rules.ts";

const SPEC = FieldPath.of("spec");
const LABELS = SPEC.child("template", "metadata", "labels");

/** The labels that the server gives pods of a job whose selector it makes. */
export const generatedLabels = ({ uid = "", name = "" }: Job["metadata"]): Readonly<Record<string, string>> => ({
  [LEGACY_CONTROLLER_UID]: uid,
  [LEGACY_JOB_NAME]: name,
  [CONTROLLER_UID]: uid,
  [JOB_NAME]: name,
});

/** A generated selector is exactly this one, and its labels are on the template. */
function* generatedFaults({ metadata, spec }: Job): Generator<FieldError> {
  if (spec.manualSelector || !spec.selector) return;
  const labels = spec.template.metadata?.labels ?? {};
  for (const [key, wanted] of Object.entries(generatedLabels(metadata))) {
    const at = LABELS.key(key);
    if (labels[key] === undefined) yield fieldRequired(at, `must be '${wanted}'`);
    else if (labels[key] !== wanted) yield fieldInvalid(at, labels[key], `must be '${wanted}'`);
  }
  const expected = { matchLabels: { [CONTROLLER_UID]: metadata.uid ?? "" } };
  const older = { matchLabels: { [LEGACY_CONTROLLER_UID]: metadata.uid ?? "" } };
  if ([expected, older].some((one) => semanticEqual(LabelSelector, one, spec.selector))) return;
  yield fieldInvalid(SPEC.child("selector"), spec.selector, "`selector` not auto-generated");
}

function* selectorFaults({ spec }: Job): Generator<FieldError> {
  const at = SPEC.child("selector");
  if (!spec.selector) return yield fieldRequired(at);
  const faults = [...labelSelectorFaults(spec.selector, at)];
  yield* faults;
  const labels = spec.template.metadata?.labels;
  if (faults.length > 0 || labelQueryOf(spec.selector).matches(labels ?? {})) return;
  yield fieldInvalid(LABELS, labels, "`selector` does not match template `labels`");
}

/** The pod with the highest index must have a name that is a hostname. */
function* hostnameFaults({ metadata, spec }: Job): Generator<FieldError> {
  if (spec.completionMode !== "Indexed" || !spec.completions || spec.completions < 0) return;
  const hostname = `${metadata.name}-${spec.completions - 1}`;
  if (formats.dns1123Label(hostname).length === 0) return;
  const why = `will not able to create pod with invalid DNS label: ${hostname}`;
  yield fieldInvalid(FieldPath.of("metadata", "name"), metadata.name, why);
}

const specRule: Rule<Job> = function* (job, { old, request }) {
  if (request.subresource === "status") return;
  if (!old) yield* generatedFaults(job);
  yield* jobSpecFaults(job.spec, SPEC, { old: old?.spec, request });
  yield* selectorFaults(job);
  if (!old) yield* hostnameFaults(job);
};

const warned: Rule<Job> = function* (job, { old, request }) {
  if (request.subresource === "status" || !wishesAnew(job, old)) return;
  if (!old) yield* labelNameWarnings(job.metadata.name, "Pod names and hostnames");
  yield* jobSpecWarnings(job.spec, SPEC);
};

function* completionsFaults(spec: JobSpec, old: JobSpec): Generator<FieldError> {
  if (spec.completions === old.completions) return;
  const at = SPEC.child("completions");
  if (spec.completionMode !== "Indexed" || spec.completions === undefined || old.completions === undefined) {
    return yield fieldInvalid(at, spec.completions, "field is immutable");
  }
  if (spec.completions !== spec.parallelism) {
    yield fieldInvalid(at, spec.completions, "can only be modified in tandem with spec.parallelism");
  }
}

/** Whether the job waits without pods, so that where they will run and what they get may still be said. */
function waits({ spec, status }: Job): boolean {
  if (spec.suspend !== true) return false;
  return status.startTime === undefined || (isTrue(status.conditions, "Suspended") && (status.active ?? 0) === 0);
}

type Template = JobSpec["template"];
type Containers = Template["spec"]["containers"];

/** The containers with the resources of those that have their names in `from`. */
const withResources = <C extends Containers[number]>(list: readonly C[], from: readonly C[] = []): readonly C[] =>
  list.map((one) => ({ ...one, resources: from.find(({ name }) => name === one.name)?.resources ?? one.resources }));

/** The stored template with what may change while the job waits taken from the new one. */
function withAllowed({ spec: old, ...others }: Template, template: Template): Template {
  const { labels, annotations } = template.metadata ?? {};
  const { nodeSelector, tolerations, schedulingGates, affinity, containers, initContainers } = template.spec;
  const { nodeAffinity: _, ...rest } = old.affinity ?? {};
  const merged = affinity?.nodeAffinity ? { ...rest, nodeAffinity: affinity.nodeAffinity } : rest;
  const keeps = affinity !== undefined || Object.keys(merged).length > 0;
  return {
    ...others,
    metadata: { ...others.metadata, labels, annotations },
    spec: {
      ...old,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: keeps ? merged : undefined,
      containers: withResources(old.containers, containers),
      ...(old.initContainers && { initContainers: withResources(old.initContainers, initContainers) }),
    },
  };
}

const IMMUTABLE = [
  ["completionMode", undefined],
  ["podFailurePolicy", PodFailurePolicy],
  ["backoffLimitPerIndex", undefined],
  ["managedBy", undefined],
  ["successPolicy", SuccessPolicy],
] as const;

const updateRule: Rule<Job> = function* (job, { old, request }) {
  if (!old || request.subresource === "status") return;
  const { spec } = job;
  yield* completionsFaults(spec, old.spec);
  if (!semanticEqual(LabelSelector, spec.selector, old.spec.selector)) {
    yield fieldInvalid(SPEC.child("selector"), spec.selector, "field is immutable");
  }
  const template = waits(old) ? withAllowed(old.spec.template, spec.template) : old.spec.template;
  if (!semanticEqual(PodTemplateSpec, spec.template, template)) {
    yield fieldInvalid(SPEC.child("template"), spec.template, "field is immutable");
  }
  for (const [field, node] of IMMUTABLE) {
    const [value, was] = [spec[field], old.spec[field]];
    if (node ? semanticEqual(node, value as never, was as never) : value === was) continue;
    yield fieldInvalid(SPEC.child(field), value, "field is immutable");
  }
};

export const jobRules: readonly Rule<Job>[] = [specRule, updateRule, statusRule, warned];
