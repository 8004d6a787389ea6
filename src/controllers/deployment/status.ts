// What a Deployment's status says of its ReplicaSets: counters and conditions. Pure. It refuses to write.
import { formatTime, parseTime } from "../../base/timestamp.ts";
import type { Deployment } from "../../resources/apps/deployment.ts";
import type { DeploymentCondition, DeploymentStatus } from "../../resources/apps/deployment-object.ts";
import type { ReplicaSet } from "../../resources/apps/replica-set.ts";
import { actualOf, availableOf, maxUnavailable, readyOf, replicasOf, terminatingOf, wantedOf } from "./sizes.ts";

const NO_LIMIT = 2 ** 31 - 1;

export const hasDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_LIMIT;

export const conditionOf = (status: DeploymentStatus, type: string): DeploymentCondition | undefined =>
  status.conditions?.find((c) => c.type === type);

const without = (conditions: readonly DeploymentCondition[] | undefined, type: string) =>
  (conditions ?? []).filter((c) => c.type !== type);

type Stated = Pick<DeploymentCondition, "type" | "status" | "reason" | "message">;

/** With the condition last. One of the same status and reason stays as it is; one of the same status keeps its time. */
export function stating(
  status: DeploymentStatus,
  next: Stated & Partial<DeploymentCondition>,
  now: number,
): DeploymentStatus {
  const old = conditionOf(status, next.type ?? "");
  if (old?.status === next.status && old?.reason === next.reason) return status;
  const time = formatTime(now);
  const lastTransitionTime = old?.status === next.status ? old?.lastTransitionTime : time;
  const made = { lastUpdateTime: time, ...next, lastTransitionTime: lastTransitionTime ?? time };
  return { ...status, conditions: [...without(status.conditions, next.type ?? ""), made] };
}

export const notStating = (status: DeploymentStatus, type: string): DeploymentStatus => {
  const conditions = without(status.conditions, type);
  const { conditions: _, ...rest } = status;
  return conditions.length > 0 ? { ...rest, conditions } : rest;
};

export const progressing = (status: "True" | "False" | "Unknown", reason: string, message: string): Stated => ({
  type: "Progressing",
  status,
  reason,
  message,
});

/** Counters, and Available. `sets` has the newest one too, if there is one. */
export function countedStatus(
  d: Deployment,
  sets: readonly ReplicaSet[],
  newest: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const available = availableOf(sets);
  const { collisionCount, conditions } = d.status;
  const counters = {
    observedGeneration: d.metadata.generation,
    replicas: actualOf(sets),
    updatedReplicas: newest ? actualOf([newest]) : 0,
    readyReplicas: readyOf(sets),
    availableReplicas: available,
    unavailableReplicas: Math.max(wantedOf(sets) - available, 0),
  };
  const terminatingReplicas = terminatingOf(sets);
  const status: DeploymentStatus = {
    // Zeros are left out, as on the wire; only pointers say zero.
    ...Object.fromEntries(Object.entries(counters).filter(([, n]) => n)),
    ...(terminatingReplicas !== undefined && { terminatingReplicas }),
    ...(conditions && { conditions }),
    ...(collisionCount !== undefined && { collisionCount }),
  };
  const enough = available >= replicasOf(d) - maxUnavailable(d);
  const stated: Stated = enough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  return stating(status, stated, now);
}

export const isComplete = (d: Deployment, status: DeploymentStatus): boolean =>
  (status.updatedReplicas ?? 0) === replicasOf(d) &&
  (status.replicas ?? 0) === replicasOf(d) &&
  (status.availableReplicas ?? 0) === replicasOf(d) &&
  (status.observedGeneration ?? 0) >= (d.metadata.generation ?? 0);

function hasMoved(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (s: DeploymentStatus) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  const grew = (part: (s: DeploymentStatus) => number | undefined) => (part(after) ?? 0) > (part(before) ?? 0);
  return (
    grew((s) => s.updatedReplicas) ||
    old(after) < old(before) ||
    grew((s) => s.readyReplicas) ||
    grew((s) => s.availableReplicas)
  );
}

function isLate(d: Deployment, status: DeploymentStatus, now: number): boolean {
  const current = conditionOf(status, "Progressing");
  if (!hasDeadline(d) || !current || current.reason === "NewReplicaSetAvailable") return false;
  if (current.reason === "ProgressDeadlineExceeded") return true;
  return now > parseTime(current.lastUpdateTime ?? formatTime(now)).ms + d.spec.progressDeadlineSeconds! * 1000;
}

/** The whole status in the course of a rollout: counters, Available, Progressing, ReplicaFailure. */
export function rolloutStatus(
  d: Deployment,
  sets: readonly ReplicaSet[],
  newest: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const counted = countedStatus(d, sets, newest, now);
  const whole = hasDeadline(d) ? withProgress(d, counted, newest, now) : notStating(counted, "Progressing");
  const failing = [...(newest ? [newest] : []), ...sets].flatMap(
    (set) => set.status.conditions?.find((c) => c.type === "ReplicaFailure") ?? [],
  )[0];
  if (!failing) return notStating(whole, "ReplicaFailure");
  const { type, status, reason, message, lastTransitionTime } = failing;
  return stating(
    whole,
    { type, status, reason, message, ...(lastTransitionTime && { lastUpdateTime: lastTransitionTime }) },
    now,
  );
}

function withProgress(
  d: Deployment,
  status: DeploymentStatus,
  newest: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const current = conditionOf(d.status, "Progressing");
  // A rollout that has ended is not judged again.
  if (status.replicas === status.updatedReplicas && current?.reason === "NewReplicaSetAvailable") return status;
  const what = newest ? `ReplicaSet "${newest.metadata.name}"` : `Deployment "${d.metadata.name}"`;
  if (isComplete(d, status))
    return stating(status, progressing("True", "NewReplicaSetAvailable", `${what} has successfully progressed.`), now);
  if (hasMoved(d.status, status)) {
    // Told anew even if nothing else changed: the deadline counts from the last progress.
    const lastTransitionTime = current?.status === "True" ? current.lastTransitionTime : undefined;
    const next = progressing("True", "ReplicaSetUpdated", `${what} is progressing.`);
    const made = stating(notStating(status, "Progressing"), next, now);
    return lastTransitionTime === undefined
      ? made
      : {
          ...made,
          conditions: made.conditions!.map((c) => (c.type === "Progressing" ? { ...c, lastTransitionTime } : c)),
        };
  }
  if (isLate(d, status, now))
    return stating(status, progressing("False", "ProgressDeadlineExceeded", `${what} has timed out progressing.`), now);
  return status;
}

/** In how many milliseconds the deadline has to be looked at; undefined when it cannot pass. */
export function deadlineIn(d: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const current = conditionOf(status, "Progressing");
  if (!hasDeadline(d) || !current || isComplete(d, status) || current.reason === "ProgressDeadlineExceeded")
    return undefined;
  if (current.reason === "NewReplicaSetAvailable") return undefined;
  const due = parseTime(current.lastUpdateTime ?? formatTime(now)).ms + d.spec.progressDeadlineSeconds! * 1000;
  return Math.max(due - now, 0) + 1000;
}
