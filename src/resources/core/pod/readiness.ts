// What a pod's status says about it: conditions, readiness, availability, whether it is over. It refuses to write
// objects: it answers, or gives a new list.
import { parseTime } from "../../../base/timestamp.ts";
import type { Pod } from "./object.ts";
import type { PodCondition } from "./status.ts";

export type ConditionStatus = "True" | "False" | "Unknown";

/** The parts of a pod that are looked at. */
export type PodState = Pick<Pod, "metadata" | "spec" | "status">;

export const condition = (pod: Pick<Pod, "status">, type: string): PodCondition | undefined =>
  pod.status.conditions?.find((one) => one.type === type);

export const isReady = (pod: Pick<Pod, "status">): boolean => condition(pod, "Ready")?.status === "True";

/**
 * Ready for `minReadySeconds`; `now` in milliseconds since the epoch. The second answer is when that will be so if
 * nothing changes, in milliseconds since the epoch; undefined if the pod is not ready or already available.
 */
export function availability(
  pod: Pick<Pod, "status">,
  minReadySeconds: number,
  now: number,
): { readonly available: boolean; readonly from?: number } {
  const ready = condition(pod, "Ready");
  if (ready?.status !== "True") return { available: false };
  if (minReadySeconds === 0) return { available: true };
  if (!ready.lastTransitionTime) return { available: false };
  const from = parseTime(ready.lastTransitionTime).ms + minReadySeconds * 1000;
  return from <= now ? { available: true } : { available: false, from };
}

export const isAvailable = (pod: Pick<Pod, "status">, minReadySeconds: number, now: number): boolean =>
  availability(pod, minReadySeconds, now).available;

/** It ended and will not run again. */
export const isTerminal = (pod: Pick<Pod, "status">): boolean =>
  pod.status.phase === "Succeeded" || pod.status.phase === "Failed";

/** Its deletion was asked for. */
export const isTerminating = (pod: Pick<Pod, "metadata">): boolean => pod.metadata.deletionTimestamp !== undefined;

/** Neither over nor on its way out: what a workload counts. */
export const isActive = (pod: Pick<Pod, "metadata" | "status">): boolean => !isTerminal(pod) && !isTerminating(pod);

/**
 * The conditions with `next` in place. lastTransitionTime is kept while status is the same, and else is `now` (text of
 * an instant); the same list comes back when nothing would change.
 */
export function withCondition(
  conditions: readonly PodCondition[] | undefined,
  next: PodCondition,
  now: string,
): readonly PodCondition[] {
  const list = conditions ?? [];
  const at = list.findIndex(({ type }) => type === next.type);
  const before = list[at];
  const time = before?.status === next.status ? before.lastTransitionTime : now;
  const made: PodCondition = { ...next, ...(time !== undefined && { lastTransitionTime: time }) };
  if (!before) return [...list, made];
  const same = (["status", "reason", "message", "observedGeneration", "lastTransitionTime"] as const).every(
    (field) => before[field] === made[field],
  );
  return same ? list : list.with(at, made);
}
