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
import { jobSpecFaults } from "./job-spec-rules.ts";
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

/** Whether pods of the job wait, so that where they will run may still be said. */
function waits({ spec, status }: Job): { readonly directives: boolean; readonly resources: boolean } {
  const suspended = spec.suspend === true;
  const stopped = isTrue(status.conditions, "Suspended") && (status.active ?? 0) === 0;
  const notStarted = status.startTime === undefined;
  return { directives: suspended && (notStarted || stopped), resources: suspended && (notStarted || stopped) };
}

type Template = JobSpec["template"];

/** The stored template with what may change taken from the new one. */
function withAllowed(old: Template, template: Template, may: ReturnType<typeof waits>): Template {
  let spec = old.spec;
  let { metadata } = old;
  if (may.directives) {
    const { labels, annotations } = template.metadata ?? {};
    metadata = { ...metadata, labels, annotations };
    const { nodeSelector, tolerations, schedulingGates, affinity } = template.spec;
    const { nodeAffinity: _, ...others } = old.spec.affinity ?? {};
    const merged = affinity?.nodeAffinity ? { ...others, nodeAffinity: affinity.nodeAffinity } : others;
    const keeps = affinity !== undefined || Object.keys(merged).length > 0;
    spec = { ...spec, nodeSelector, tolerations, schedulingGates, affinity: keeps ? merged : undefined };
  }
  if (may.resources) {
    const resourcesOf = <C extends { readonly name: string; readonly resources?: unknown }>(
      list: readonly C[] | undefined,
      from: readonly C[] | undefined,
    ) => list?.map((one, i) => (from?.[i]?.name === one.name ? { ...one, resources: from[i].resources } : one));
    spec = {
      ...spec,
      containers: resourcesOf(spec.containers, template.spec.containers) as typeof spec.containers,
      initContainers: resourcesOf(spec.initContainers, template.spec.initContainers) as typeof spec.initContainers,
    };
  }
  return { ...old, metadata, spec };
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
  if (!semanticEqual(PodTemplateSpec, spec.template, withAllowed(old.spec.template, spec.template, waits(old)))) {
    yield fieldInvalid(SPEC.child("template"), spec.template, "field is immutable");
  }
  for (const [field, node] of IMMUTABLE) {
    const [value, was] = [spec[field], old.spec[field]];
    if (node ? semanticEqual(node, value as never, was as never) : value === was) continue;
    yield fieldInvalid(SPEC.child(field), value, "field is immutable");
  }
};

export const jobRules: readonly Rule<Job>[] = [specRule, updateRule, statusRule];
