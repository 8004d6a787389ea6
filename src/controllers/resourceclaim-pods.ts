// resource-claim-controller, for pods: makes the claims to devices that templates describe, tells the pod their names, and
// puts a pod that did not go by the scheduler among their users. It refuses to allocate: the scheduler does.
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { ResourceClaimTemplate } from "../resources/resource/resource-claim-template.ts";
import { ResourceClaim } from "../resources/resource/resource-claim.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { controllerOf } from "../reconcile/owner.ts";

const POD_CLAIM = "resource.kubernetes.io/pod-claim-name";
/** Room for a hyphen and five letters in a name of 63. */
const MOST_BASE = 57;
/** So many may use a claim. */
const MOST_CONSUMERS = 256;

type Use = NonNullable<Pod["spec"]["resourceClaims"]>[number];

export const resourceClaimPods = controller<Pod>({
  name: "resourceclaim-controller",
  identity: "resource-claim-controller",
  component: "resource_claim",
  of: Pod,
  heeds: (pod) => (pod.spec.resourceClaims?.length ?? 0) > 0,
  reads: [ResourceClaim],
  maps: [
    mapping(ResourceClaimTemplate, ({ metadata: { namespace, name } }, { deleted, cache }) => {
      if (deleted) return [];
      const pods = cache(Pod).list(namespace);
      const isFor = ({ spec }: Pod) => spec.resourceClaims?.some((use) => use.resourceClaimTemplateName === name);
      return pods.filter(isFor).map((pod) => `${namespace}/${pod.metadata.name}`);
    }),
    mapping(ResourceClaim, (claim, { deleted, cache }) => {
      const { namespace, name } = claim.metadata;
      const owner = controllerOf(claim);
      if (owner?.kind === "Pod") return [`${namespace}/${owner.name}`];
      if (deleted || !claim.status.allocation) return [];
      const isFor = ({ spec }: Pod) => spec.resourceClaims?.some((use) => use.resourceClaimName === name);
      return cache(Pod)
        .list(namespace)
        .filter(isFor)
        .map((pod) => `${namespace}/${pod.metadata.name}`);
    }),
  ],
  writes: [
    { resource: ResourceClaim, verbs: ["create"] },
    { resource: ResourceClaim, verbs: ["update"], subresource: "status" },
    { resource: Pod, verbs: ["patch"], subresource: "status" },
  ],
  async reconcile(pod, context) {
    const { client, events } = context;
    const { namespace, name = "", uid } = pod.metadata;
    if (pod.metadata.deletionTimestamp || isTerminal(pod) || !pod.spec.resourceClaims?.length) return;
    const names = new Map(
      (pod.status.resourceClaimStatuses ?? []).map((one) => [one.name, one.resourceClaimName] as const),
    );
    const made: { name: string; resourceClaimName: string }[] = [];
    for (const use of pod.spec.resourceClaims) {
      try {
        const claim = await claimFor(pod, use, names, context);
        if (claim !== undefined) made.push({ name: use.name, resourceClaimName: claim });
      } catch (error) {
        const text = `PodResourceClaim ${use.name}: ${error instanceof Error ? error.message : String(error)}`;
        events.record(pod, "Warning", "FailedResourceClaimCreation", text);
        throw error;
      }
    }
    if (made.length > 0) {
      const body = { metadata: { uid }, status: { resourceClaimStatuses: made } };
      await client.patch(Pod, { namespace, name }, { type: "strategic", body }, { subresource: "status" });
      for (const one of made) names.set(one.name, one.resourceClaimName);
    }
    if (pod.spec.nodeName) await reserve(pod, names, context);
  },
});

/** The name of a claim that the pod has not been told of yet; made where there is none. */
async function claimFor(
  pod: Pod,
  use: Use,
  names: ReadonlyMap<string, string | undefined>,
  { client, cache }: ReconcileContext,
): Promise<string | undefined> {
  const { namespace, name = "", uid = "" } = pod.metadata;
  const claims = cache(ResourceClaim);
  const template = use.resourceClaimTemplateName;
  if (template === undefined) return undefined;
  const isOwn = (claim: ResourceClaim | undefined) => claim !== undefined && controllerOf(claim)?.uid === uid;
  if (names.has(use.name)) {
    const known = names.get(use.name);
    if (known === undefined || isOwn(claims.get({ namespace, name: known }))) return undefined;
  }
  // It may have been made, and the pod not told of it.
  const before = claims
    .list(namespace)
    .find((claim) => isOwn(claim) && claim.metadata.annotations?.[POD_CLAIM] === use.name);
  if (before) return before.metadata.name;
  const found = cache(ResourceClaimTemplate).get({ namespace, name: template });
  if (!found)
    throw new Error(
      `resource claim template "${template}": resourceclaimtemplate.resource.k8s.io "${template}" not found`,
    );
  const { labels, annotations } = found.spec.metadata ?? {};
  const metadata = {
    namespace,
    generateName: baseName(name, use.name),
    ...(labels && { labels }),
    annotations: { ...annotations, [POD_CLAIM]: use.name },
    ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid, controller: true }],
  };
  const claim = await client.create(ResourceClaim, { metadata, spec: found.spec.spec });
  return claim.metadata.name;
}

/** Pod and claim, both shortened alike where they are too long. */
function baseName(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`;
  if (whole.length <= MOST_BASE) return whole;
  const podPart = pod.slice(0, Math.floor((pod.length * MOST_BASE) / whole.length));
  const short = `${podPart}-${claim.slice(0, Math.floor((claim.length * MOST_BASE) / whole.length))}`;
  return short;
}

/** A pod that somebody else has put on a node uses its claims too. */
async function reserve(
  pod: Pod,
  names: ReadonlyMap<string, string | undefined>,
  { client, cache }: ReconcileContext,
): Promise<void> {
  const { namespace, name = "", uid = "" } = pod.metadata;
  for (const use of pod.spec.resourceClaims ?? []) {
    const claimName = use.resourceClaimName ?? names.get(use.name);
    const claim = claimName ? cache(ResourceClaim).get({ namespace, name: claimName }) : undefined;
    if (!claim?.status.allocation) continue;
    const users = claim.status.reservedFor ?? [];
    if (users.length >= MOST_CONSUMERS || users.some((user) => user.uid === uid)) continue;
    const status = { ...claim.status, reservedFor: [...users, { resource: "pods", name, uid }] };
    await client.update(ResourceClaim, { ...claim, status }, { subresource: "status" });
  }
}
