// A rollout never has more pods than replicas + maxSurge, and never asks for fewer than replicas − maxUnavailable.
// It judges what the deployment controller writes into ReplicaSets, and refuses to judge what pods make of it.
import type { Deployment } from "../../../src/resources/apps/deployment.ts";
import type { ReplicaSet } from "../../../src/resources/apps/replica-set.ts";
import type { Fact } from "../truth.ts";
import type { Invariant } from "./invariant.ts";
import { controllerOf } from "./pods.ts";

/** A controller may act on a spec as old as this. */
const STALE_MS = 60_000;
const WRITER = "system:serviceaccount:kube-system:deployment-controller";

export const rolloutBounds: Invariant = {
  name: "rollout bounds",
  judge({ cluster: { truth, clock } }) {
    /** When a set of a Deployment last reported more than it wants, having adopted pods. */
    const surplusAt = new Map<string, number>();
    return {
      onFact(fact) {
        if (fact.kind !== "apps/replicasets") return undefined;
        const { key, object, old, cause } = fact;
        if (!object) return undefined;
        const owner = controllerOf(object);
        if (owner && reportsSurplus(object as ReplicaSet, old as ReplicaSet | undefined))
          surplusAt.set(owner.uid, clock.now());
        if (cause.user !== WRITER) return undefined;
        const before = (old as ReplicaSet | undefined)?.spec.replicas ?? 0;
        const after = (object as ReplicaSet).spec.replicas ?? 1;
        if (owner?.kind !== "Deployment" || before === after) return undefined;
        let total = 0;
        // What a set has shrunk by and not reported yet is counted as available, here as upstream.
        let lags = (surplusAt.get(owner.uid) ?? -Infinity) >= clock.now() - STALE_MS;
        for (const set of truth.list<ReplicaSet>("apps/replicasets")) {
          if (controllerOf(set)?.uid !== owner.uid) continue;
          total += set.spec.replicas ?? 1;
          const wanted = set.metadata.uid === object.metadata.uid ? before : set.spec.replicas;
          lags ||= (set.status.availableReplicas ?? 0) > (wanted ?? 1);
        }
        const { most, least } = boundsOf(truth.facts("apps/deployments"), owner.uid, clock.now() - STALE_MS);
        if (after > before && total > most)
          return `${key} goes to ${after}: ${total} replicas of Deployment ${owner.name}, at most ${most} are allowed`;
        return after < before && !lags && total < least
          ? `${key} goes to ${after}: ${total} replicas of Deployment ${owner.name}, at least ${least} must stay`
          : undefined;
      },
    };
  },
};

/** A set that took in pods it did not make: what is too many of them counts as available, here as upstream. */
function reportsSurplus({ spec, status }: ReplicaSet, old: ReplicaSet | undefined): boolean {
  const { availableReplicas = 0 } = status;
  return availableReplicas > (spec.replicas ?? 1) && availableReplicas > (old?.status.availableReplicas ?? 0);
}

/** The loosest bounds of the specs of the last minute. */
function boundsOf(
  facts: readonly Fact[],
  uid: string,
  since: number,
): { readonly most: number; readonly least: number } {
  let most = 0;
  let least = Infinity;
  for (let i = facts.length - 1; i >= 0; i--) {
    const { object, at } = facts[i]!;
    if (object?.metadata.uid !== uid) continue;
    const { replicas = 1, strategy } = (object as Deployment).spec;
    const rolling = strategy?.type === "Recreate" ? undefined : strategy?.rollingUpdate;
    const surge = rolling ? resolved(rolling.maxSurge, replicas, Math.ceil) : 0;
    const absent = rolling ? resolved(rolling.maxUnavailable, replicas, Math.floor) : replicas;
    most = Math.max(most, replicas + surge);
    // Both may come to nothing; then one at a time may be missing.
    least = Math.min(least, replicas - (surge === 0 && absent === 0 ? 1 : absent));
    if (at < since) break;
  }
  return { most, least };
}

function resolved(value: number | string | undefined, of: number, round: (n: number) => number): number {
  if (typeof value === "number") return value;
  return round((Number((value ?? "25%").replace("%", "")) * of) / 100);
}
