// resource-claim-controller, for claims: takes out pods that are done; gives devices back when nobody uses them any more,
// and deletes claims that were made for a pod that is done. It refuses to make claims (resourceclaim-pods.ts).
import type { ObjectName } from "../client/client.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { ResourceClaim } from "../resources/resource/resource-claim.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { controllerOf } from "../reconcile/owner.ts";

const FINALIZER = "resource.kubernetes.io/delete-protection";

/** No container of it runs, or ever will. */
const isDone = (pod: Pod): boolean =>
  isTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName);

export const resourceClaim = controller<ResourceClaim>({
  name: "resourceclaim-claims-controller",
  identity: "resource-claim-controller",
  component: "resource_claim",
  of: ResourceClaim,
  maps: [
    mapping(Pod, (pod, { deleted }) => {
      const { namespace } = pod.metadata;
      if (!pod.spec.resourceClaims?.length || !(deleted || isDone(pod))) return [];
      const made = pod.status.resourceClaimStatuses ?? [];
      const names = [
        ...pod.spec.resourceClaims.map((use) => use.resourceClaimName),
        ...made.map((one) => one.resourceClaimName),
      ];
      return names.flatMap((name) => (name === undefined ? [] : [`${namespace}/${name}`]));
    }),
  ],
  writes: [
    { resource: ResourceClaim, verbs: ["update", "delete"] },
    { resource: ResourceClaim, verbs: ["update"], subresource: "status" },
  ],
  async reconcile(first, context) {
    const { client } = context;
    const { namespace, name = "", deletionTimestamp } = first.metadata;
    const users = first.status.reservedFor ?? [];
    const left: (typeof users)[number][] = [];
    for (const user of users) if (await isInUse(user, namespace, context)) left.push(user);
    const isProtected = first.metadata.finalizers?.includes(FINALIZER) === true;
    let claim = first;
    try {
      if (left.length < users.length) {
        const { allocation, reservedFor: _, ...rest } = claim.status;
        const kept = left.length > 0 || !isProtected ? allocation : undefined;
        const status = { ...rest, ...(kept && { allocation: kept }), ...(left.length > 0 && { reservedFor: left }) };
        claim = await client.update(ResourceClaim, { ...claim, status }, { subresource: "status" });
        if (isProtected && !kept) claim = await unprotect(claim, context);
      } else if (isProtected && deletionTimestamp && left.length === 0) {
        const { allocation, ...status } = claim.status;
        if (allocation) claim = await client.update(ResourceClaim, { ...claim, status }, { subresource: "status" });
        await unprotect(claim, context);
      }
      if (left.length > 0 || deletionTimestamp) return;
      const owner = controllerOf(claim);
      const pod = owner?.kind === "Pod" ? context.cache(Pod).get({ namespace, name: owner.name }) : undefined;
      if (pod && (pod.metadata.uid !== owner?.uid || isDone(pod)))
        await client.delete(ResourceClaim, { namespace, name });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  },
});

function unprotect(claim: ResourceClaim, { client }: ReconcileContext): Promise<ResourceClaim> {
  const finalizers = (claim.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
  return client.update(ResourceClaim, { ...claim, metadata: { ...claim.metadata, finalizers } });
}

/** Users that are no pods are kept: nobody here knows them. A pod that the cache does not have may be new. */
async function isInUse(
  { apiGroup = "", resource, name, uid }: NonNullable<ResourceClaim["status"]["reservedFor"]>[number],
  namespace: string | undefined,
  { cache, client }: ReconcileContext,
): Promise<boolean> {
  if (apiGroup !== "" || resource !== "pods") return true;
  const place: ObjectName = { namespace, name };
  const known = cache(Pod).get(place);
  if (known) return known.metadata.uid === uid && !isDone(known);
  try {
    return (await client.get(Pod, place)).metadata.uid === uid;
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    return false;
  }
}
