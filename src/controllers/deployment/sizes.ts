// How many pods a rollout may have and which set gets how many. Pure. It refuses to write.
import type { Deployment } from "../../resources/apps/deployment.ts";
import type { ReplicaSet } from "../../resources/apps/replica-set.ts";
import { desiredOf, maximumOf } from "./annotations.ts";

export const replicasOf = (object: Deployment | ReplicaSet): number => object.spec.replicas ?? 1;
export const isRolling = (d: Deployment): boolean => d.spec.strategy?.type === "RollingUpdate";

const sum = (sets: readonly ReplicaSet[], part: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (part(set) ?? 0), 0);

export const wantedOf = (sets: readonly ReplicaSet[]): number => sum(sets, replicasOf);
export const actualOf = (sets: readonly ReplicaSet[]): number => sum(sets, ({ status }) => status.replicas);
export const readyOf = (sets: readonly ReplicaSet[]): number => sum(sets, ({ status }) => status.readyReplicas);
export const availableOf = (sets: readonly ReplicaSet[]): number => sum(sets, ({ status }) => status.availableReplicas);
/**
 * Available pods that stay so: a set that was just made smaller still reports those that it is about to lose, and who
 * counts them takes more from the old sets than may be missing.
 */
export const lastingOf = (sets: readonly ReplicaSet[]): number =>
  sum(sets, (set) => Math.min(set.status.availableReplicas ?? 0, replicasOf(set)));
/** Undefined as long as one of them does not say. */
export const terminatingOf = (sets: readonly ReplicaSet[]): number | undefined =>
  sets.some(({ status }) => status.terminatingReplicas === undefined)
    ? undefined
    : sum(sets, ({ status }) => status.terminatingReplicas);

/** A number, or a percentage of `total`. */
function absolute(value: number | string | undefined, total: number, round: (n: number) => number): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  return round((Number.parseInt(value, 10) * total) / 100);
}

/** Surge rounds up, unavailable rounds down; where both are nothing one pod may be missing, or no rollout would end. */
function limits(d: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge, maxUnavailable } = d.spec.strategy?.rollingUpdate ?? {};
  const surge = absolute(maxSurge, replicasOf(d), Math.ceil);
  const unavailable = absolute(maxUnavailable, replicasOf(d), Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

export const maxSurge = (d: Deployment): number => (isRolling(d) ? limits(d).surge : 0);

export function maxUnavailable(d: Deployment): number {
  if (!isRolling(d) || replicasOf(d) === 0) return 0;
  return Math.min(limits(d).unavailable, replicasOf(d));
}

/** The size that the newest set (now `size`) may have, beside `sets` (itself included). */
export function newSetSize(d: Deployment, sets: readonly ReplicaSet[], size: number): number {
  if (!isRolling(d)) return replicasOf(d);
  const room =
    replicasOf(d) + absolute(d.spec.strategy?.rollingUpdate?.maxSurge, replicasOf(d), Math.ceil) - wantedOf(sets);
  return room <= 0 ? size : size + Math.min(room, replicasOf(d) - size);
}

export const isActiveSet = (set: ReplicaSet): boolean => replicasOf(set) > 0;

/** The newest set has all that is wanted, and all of it is available. */
export function isSaturated(d: Deployment, set: ReplicaSet | undefined): boolean {
  const wanted = replicasOf(d);
  return (
    set !== undefined &&
    replicasOf(set) === wanted &&
    desiredOf(set) === wanted &&
    (set.status.availableReplicas ?? 0) === wanted
  );
}

const created = (set: ReplicaSet) => set.metadata.creationTimestamp ?? "";
const named = (a: ReplicaSet, b: ReplicaSet) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);

/** Oldest first; names decide between equals. */
export const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  created(a) === created(b) ? named(a, b) : created(a) < created(b) ? -1 : 1;

/**
 * The sizes of several active sets after the Deployment's size changed in the middle of a rollout: each gets its share,
 * the largest what is left. Growing favours the newest of equals, shrinking the oldest.
 */
export function proportional(d: Deployment, active: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const allowed = replicasOf(d) > 0 ? replicasOf(d) + maxSurge(d) : 0;
  const toAdd = allowed - wantedOf(active);
  const sorted = active.toSorted(
    (a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byAge(b, a) : toAdd < 0 ? byAge(a, b) : 0),
  );
  let added = 0;
  const sizes = new Map<ReplicaSet, number>();
  for (const set of sorted) {
    const share = toAdd === 0 ? 0 : shareOf(d, set, toAdd, added);
    added += share;
    sizes.set(set, replicasOf(set) + share);
  }
  const largest = sorted[0];
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(sizes.get(largest)! + toAdd - added, 0));
  return sizes;
}

function shareOf(d: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (replicasOf(set) === 0 || toAdd === added) return 0;
  const fraction = fractionOf(d, set);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

/** How much a set changes when it keeps its part of the whole. */
function fractionOf(d: Deployment, set: ReplicaSet): number {
  if (replicasOf(d) === 0) return -replicasOf(set);
  const before = maximumOf(set) || (d.status.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((replicasOf(set) * (replicasOf(d) + maxSurge(d))) / before) - replicasOf(set);
}
