// VolumeBinding: volumes that claims are bound to must be reachable from the node, and claims that wait for their first
// pod must find a volume there, or somebody who makes one. It refuses to write: volume-writes.ts does what is found here.
import { compareQuantity } from "../../base/quantity.ts";
import type { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import {
  SELECTED_NODE,
  classOfClaim,
  findVolume,
  isFullyBound,
  isMadeFor,
  isReachable,
  wantedSize,
} from "../../resources/core/persistent-volume/binding.ts";
import type { PersistentVolume } from "../../resources/core/persistent-volume.ts";
import type { Node } from "../../resources/core/node.ts";
import type { CSIStorageCapacity } from "../../resources/storage/csi-storage-capacity.ts";
import type { StorageClass } from "../../resources/storage/storage-class.ts";
import { equalJson } from "../../schema/equality.ts";
import { labelQueryOf } from "../../schema/label-selector.ts";
import type { PodInfo } from "../node-info.ts";
import { plugin, unresolvable } from "../plugin.ts";
import type { Storage } from "../storage.ts";
import type { StorageEvent } from "./claims.ts";
import { claimKey, isOwnClaim, relabelled } from "./claims.ts";

const WRONG_NODE = "node(s) didn't match PersistentVolume's node affinity";
const NO_VOLUME = "node(s) didn't find available persistent volumes to bind";
const NO_SPACE = "node(s) did not have enough free storage";
const LOST_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** The claims of a pod. */
interface Claims {
  readonly bound: readonly PersistentVolumeClaim[];
  /** To be bound where the pod goes. */
  readonly waiting: readonly PersistentVolumeClaim[];
}

/** What becomes of the claims that wait, on a node. */
export interface VolumePlan {
  readonly bind: readonly { readonly volume: PersistentVolume; readonly claim: PersistentVolumeClaim }[];
  /** Claims for which somebody has to make a volume there. */
  readonly provision: readonly PersistentVolumeClaim[];
}

/** The pod's claims, or why they keep it from every node. */
export function claimsFor(pod: PodInfo, { claims, classes }: Storage): Claims | string {
  const bound: PersistentVolumeClaim[] = [];
  const waiting: PersistentVolumeClaim[] = [];
  let unbound = false;
  for (const use of pod.claims) {
    const quoted = JSON.stringify(use.name);
    const claim = claims.get(claimKey(pod, use));
    if (!claim) {
      if (!use.isEphemeral) return `persistentvolumeclaim ${quoted} not found`;
      return `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`;
    }
    const { metadata, spec, status } = claim;
    if (status.phase === "Lost") {
      const volume = JSON.stringify(spec.volumeName ?? "");
      return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${volume}`;
    }
    if (metadata.deletionTimestamp) return `persistentvolumeclaim ${quoted} is being deleted`;
    if (use.isEphemeral && !isMadeFor(claim, pod.pod)) {
      const { namespace, name } = pod.pod.metadata;
      return `PVC ${namespace}/${use.name} was not created for pod ${namespace}/${name} (pod is not owner)`;
    }
    const waits = classes.get(classOfClaim(claim))?.volumeBindingMode === "WaitForFirstConsumer";
    if (isFullyBound(claim)) bound.push(claim);
    else if (waits && !spec.volumeName) waiting.push(claim);
    else unbound = true;
  }
  return unbound ? "pod has unbound immediate PersistentVolumeClaims" : { bound, waiting };
}

const bySize = (a: PersistentVolumeClaim, b: PersistentVolumeClaim) => compareQuantity(wantedSize(a), wantedSize(b));

/** What would have to be done so that the pod's claims hold on the node, or all reasons why that cannot be. */
export function planFor({ bound, waiting }: Claims, node: Node, storage: Storage): VolumePlan | readonly string[] {
  const reasons: string[] = [];
  const volumes = bound.map(({ spec }) => storage.volumes.get(spec.volumeName!));
  if (volumes.some((volume) => volume && !isReachable(volume, node))) reasons.push(WRONG_NODE);
  const found = waiting.length === 0 ? { bind: [], provision: [] } : planWaiting(waiting, node, storage);
  if (typeof found === "string") reasons.push(found);
  if (volumes.includes(undefined)) reasons.push(LOST_VOLUME);
  return reasons.length > 0 || typeof found === "string" ? reasons : found;
}

function planWaiting(waiting: readonly PersistentVolumeClaim[], node: Node, storage: Storage): VolumePlan | string {
  const provision: PersistentVolumeClaim[] = [];
  const search: PersistentVolumeClaim[] = [];
  for (const claim of waiting) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected === undefined) search.push(claim);
    else if (selected === node.metadata.name) provision.push(claim);
    else return NO_VOLUME;
  }
  const bind: { volume: PersistentVolume; claim: PersistentVolumeClaim }[] = [];
  const taken = new Set<string>();
  for (const claim of search.toSorted(bySize)) {
    const volume = findVolume(claim, storage.volumes.values(), { node, taken });
    if (!volume) {
      provision.push(claim);
      continue;
    }
    taken.add(volume.metadata.name ?? "");
    bind.push({ volume, claim });
  }
  for (const claim of provision) {
    const storageClass = storage.classes.get(classOfClaim(claim));
    const { provisioner = "" } = storageClass ?? {};
    if (!storageClass || provisioner === "" || provisioner === NO_PROVISIONER) return NO_VOLUME;
    if (!isAllowed(storageClass, node)) return NO_VOLUME;
    if (!hasRoom(storageClass, claim, node, storage)) return NO_SPACE;
  }
  return { bind, provision };
}

/** Whether volumes of the class may be made for the node. */
function isAllowed({ allowedTopologies = [] }: StorageClass, { metadata }: Node): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions: all = [] }) => {
    const holds = ({ key, values }: (typeof all)[number]) => values.includes(metadata.labels?.[key] ?? "\0");
    return all.length > 0 && all.every(holds);
  });
}

const largest = ({ maximumVolumeSize, capacity }: CSIStorageCapacity) => maximumVolumeSize ?? capacity;

/** What the driver says of its room; drivers that say nothing have enough. */
function hasRoom(
  { metadata, provisioner }: StorageClass,
  claim: PersistentVolumeClaim,
  node: Node,
  { drivers, capacities }: Storage,
): boolean {
  const size = claim.spec.resources?.requests?.["storage"];
  if (size === undefined || !drivers.get(provisioner)?.spec.storageCapacity) return true;
  for (const one of capacities.values()) {
    const limit = largest(one);
    if (one.storageClassName !== metadata.name || limit === undefined || compareQuantity(limit, size) < 0) continue;
    if (one.nodeTopology && labelQueryOf(one.nodeTopology).matches(node.metadata.labels ?? {})) return true;
  }
  return false;
}

interface State {
  readonly claims: Claims;
  readonly storage: Storage;
}

export const volumeBinding = plugin<State>({
  name: "VolumeBinding",
  prepare(pod, { related: { storage } }) {
    const none = { claims: { bound: [], waiting: [] }, storage };
    if (pod.claims.length === 0) return { state: none, skip: true };
    const claims = claimsFor(pod, storage);
    return typeof claims === "string" ? { state: none, refusal: claims } : { state: { claims, storage } };
  },
  filter(_pod, { node }, { claims, storage }) {
    const found = planFor(claims, node, storage);
    return "bind" in found ? undefined : unresolvable(...found);
  },
  wakes(event, pod) {
    switch (event.type) {
      case "NodeAdded":
        return true;
      case "NodeUpdated":
        return relabelled(event);
      case "StorageChanged":
        return storageWakes(event, pod);
      default:
        return false;
    }
  },
});

function storageWakes(event: StorageEvent, pod: PodInfo): boolean {
  const { kind, object, old } = event;
  if (!object) return false;
  switch (kind) {
    case "PersistentVolumeClaim":
      return isOwnClaim(event, pod);
    case "PersistentVolume":
      return true;
    case "StorageClass":
      return (
        !old ||
        !equalJson((object as StorageClass).allowedTopologies ?? [], (old as StorageClass).allowedTopologies ?? [])
      );
    case "CSIDriver":
      return old !== undefined;
    case "CSIStorageCapacity": {
      const [now, before] = [largest(object as CSIStorageCapacity), old && largest(old as CSIStorageCapacity)];
      return !old || (now !== undefined && (before === undefined || compareQuantity(now, before) > 0));
    }
    default:
      return false;
  }
}
