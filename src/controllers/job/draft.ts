// The pods that a job makes: of its template, tracked by the finalizer, and in an Indexed job with their number in
// name, hostname, label, annotation and environment. Pure.
import type { Draft } from "../../client/client.ts";
import { controllerReference } from "../../reconcile/owner.ts";
import {
  COMPLETION_INDEX,
  INDEX_FAILURE_COUNT,
  INDEX_IGNORED_FAILURE_COUNT,
} from "../../resources/batch/job-labels.ts";
import { TRACKING_FINALIZER } from "../../resources/batch/job-labels.ts";
import { Job } from "../../resources/batch/job.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { podFromTemplate } from "../pod-control.ts";
import type { IndexFailures } from "./tally.ts";

const VARIABLE = "JOB_COMPLETION_INDEX";
/** The longest prefix of a generated name that leaves room for its five letters. */
const MOST_PREFIX = 58;

type Container = Draft<Pod>["spec"]["containers"][number];

function withVariable<C extends Pick<Container, "env">>(container: C): C {
  const { env = [] } = container;
  if (env.some(({ name }) => name === VARIABLE)) return container;
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` };
  return { ...container, env: [...env, { name: VARIABLE, valueFrom: { fieldRef } }] };
}

/** `failures`: of the index so far, where they are limited by index. */
export function podOf(job: Job, index: number | undefined, failures: IndexFailures | undefined): Draft<Pod> {
  const plain = podFromTemplate(job, job.spec.template, controllerReference(Job, job));
  const finalizers = [...(plain.metadata.finalizers ?? []), TRACKING_FINALIZER];
  const tracked = { ...plain, metadata: { ...plain.metadata, finalizers } };
  if (index === undefined) return tracked;
  const { name = "" } = job.metadata;
  const suffix = `-${index}-`;
  const annotations = {
    ...plain.metadata.annotations,
    [COMPLETION_INDEX]: String(index),
    ...(failures && { [INDEX_FAILURE_COUNT]: String(failures.counted) }),
    ...(failures?.ignored && { [INDEX_IGNORED_FAILURE_COUNT]: String(failures.ignored) }),
  };
  const { containers, initContainers } = plain.spec;
  return {
    metadata: {
      ...tracked.metadata,
      generateName: name.slice(0, MOST_PREFIX - suffix.length) + suffix,
      labels: { ...plain.metadata.labels, [COMPLETION_INDEX]: String(index) },
      annotations,
    },
    spec: {
      ...plain.spec,
      hostname: `${name}-${index}`,
      containers: containers.map(withVariable),
      ...(initContainers && { initContainers: initContainers.map(withVariable) }),
    },
  };
}
