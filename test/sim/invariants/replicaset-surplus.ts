// A ReplicaSet never creates a pod too many, however late its watches are. It refuses to count what nobody could
// know: pods whose creation was reported as failed.
import type { ReplicaSet } from "../../../src/resources/apps/replica-set.ts";
import type { Pod } from "../../../src/resources/core/pod.ts";
import type { Fact } from "../truth.ts";
import type { Invariant } from "./invariant.ts";
import { controllerOf, isActive, selects } from "./pods.ts";

/** A controller may act on a spec as old as this. */
const STALE_MS = 60_000;

export const replicaSetSurplus: Invariant = {
  name: "replicaset surplus",
  judge: ({ cluster: { truth, clock }, ledger }) => ({
    onFact(fact) {
      if (fact.kind !== "core/pods" || !fact.isCreation) return undefined;
      const { key, namespace, object } = fact;
      const owner = object && controllerOf(object);
      if (owner?.kind !== "ReplicaSet") return undefined;
      const set = truth.get(`apps/replicasets/${namespace}/${owner.name}`)?.object as ReplicaSet | undefined;
      let active = 0;
      for (const pod of truth.list<Pod>("core/pods")) {
        // One that matches no longer is not its any more, whether the reference could be taken away yet or not.
        if (
          controllerOf(pod)?.uid === owner.uid &&
          isActive(pod) &&
          selects(set?.spec.selector.matchLabels, pod.metadata.labels)
        )
          active++;
      }
      const allowed = mostReplicas(truth.facts("apps/replicasets"), owner.uid, clock.now() - STALE_MS);
      const unknown = ledger.lostCreates.get(owner.uid) ?? 0;
      return active > allowed + unknown
        ? `${key} is active pod ${active} of ReplicaSet ${owner.name}, which wanted at most ${allowed}`
        : undefined;
    },
  }),
};

/** The most replicas that any spec of the last minute asked for. */
function mostReplicas(facts: readonly Fact[], uid: string, since: number): number {
  let most = 0;
  for (let i = facts.length - 1; i >= 0; i--) {
    const { object, at } = facts[i]!;
    if (object?.metadata.uid !== uid) continue;
    most = Math.max(most, (object as ReplicaSet).spec.replicas ?? 1);
    if (at < since) break;
  }
  return most;
}
