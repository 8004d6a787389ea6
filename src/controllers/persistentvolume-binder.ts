// persistentvolume-binder: gives each claim a volume, by writing both sides of the bond, or says what it waits for. It refuses
// to make volumes (provisioners do) and to look after volumes without a claim (persistentvolume.ts does).
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  SELECTED_NODE,
  claimsOf,
  classOfClaim,
  isMeantFor,
} from "../resources/core/persistent-volume/binding.ts";
import { PersistentVolume } from "../resources/core/persistent-volume.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { DEFAULT_STORAGE_CLASS, OLD_DEFAULT_STORAGE_CLASS, StorageClass } from "../resources/storage/storage-class.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { bind, setClaimStatus } from "./persistentvolume/bond.ts";
import { findForClaim, whyNot } from "./persistentvolume/search.ts";
import { provisionerOf } from "./persistentvolume/provisioner.ts";

/** Claims that want a volume: by their class, as `class/NAME`, or by the volume they name, as `volume/NAME`. */
const WANTING = "wanting";
/** Claims by the volume that they name, bound or not. */
const BY_VOLUME = "volume";
const PODS_BY_CLAIM = "claim";

const keyOf = ({ metadata: { namespace, name } }: KubeObject) => `${namespace}/${name}`;
const isBonded = ({ metadata }: PersistentVolumeClaim) => metadata.annotations?.[BIND_COMPLETED] !== undefined;

function wants(object: KubeObject): readonly string[] {
  const claim = object as PersistentVolumeClaim;
  if (isBonded(claim)) return [];
  return [claim.spec.volumeName ? `volume/${claim.spec.volumeName}` : `class/${classOfClaim(claim)}`];
}

export const persistentVolumeBinder = controller<PersistentVolumeClaim>({
  name: "persistentvolume-binder",
  identity: "persistent-volume-binder",
  component: "persistentvolume-controller",
  of: PersistentVolumeClaim,
  maps: [
    mapping(PersistentVolume, (volume, { deleted, cache }) => {
      const { name = "" } = volume.metadata;
      const { claimRef, storageClassName = "" } = volume.spec;
      const claims = cache(PersistentVolumeClaim);
      const named = claims.by(BY_VOLUME, name).map(keyOf);
      if (claimRef) named.push(`${claimRef.namespace}/${claimRef.name}`);
      if (deleted || claimRef || volume.status.phase !== "Available") return named;
      return [...named, ...claims.by(WANTING, `class/${storageClassName}`).map(keyOf)];
    }),
    mapping(StorageClass, ({ metadata }, { deleted, cache }) => {
      if (deleted) return [];
      const claims = cache(PersistentVolumeClaim);
      return [...claims.by(WANTING, `class/${metadata.name}`), ...claims.by(WANTING, "class/")].map(keyOf);
    }),
    // Who waits for the first pod says for which.
    mapping(Pod, (pod, { old, deleted, cache }) => {
      if (deleted || old || pod.spec.nodeName) return [];
      const { namespace = "" } = pod.metadata;
      const claims = claimsOf(pod).map(({ name }) => cache(PersistentVolumeClaim).get({ namespace, name }));
      return claims.flatMap((claim) => (claim && !isBonded(claim) ? [keyOf(claim)] : []));
    }),
  ],
  indexes: [
    { of: PersistentVolumeClaim, name: WANTING, values: wants },
    {
      of: PersistentVolumeClaim,
      name: BY_VOLUME,
      values: (claim) => [(claim as PersistentVolumeClaim).spec.volumeName ?? ""].filter(Boolean),
    },
    {
      of: Pod,
      name: PODS_BY_CLAIM,
      values: (pod) => claimsOf(pod as Pod).map(({ name }) => `${pod.metadata.namespace}/${name}`),
    },
  ],
  writes: [
    { resource: PersistentVolume, verbs: ["update"] },
    { resource: PersistentVolume, verbs: ["update"], subresource: "status" },
    { resource: PersistentVolumeClaim, verbs: ["update"] },
    { resource: PersistentVolumeClaim, verbs: ["update"], subresource: "status" },
  ],
  async reconcile(claim, context) {
    if (isBonded(claim)) return keepBond(claim, context);
    if (claim.metadata.deletionTimestamp) return undefined;
    return claim.spec.volumeName ? takeNamed(claim, claim.spec.volumeName, context) : findOne(claim, context);
  },
});

/** A claim that names its volume gets that one or none. */
async function takeNamed(claim: PersistentVolumeClaim, name: string, context: ReconcileContext): Promise<void> {
  const { events } = context;
  const volume = context.cache(PersistentVolume).get({ name });
  if (!volume) return setClaimStatus(claim, "Pending", undefined, context);
  if (!volume.spec.claimRef) {
    const why = whyNot(volume, claim);
    if (why === undefined) return bind(volume, claim, context);
    const text = `Cannot bind to requested volume ${JSON.stringify(name)}: ${why}`;
    events.record(claim, "Warning", "VolumeMismatch", text);
  } else if (isMeantFor(volume, claim)) return bind(volume, claim, context);
  else if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined) {
    const text = `volume ${JSON.stringify(name)} already bound to a different claim.`;
    events.record(claim, "Warning", "FailedBinding", text);
  }
  return setClaimStatus(claim, "Pending", undefined, context);
}

