// What a pod of a job says about it: its index, whether it is tracked, failed or over, and since when. Pure.
import { parseTime } from "../../base/timestamp.ts";
import {
  COMPLETION_INDEX,
  INDEX_FAILURE_COUNT,
  INDEX_IGNORED_FAILURE_COUNT,
} from "../../resources/batch/job-labels.ts";
import { TRACKING_FINALIZER } from "../../resources/batch/job-labels.ts";
import type { Job } from "../../resources/batch/job.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { condition, isTerminal, isTerminating } from "../../resources/core/pod/readiness.ts";

/** Its job has not counted it yet. */
export const isTracked = ({ metadata }: Pick<Pod, "metadata">): boolean =>
  metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;

const countIn = (text: string | undefined): number => (text && /^[0-9]+$/.test(text) ? Number(text) : 0);

/** The completion index; undefined where there is none. */
export function indexOf({ metadata }: Pick<Pod, "metadata">): number | undefined {
  const text = metadata.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** How often pods of its index had failed before it, and how many of those failures were ignored. */
export const failuresBefore = ({ metadata }: Pod): { readonly counted: number; readonly ignored: number } => ({
  counted: countIn(metadata.annotations?.[INDEX_FAILURE_COUNT]),
  ignored: countIn(metadata.annotations?.[INDEX_IGNORED_FAILURE_COUNT]),
});

/** A pod is replaced once it has failed, and not as soon as it is going. */
export const replacesOnlyFailed = ({ spec }: Job): boolean =>
  spec.podReplacementPolicy === "Failed" || spec.podFailurePolicy !== undefined;

/** Deleted pods count as failures too: nobody may ever say how they ended. */
export function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status.phase === "Failed") return true;
  return !replacesOnlyFailed(job) && isTerminating(pod) && pod.status.phase !== "Succeeded";
}

export const hasSucceeded = (pod: Pod): boolean => pod.status.phase === "Succeeded";

/** It is on its way out and not over yet. */
export const isGoing = (pod: Pod): boolean => isTerminating(pod) && !isTerminal(pod);

const timeOf = (text: string | undefined): number | undefined => (text ? parseTime(text).ms : undefined);

/** When the pod was over, as far as can be told, in milliseconds since the epoch. */
export function endOf(pod: Pod): number {
  const { containerStatuses = [] } = pod.status;
  const ends = containerStatuses.map(({ state }) => timeOf(state?.terminated?.finishedAt));
  if (ends.length > 0 && ends.every((end) => end !== undefined)) return Math.max(...ends);
  const ready = condition(pod, "Ready");
  const unready = ready?.status === "False" ? timeOf(ready.lastTransitionTime) : undefined;
  if (unready !== undefined) return unready;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata;
  const deleted = timeOf(deletionTimestamp);
  return deleted === undefined ? (timeOf(creationTimestamp) ?? 0) : deleted - deletionGracePeriodSeconds * 1000;
}

/** How often containers of pods that may go on were started again. */
export function restartsOf(pods: readonly Pod[]): number {
  let sum = 0;
  for (const { status } of pods) {
    if (status.phase !== "Running" && status.phase !== "Pending") continue;
    for (const one of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      sum += one.restartCount ?? 0;
    }
  }
  return sum;
}
