// The claims to devices that a pod names, or why they cannot be told yet. It refuses to allocate.
import { keyOf } from "../../client/client.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ResourceClaim } from "../../resources/resource/resource-claim.ts";
import type { Storage } from "../storage.ts";

/** So many may use a claim. */
const MOST_CONSUMERS = 256;

/** In the pod's order; what stands in the way as text. Claims that nobody made on purpose are left out. */
export function deviceClaimsOf(
  pod: Pod,
  { deviceClaims }: Pick<Storage, "deviceClaims">,
): readonly ResourceClaim[] | string {
  const { namespace = "", name = "", uid } = pod.metadata;
  const found: ResourceClaim[] = [];
  for (const use of pod.spec.resourceClaims ?? []) {
    const made = pod.status.resourceClaimStatuses?.find((one) => one.name === use.name);
    if (use.resourceClaimName === undefined && !made)
      return `pod "${namespace}/${name}": ResourceClaim not created yet`;
    const claimName = use.resourceClaimName ?? made?.resourceClaimName;
    if (claimName === undefined) continue;
    const claim = deviceClaims.get(`${namespace}/${claimName}`);
    if (!claim) return `resourceclaim.resource.k8s.io "${claimName}" not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim "${claimName}" is being deleted`;
    const isOwned = claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid);
    if (use.resourceClaimName === undefined && !isOwned)
      return `ResourceClaim ${keyOf(claim)} was not created for Pod ${namespace}/${name} (Pod is not owner)`;
    found.push(claim);
  }
  return found;
}

export const isReservedFor = ({ status }: ResourceClaim, { metadata }: Pod): boolean =>
  (status.reservedFor ?? []).some(({ uid }) => uid === metadata.uid);

export const canBeReserved = ({ status }: ResourceClaim): boolean => (status.reservedFor?.length ?? 0) < MOST_CONSUMERS;
