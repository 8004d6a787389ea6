// Whether a pod uses more of the node's disk than it may: limits of its emptyDirs, of its containers, of them
// together. Pure, in upstream's words; it refuses to measure (node/disk-usage.ts).
import { addQuantity, compareQuantity, quantityValue } from "../../base/quantity.ts";
import type { Quantity } from "../../base/quantity.ts";
import { quantity } from "../../base/quantity.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { podLimits } from "../../resources/core/pod/requests.ts";

/** In bytes, by name. */
export interface LocalUsage {
  /** Of emptyDir volumes that are on disk. */
  readonly volumes: Readonly<Record<string, number>>;
  /** Of containers' writable layers and logs. */
  readonly containers: Readonly<Record<string, number>>;
}

const RESOURCE = "ephemeral-storage";

/** Whether anything of the pod is limited: others need not be measured. */
export const isLimited = ({ spec }: Pick<Pod, "spec">): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].some(
    ({ resources }) => resources?.limits?.[RESOURCE] !== undefined,
  ) || (spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined);

/** Why the pod must go; upstream's sentences end in a space. */
export function overLimit(pod: Pick<Pod, "spec">, { volumes, containers }: LocalUsage): string | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    if (limit === undefined || quantityValue(limit) === 0 || (volumes[name] ?? 0) <= quantityValue(limit)) continue;
    return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
  }
  const total = podLimits(pod)[RESOURCE];
  const used = [...Object.values(volumes), ...Object.values(containers)].reduce<Quantity>(
    (a, b) => addQuantity(a, b),
    quantity(0),
  );
  if (total !== undefined && compareQuantity(used, total) > 0 && everyLimited(pod)) {
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${total}. `;
  }
  for (const { name, resources } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    const limit = resources?.limits?.[RESOURCE];
    if (limit === undefined || (containers[name] ?? 0) <= quantityValue(limit)) continue;
    return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}

/** A container without a limit may use what there is, and so may the pod. */
const everyLimited = ({ spec }: Pick<Pod, "spec">): boolean =>
  spec.containers.every(({ resources }) => resources?.limits?.[RESOURCE] !== undefined);
