// The arithmetic of a PodDisruptionBudget: how many pods must be healthy, and what an eviction may take. It refuses to
// count pods (the disruption controller does) and to evict.
import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from "./pod-disruption-budget.ts";

/** What the controller counted. `expected` is what the pods' owners want, which a percentage is of. */
export interface PodCount {
  readonly expected: number;
  readonly healthy: number;
}

/** A number as it is, a percentage of `total` rounded up. Other text is a defect: validation has refused it. */
export function scaled(share: string | number, total: number): number {
  if (typeof share === "number") return share;
  const percent = /^([0-9]+)%$/.exec(share);
  if (!percent) throw new Error(`${share} is no percentage`);
  return Math.ceil((Number(percent[1]) * total) / 100);
}

/** How many pods must stay healthy. Nothing set: none needs to. */
export function desiredHealthy({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec, expected: number): number {
  if (minAvailable !== undefined) return scaled(minAvailable, expected);
  if (maxUnavailable !== undefined) return Math.max(expected - scaled(maxUnavailable, expected), 0);
  return 0;
}

/** The figures of a budget's status. A budget without pods allows nothing. */
export function budgetFigures(
  spec: PodDisruptionBudgetSpec,
  { expected, healthy }: PodCount,
): Pick<PodDisruptionBudgetStatus, "expectedPods" | "currentHealthy" | "desiredHealthy" | "disruptionsAllowed"> {
  const desired = desiredHealthy(spec, expected);
  return {
    expectedPods: expected,
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: expected === 0 ? 0 : Math.max(healthy - desired, 0),
  };
}

/**
 * Whether an unhealthy pod may go without touching the budget: always by `AlwaysAllow`, otherwise only while as many
 * are healthy as must be.
 */
export function spares(spec: PodDisruptionBudgetSpec, status: PodDisruptionBudgetStatus): boolean {
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy: desired = 0 } = status;
  return currentHealthy >= desired && desired > 0;
}

/** An eviction granted but not seen yet counts for this long, in milliseconds. */
export const DISRUPTION_TIMEOUT = 120_000;

/** So many granted evictions at once are too many to keep. */
export const MOST_DISRUPTED_PODS = 2000;
