// The claims of a pod, for the plug-ins about volumes: how they are found, and which news concerns them. It refuses to
// judge.
import type { ClaimUse } from "../../resources/core/persistent-volume/binding.ts";
import type { PodInfo } from "../node-info.ts";
import type { ClusterEvent } from "../plugin.ts";

/** The key of a claim in the scheduler's storage. */
export const claimKey = ({ pod }: PodInfo, { name }: ClaimUse): string => `${pod.metadata.namespace}/${name}`;

export type StorageEvent = Extract<ClusterEvent, { readonly type: "StorageChanged" }>;

/** A claim that the pod uses came or changed. */
export function isOwnClaim({ kind, object }: StorageEvent, pod: PodInfo): boolean {
  if (kind !== "PersistentVolumeClaim" || object?.metadata.namespace !== pod.pod.metadata.namespace) return false;
  return pod.claims.some(({ name }) => name === object?.metadata.name);
}

/** Whether the labels of the node changed. */
export function relabelled(event: Extract<ClusterEvent, { readonly type: "NodeUpdated" }>): boolean {
  const [now, before] = [event.node.metadata.labels ?? {}, event.old.metadata.labels ?? {}];
  const keys = Object.keys(now);
  return keys.length !== Object.keys(before).length || keys.some((key) => now[key] !== before[key]);
}
