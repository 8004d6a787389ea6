// What invariants ask of pods, independently of the code under test. It refuses to find anything wrong.
import type { OwnerReference } from "../../../src/schema/meta/object-meta.ts";
import type { KubeObject } from "../../../src/schema/resource.ts";
import type { Pod } from "../../../src/resources/core/pod.ts";

/** Events own nothing, are owned by nothing and hold up nothing: most of what is stored, and nobody looks into them. */
export const isEvent = (key: string): boolean => key.startsWith("core/events/");

export const hasEnded = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

export const isLeaving = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

/** Neither ended nor leaving: what a ReplicaSet counts. */
export const isActive = (pod: Pod): boolean => !hasEnded(pod) && !isLeaving(pod);

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

export const placeOf = ({ metadata: { namespace, name } }: KubeObject): string =>
  namespace ? `${namespace}/${name}` : (name ?? "");

/** Requested CPU in thousandths; the workload writes nothing but `Nm`. */
export function cpuMilli(pod: Pod): number {
  let sum = 0;
  for (const { resources } of pod.spec.containers) {
    const text = String(resources?.requests?.["cpu"] ?? "0m");
    if (!/^\d+m$/.test(text)) throw new Error(`the workload asks for CPU in thousandths, not ${text}`);
    sum += Number(text.slice(0, -1));
  }
  return sum;
}

export function selects(
  selector: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value);
}
