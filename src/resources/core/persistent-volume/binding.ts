// Which volume a claim may be bound to, and how the bond is written on both: what the controller and the scheduler have to
// agree on. Pure. It refuses to write, and to know pods.
import { compareQuantity } from "../../../base/quantity.ts";
import { labelQueryOf } from "../../../schema/label-selector.ts";
import type { PersistentVolumeClaim } from "../persistent-volume-claim.ts";
import type { PersistentVolume } from "../persistent-volume.ts";
import { STORAGE_CLASS_ANNOTATION } from "../persistent-volume.ts";
import type { NodeLike } from "../pod/node-affinity.ts";
import { selectorMatches } from "../pod/node-affinity.ts";
import type { Pod } from "../pod.ts";

/** On a claim: both sides of the bond have been written. */
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
/** On either side: nobody had named the other one before; so the bond may be undone. */
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
/** On a claim: where its first pod goes, for the provisioner to know. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/** "" for none. */
export const classOfVolume = ({ metadata, spec }: PersistentVolume): string =>
  metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? "";
export const classOfClaim = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? "";

export const isFullyBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;

/** The volume names this claim; one that names it without a uid waits for it. */
export function isMeantFor({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  if (!claimRef || claimRef.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** Whether the volume can be reached from the node. */
export function isReachable({ spec: { nodeAffinity } }: PersistentVolume, { metadata }: NodeLike): boolean {
  return !nodeAffinity?.required || selectorMatches(nodeAffinity.required, { metadata: { labels: metadata.labels } });
}

export const hasModes = (volume: PersistentVolume, wanted: readonly string[] | undefined): boolean =>
  (wanted ?? []).every((mode) => volume.spec.accessModes?.some((has) => has === mode));

export const hasMode = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  (volume.spec.volumeMode ?? "Filesystem") === (claim.spec.volumeMode ?? "Filesystem");

const sizeOf = ({ spec }: PersistentVolume) => spec.capacity?.["storage"] ?? "0";
export const wantedSize = ({ spec }: PersistentVolumeClaim) => spec.resources?.requests?.["storage"] ?? "0";
export const isLargeEnough = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  compareQuantity(sizeOf(volume), wantedSize(claim)) >= 0;

const attributesOf = (object: PersistentVolume | PersistentVolumeClaim) => object.spec.volumeAttributesClassName ?? "";

export interface Search {
  /** Where the pod is to run, once that is known: then the volume must be reachable there and have the access modes. */
  readonly node?: NodeLike;
  /** Names of volumes that other claims of the same pod get. */
  readonly taken?: ReadonlySet<string>;
  /** Without a node: only a volume that names the claim itself will do. */
  readonly waits?: boolean;
}

/** The volume that names the claim, or else the smallest that is large enough; of equals the first. */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  { node, taken, waits = false }: Search,
): PersistentVolume | undefined {
  const selector = claim.spec.selector && labelQueryOf(claim.spec.selector);
  const wantedClass = classOfClaim(claim);
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    const { metadata, spec, status } = volume;
    if (taken?.has(metadata.name ?? "") || (spec.claimRef && !isMeantFor(volume, claim))) continue;
    if (!isLargeEnough(volume, claim) || !hasMode(volume, claim)) continue;
    if (attributesOf(volume) !== attributesOf(claim) || metadata.deletionTimestamp) continue;
    const reachable = node === undefined || isReachable(volume, node);
    // One that names the claim is the only one, wherever it is.
    if (spec.claimRef) return reachable ? volume : undefined;
    if ((!node && waits) || status.phase !== "Available" || (selector && !selector.matches(metadata.labels ?? {})))
      continue;
    if (classOfVolume(volume) !== wantedClass || !reachable || (node && !hasModes(volume, claim.spec.accessModes)))
      continue;
    if (!smallest || compareQuantity(sizeOf(smallest), sizeOf(volume)) > 0) smallest = volume;
  }
  return smallest;
}

/** The volume as bound to the claim; the very same one if it is so already. */
export function boundTo(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { claimRef } = volume.spec;
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  if (claimRef?.uid && claimRef.uid === uid && claimRef.name === name && claimRef.namespace === namespace)
    return volume;
  const annotations = claimRef
    ? volume.metadata.annotations
    : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" };
  const reference = {
    kind: "PersistentVolumeClaim",
    apiVersion: "v1",
    namespace,
    name,
    uid,
    ...(resourceVersion && { resourceVersion }),
  };
  return {
    ...volume,
    metadata: { ...volume.metadata, ...(annotations && { annotations }) },
    spec: { ...volume.spec, claimRef: reference },
  };
}

/** A claim that a pod's volume stands for. */
export interface ClaimUse {
  readonly name: string;
  /** Made for this pod alone, by the ephemeral volume controller. */
  readonly isEphemeral: boolean;
}

const NO_CLAIMS: readonly ClaimUse[] = [];

/** The claims that a pod's volumes name, in order. */
export function claimsOf({ metadata, spec }: Pod): readonly ClaimUse[] {
  let claims: ClaimUse[] | undefined;
  for (const { name, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    if (persistentVolumeClaim) (claims ??= []).push({ name: persistentVolumeClaim.claimName, isEphemeral: false });
    else if (ephemeral) (claims ??= []).push({ name: `${metadata.name}-${name}`, isEphemeral: true });
  }
  return claims ?? NO_CLAIMS;
}

/** Whether the claim of an ephemeral volume was made for this pod. */
export const isMadeFor = (claim: PersistentVolumeClaim, { metadata }: Pod): boolean =>
  claim.metadata.ownerReferences?.some(({ controller, uid }) => controller && uid === metadata.uid) ?? false;
