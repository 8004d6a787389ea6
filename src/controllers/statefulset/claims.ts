// The claims of a StatefulSet's pods: made before their pod, named after it, and kept or left to the garbage collector as
// the set's policy says. It refuses to delete them.
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import { Pod } from "../../resources/core/pod.ts";
import { StatefulSet } from "../../resources/apps/stateful-set.ts";
import type { Draft } from "../../client/client.ts";
import { equalJson } from "../../schema/equality.ts";
import type { OwnerReference } from "../../schema/meta/object-meta.ts";
import { StatusError, hasReason } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { ReconcileContext } from "../../reconcile/controller.ts";
import { controllerReference } from "../../reconcile/owner.ts";
import { ordinalOf } from "./step.ts";

const templatesOf = ({ spec }: StatefulSet) => spec.volumeClaimTemplates ?? [];
const claimName = (set: StatefulSet, template: string, ordinal: number) =>
  `${template}-${set.metadata.name}-${ordinal}`;

/** Whether a claim of this name would be one of the set's. */
export const isClaimOf = (set: StatefulSet, name: string): boolean =>
  templatesOf(set).some(({ metadata }) => name.startsWith(`${metadata.name}-${set.metadata.name}-`));

function claimsOf(set: StatefulSet, ordinal: number): readonly Draft<PersistentVolumeClaim>[] {
  const { namespace } = set.metadata;
  return templatesOf(set).map(({ metadata, spec }) => {
    const { name = "", annotations } = metadata;
    const labels = { ...metadata.labels, ...set.spec.selector.matchLabels };
    return {
      metadata: {
        namespace,
        name: claimName(set, name, ordinal),
        labels,
        ...(annotations && { annotations }),
      },
      spec,
    };
  });
}

/** The pod's volumes: those of the templates stand for claims, whatever the pod's own template says of their names. */
export function volumesOf(set: StatefulSet, ordinal: number, own: Pod["spec"]["volumes"]): Pod["spec"]["volumes"] {
  const templates = templatesOf(set);
  if (templates.length === 0) return own;
  const names = new Set(templates.map(({ metadata }) => metadata.name));
  return [
    ...templates.map(({ metadata: { name = "" } }) => ({
      name,
      persistentVolumeClaim: { claimName: claimName(set, name, ordinal) },
    })),
    ...(own ?? []).filter(({ name }) => !names.has(name)),
  ];
}

/** Makes the claims that are missing. Throws what keeps the pod from being made, and tells it. */
export async function makeClaims(set: StatefulSet, ordinal: number, context: ReconcileContext): Promise<void> {
  const { client, events, cache } = context;
  const pod = `${set.metadata.name}-${ordinal}`;
  for (const draft of claimsOf(set, ordinal)) {
    const { namespace, name = "" } = draft.metadata;
    const found = cache(PersistentVolumeClaim).get({ namespace, name });
    if (found?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
    if (found) continue;
    try {
      await client.create(PersistentVolumeClaim, draft);
      const text = `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
      events.record(set, "Normal", "SuccessfulCreate", text);
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) continue;
      if (error instanceof StatusError) {
        const text = `Create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${error.message}`;
        events.record(set, "Warning", "FailedCreate", text);
      }
      throw error;
    }
  }
}

/** A claim that goes with an earlier pod of this name: it has to be gone before the next pod comes. */
export function isHeldUp(set: StatefulSet, ordinal: number, { cache }: Pick<ReconcileContext, "cache">): boolean {
  return claimsOf(set, ordinal).some(({ metadata: { namespace, name = "" } }) =>
    cache(PersistentVolumeClaim)
      .get({ namespace, name })
      ?.metadata.ownerReferences?.some((one) => one.kind === "Pod" && one.name === `${set.metadata.name}-${ordinal}`),
  );
}

/** What the policy makes of the owners of a claim: the set, the pod that is scaled away, or neither. */
export function ownersOf(claim: KubeObject, set: StatefulSet, pod: Pod): readonly OwnerReference[] {
  const { ownerReferences = [] } = claim.metadata;
  const ours = new Set([set.metadata.uid, pod.metadata.uid]);
  const others = ownerReferences.filter(({ uid }) => !ours.has(uid));
  if (others.some(({ controller }) => controller)) return others;
  const { whenDeleted = "Retain", whenScaled = "Retain" } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const { ordinals, replicas = 1 } = set.spec;
  const index = (ordinalOf(set.metadata.name ?? "", pod.metadata.name ?? "") ?? 0) - (ordinals?.start ?? 0);
  const isCondemned = index < 0 || index >= replicas;
  if (whenScaled === "Delete" && isCondemned) return [...others, controllerReference(Pod, pod)];
  return whenDeleted === "Delete" ? [...others, controllerReference(StatefulSet, set)] : others;
}

/** Brings the owners of the pod's claims in line with the policy. */
export async function keepOwners(set: StatefulSet, pod: Pod, { client, cache }: ReconcileContext): Promise<void> {
  const ordinal = ordinalOf(set.metadata.name ?? "", pod.metadata.name ?? "");
  if (ordinal === undefined) return;
  for (const { metadata } of claimsOf(set, ordinal)) {
    const { namespace, name = "" } = metadata;
    const claim = cache(PersistentVolumeClaim).get({ namespace, name });
    if (!claim) continue;
    const ownerReferences = ownersOf(claim, set, pod);
    if (equalJson(ownerReferences, claim.metadata.ownerReferences ?? [])) continue;
    try {
      await client.update(PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, ownerReferences } });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