async function findOne(claim: PersistentVolumeClaim, context: ReconcileContext): Promise<void> {
  const name = classOfClaim(claim);
  const storageClass = name === "" ? undefined : await found(StorageClass, name, context);
  const waits = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
  const volume = findForClaim(claim, context.cache(PersistentVolume).list(), waits);
  if (volume) return bind(volume, claim, context);
  if (claim.spec.storageClassName === undefined && name === "") {
    const fallback = defaultClass(context.cache(StorageClass).list());
    if (fallback !== undefined) {
      await context.client.update(PersistentVolumeClaim, {
        ...claim,
        spec: { ...claim.spec, storageClassName: fallback },
      });
      return;
    }
  }
  if (waits && claim.metadata.annotations?.[SELECTED_NODE] === undefined) sayWhatIsWaitedFor(claim, context);
  else if (name !== "") return provision(claim, storageClass, context);
  else {
    const text = "no persistent volumes available for this claim and no storage class is set";
    context.events.record(claim, "Normal", "FailedBinding", text);
  }
  return setClaimStatus(claim, "Pending", undefined, context);
}

/** The newest of the classes that say so. */
function defaultClass(classes: readonly StorageClass[]): string | undefined {
  const isDefault = ({ metadata }: StorageClass) =>
    [DEFAULT_STORAGE_CLASS, OLD_DEFAULT_STORAGE_CLASS].some((key) => metadata.annotations?.[key] === "true");
  const made = ({ metadata }: StorageClass) => metadata.creationTimestamp ?? "";
  const first = classes
    .filter(isDefault)
    .toSorted((a, b) =>
      made(a) === made(b) ? ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1) : made(a) < made(b) ? 1 : -1,
    )[0];
  return first?.metadata.name;
}

function sayWhatIsWaitedFor(claim: PersistentVolumeClaim, { events, cache }: ReconcileContext): void {
  const pods = cache(Pod)
    .by(PODS_BY_CLAIM, keyOf(claim))
    .filter((pod) => !isTerminal(pod) && !pod.spec.nodeName)
    .map(({ metadata }) => metadata.name);
  if (pods.length === 0) {
    const text = "waiting for first consumer to be created before binding";
    return events.record(claim, "Normal", "WaitForFirstConsumer", text);
  }
  const whom = pods.length === 1 ? `pod ${pods[0]}` : `pods ${pods.join(",")}`;
  events.record(claim, "Normal", "WaitForPodScheduled", `waiting for ${whom} to be scheduled`);
}

const PROVISIONER = "volume.kubernetes.io/storage-provisioner";
const OLD_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";

/** Tells the provisioner that it is meant; nobody here makes volumes. */
async function provision(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  { client, events }: ReconcileContext,
): Promise<void> {
  const fail = (text: string) => events.record(claim, "Warning", "ProvisioningFailed", text);
  if (!storageClass) return fail(`storageclass.storage.k8s.io ${JSON.stringify(classOfClaim(claim))} not found`);
  const name = provisionerOf(storageClass.provisioner);
  if (name === undefined) return fail(`no volume plugin matched name: ${storageClass.provisioner}`);
  const { annotations } = claim.metadata;
  if (annotations?.[PROVISIONER] !== name || annotations[OLD_PROVISIONER] !== name) {
    const metadata = {
      ...claim.metadata,
      annotations: { ...annotations, [PROVISIONER]: name, [OLD_PROVISIONER]: name },
    };
    await client.update(PersistentVolumeClaim, { ...claim, metadata });
  }
  const text = `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  events.record(claim, "Normal", "ExternalProvisioning", text);
}

/** A bond that was made: both sides still say so, or the claim is lost for good. */
async function keepBond(claim: PersistentVolumeClaim, context: ReconcileContext): Promise<void> {
  const { volumeName: name = "" } = claim.spec;
  const lose = async (reason: string, text: string) => {
    if (claim.status.phase === "Lost") return;
    await setClaimStatus(claim, "Lost", undefined, context);
    context.events.record(claim, "Warning", reason, text);
  };
  if (name === "")
    return lose("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  const volume = await found(PersistentVolume, name, context);
  if (!volume) return lose("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  const { claimRef } = volume.spec;
  if (claimRef === undefined || claimRef.uid === claim.metadata.uid || isMeantFor(volume, claim))
    return bind(volume, claim, context);
  return lose("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

/** From the API where the cache has none: it may be late, and a claim that is lost stays so. */
async function found<T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  { client, cache }: ReconcileContext,
): Promise<T | undefined> {
  const seen = cache(resource).get({ name });
  if (seen) return seen;
  try {
    return await client.get(resource, { name });
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}
