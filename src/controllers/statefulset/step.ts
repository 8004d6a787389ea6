// What comes next for a StatefulSet: which pods to make and which to delete, in order of their ordinals. Pure. It refuses
// to act and to know templates.
import type { StatefulSet } from "../../resources/apps/stateful-set.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isAvailable, isReady, isTerminal, isTerminating } from "../../resources/core/pod/readiness.ts";
import { scaled } from "../../resources/policy/budget.ts";

export const REVISION_LABEL = "controller-revision-hash";

/** The number at the end of the pod's name; undefined for pods that are none of the set's. */
export function ordinalOf(setName: string, podName: string): number | undefined {
  const rest = podName.startsWith(`${setName}-`) ? podName.slice(setName.length + 1) : "";
  return /^(0|[1-9]\d*)$/.test(rest) ? Number(rest) : undefined;
}

export const revisionOf = (pod: Pod): string => pod.metadata.labels?.[REVISION_LABEL] ?? "";

export interface Situation {
  readonly set: StatefulSet;
  /** All pods of the set. */
  readonly pods: readonly Pod[];
  /** Names of the revisions. */
  readonly current: string;
  readonly update: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Step {
  /** Ordinals of pods to make, and the revision of each. */
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  readonly remove: readonly Pod[];
}

const NOTHING: Step = { create: [], remove: [] };

/**
 * One step. With OrderedReady at most one pod is made or deleted, and none while another that should run is not
 * available; with Parallel all at once. An update takes pods from the highest ordinal down.
 */
export function nextStep({ set, pods, current, update, now }: Situation): Step {
  if (set.metadata.deletionTimestamp) return NOTHING;
  const { spec } = set;
  const isOrdered = spec.podManagementPolicy !== "Parallel";
  const wanted = ordinalsOf(set);
  const by = byOrdinal(set, pods);
  const isHealthy = (pod: Pod) => isRunning(pod) && isAvailable(pod, spec.minReadySeconds ?? 0, now);
  const create: { ordinal: number; revision: string }[] = [];
  const remove: Pod[] = [];
  for (const [i, ordinal] of wanted.entries()) {
    const pod = by.get(ordinal);
    const isHeld = pod !== undefined && !isTerminal(pod) && isHealthy(pod);
    if (!pod) create.push({ ordinal, revision: i < partitionOf(set) ? current : update });
    else if (isTerminal(pod) && !isTerminating(pod)) remove.push(pod);
    if (!isHeld && isOrdered) return { create, remove };
  }
  if (create.length > 0 || remove.length > 0) return { create, remove };
  const condemned = [...by].filter(([ordinal]) => !wanted.includes(ordinal)).sort(([a], [b]) => b - a);
  if (condemned.length > 0) {
    if (!isOrdered) return { create, remove: condemned.map(([, pod]) => pod).filter((pod) => !isTerminating(pod)) };
    const lowestUnhealthy = condemned.findLast(([, pod]) => !isHealthy(pod))?.[1];
    const [, last] = condemned[0]!;
    return isTerminating(last) || (!isHealthy(last) && last !== lowestUnhealthy) ? NOTHING : { create, remove: [last] };
  }
  return { create, remove: outdated({ set, pods: wanted.map((ordinal) => by.get(ordinal)!), update, isHealthy }) };
}

/**
 * Pods that stay for now, and whose labels are therefore looked after. With OrderedReady those before the first that is
 * missing or not available.
 */
export function settled(set: StatefulSet, pods: readonly Pod[], now: number): readonly Pod[] {
  const by = byOrdinal(set, pods);
  const wanted = ordinalsOf(set).map((ordinal) => by.get(ordinal));
  if (set.spec.podManagementPolicy === "Parallel")
    return wanted.filter((pod) => pod !== undefined).filter((pod) => !isTerminal(pod) && !isTerminating(pod));
  const found: Pod[] = [];
  for (const pod of wanted) {
    if (!pod || !isRunning(pod) || !isAvailable(pod, set.spec.minReadySeconds ?? 0, now)) break;
    found.push(pod);
  }
  return found;
}

function ordinalsOf({ spec: { replicas = 1, ordinals } }: StatefulSet): readonly number[] {
  return Array.from({ length: replicas }, (_, i) => (ordinals?.start ?? 0) + i);
}

const byOrdinal = ({ metadata: { name = "" } }: StatefulSet, pods: readonly Pod[]): ReadonlyMap<number, Pod> =>
  new Map(pods.map((pod) => [ordinalOf(name, pod.metadata.name ?? "")!, pod]));

const isRunning = (pod: Pod): boolean => pod.status.phase === "Running" && isReady(pod) && !isTerminating(pod);

/** Pods with a lower index keep the current revision. */
const partitionOf = ({ spec: { updateStrategy } }: StatefulSet): number =>
  updateStrategy?.type === "RollingUpdate" ? (updateStrategy.rollingUpdate?.partition ?? 0) : 0;

interface Update {
  readonly set: StatefulSet;
  /** In order of their ordinals. */
  readonly pods: readonly Pod[];
  readonly update: string;
  readonly isHealthy: (pod: Pod) => boolean;
}

/**
 * Pods to be replaced now: from the last one down to the partition, while not too many are missing, whether they are to be
 * replaced or not. With Parallel those that are missing already go first, and take nothing from what others may miss:
 * else pods that never become ready would stand in the way of the template that mends them.
 */
function outdated({ set, pods, update, isHealthy }: Update): readonly Pod[] {
  const { updateStrategy, replicas = 1, podManagementPolicy } = set.spec;
  if (updateStrategy?.type === "OnDelete") return [];
  const most = Math.max(scaled(updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, replicas), 1);
  const budget = Math.max(most - pods.filter((pod) => !isHealthy(pod)).length, 0);
  const old = pods
    .slice(partitionOf(set))
    .toReversed()
    .filter((pod) => revisionOf(pod) !== update && !isTerminating(pod));
  if (podManagementPolicy !== "Parallel") return old.slice(0, budget);
  return [...old.filter((pod) => !isHealthy(pod)), ...old.filter(isHealthy).slice(0, budget)];
}
