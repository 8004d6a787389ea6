// The garbage collector takes what has lost all of its owners, and nothing else. It refuses to be quick: what is
// left is counted at rest.
import type { KubeObject } from "../../../src/schema/resource.ts";
import type { Truth } from "../truth.ts";
import type { Invariant } from "./invariant.ts";
import { isEvent } from "./pods.ts";

const COLLECTOR = "system:serviceaccount:kube-system:generic-garbage-collector";

export const garbage: Invariant = {
  name: "garbage",
  judge({ cluster: { truth } }) {
    const present = new Map<string, KubeObject>();
    for (const { object } of heldBy(truth)) if (object.metadata.uid) present.set(object.metadata.uid, object);
    return {
      onFact(fact) {
        if (isEvent(fact.key)) return undefined;
        const { key, object, old, cause } = fact;
        if (object?.metadata.uid) present.set(object.metadata.uid, object);
        if (old?.metadata.uid && old.metadata.uid !== object?.metadata.uid) present.delete(old.metadata.uid);
        const dooms =
          cause.user === COLLECTOR &&
          old &&
          !old.metadata.deletionTimestamp &&
          (!object || object.metadata.deletionTimestamp);
        if (!dooms) return undefined;
        const solid = old.metadata.ownerReferences?.find(({ uid }) => {
          const owner = present.get(uid);
          return (
            owner && !(owner.metadata.deletionTimestamp && owner.metadata.finalizers?.includes("foregroundDeletion"))
          );
        });
        if (solid) return `${key} was collected though its owner ${solid.kind} ${solid.name} is there`;
        return old.metadata.ownerReferences?.length ? undefined : `${key} was collected though it never had an owner`;
      },
      unsettled() {
        for (const { key, object } of heldBy(truth)) {
          const owners = object.metadata.ownerReferences ?? [];
          if (owners.length > 0 && owners.every(({ uid }) => !present.has(uid)))
            return `${key} is left, its owner ${owners[0]!.kind} ${owners[0]!.name} is gone`;
        }
        return undefined;
      },
    };
  },
};

function* heldBy(truth: Truth): Generator<{ key: string; object: KubeObject }> {
  for (const key of truth.keys()) if (!isEvent(key)) yield { key, object: truth.get(key)!.object };
}
