// persistentvolumeclaim-protection: a claim that pods use stays until they are gone. It refuses to delete anything.
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import { claimsOf, isMadeFor } from "../resources/core/persistent-volume/binding.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import { protect } from "./persistentvolume/protection.ts";

const FINALIZER = "kubernetes.io/pvc-protection";
const PODS_BY_CLAIM = "claim";

/** Pods without a node do not count: no kubelet starts a pod whose claim is going. Finished ones may still be mounted. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName) return false;
  return claimsOf(pod).some(({ name, isEphemeral }) => {
    if (name !== claim.metadata.name) return false;
    return !isEphemeral || (!isTerminal(pod) && isMadeFor(claim, pod));
  });
}

export const persistentVolumeClaimProtection = controller<PersistentVolumeClaim>({
  name: "persistentvolumeclaim-protection",
  identity: "pvc-protection-controller",
  of: PersistentVolumeClaim,
  maps: [
    mapping(Pod, (pod, { old, deleted }) => {
      if (!deleted && old && !isTerminal(pod)) return [];
      return claimsOf(pod).map(({ name }) => `${pod.metadata.namespace}/${name}`);
    }),
  ],
  indexes: [
    {
      of: Pod,
      name: PODS_BY_CLAIM,
      values: (pod) => claimsOf(pod as Pod).map(({ name }) => `${pod.metadata.namespace}/${name}`),
    },
  ],
  writes: [{ resource: PersistentVolumeClaim, verbs: ["update"] }],
  async reconcile(claim, { client, cache }) {
    const { namespace, name } = claim.metadata;
    const inUse = async () => {
      if (
        cache(Pod)
          .by(PODS_BY_CLAIM, `${namespace}/${name}`)
          .some((pod) => uses(pod, claim))
      )
        return true;
      // The cache may be late, and what is let go cannot be called back.
      const { items } = await client.list(Pod, { namespace });
      return items.some((pod) => uses(pod, claim));
    };
    await protect(PersistentVolumeClaim, claim, FINALIZER, { client, inUse });
  },
});
