// Which pods of a workload go first when there are too many. Pure. It refuses to count or to delete.
import { parseTime } from "../base/timestamp.ts";
import type { Pod } from "../resources/core/pod.ts";
import { condition, isReady } from "../resources/core/pod/readiness.ts";

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** What the annotation says; 0 where it is absent or no whole number of 32 bits. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? "0";
  return /^(0|[+-]?[1-9][0-9]*)$/.test(text) && Math.abs(Number(text)) < 2 ** 31 ? Number(text) : 0;
}

/** The most restarts of a regular and of a sidecar container. */
function restarts(pod: Pod): readonly [regular: number, sidecar: number] {
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name),
  );
  const most = (list: readonly { readonly restartCount?: number }[]) =>
    Math.max(0, ...list.map((s) => s.restartCount ?? 0));
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  return [most(containerStatuses), most(initContainerStatuses.filter((s) => sidecars.has(s.name)))];
}

const timeMs = (text: string | undefined): number | undefined => (text ? parseTime(text).ms : undefined);
const readySince = (pod: Pod): number | undefined => timeMs(condition(pod, "Ready")?.lastTransitionTime);

/** Ages are compared by their order of magnitude, so that not always the youngest goes; the uid decides between equals. */
function younger(a: Pod, b: Pod, times: readonly [number | undefined, number | undefined], now: number): number {
  const [ta, tb] = times;
  if (ta === tb) return 0;
  if (ta === undefined || tb === undefined) return ta === undefined ? -1 : 1;
  const magnitude = (t: number) => (now > t ? Math.floor(Math.log2((now - t) * 1e6)) : -1);
  return magnitude(ta) - magnitude(tb) || ((a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1);
}

/**
 * `pods` with those to be deleted first in front. `neighbours` tells how many related pods share a pod's node; `now` in
 * milliseconds since the epoch.
 */
export function deletionOrder(pods: readonly Pod[], neighbours: (pod: Pod) => number, now: number): Pod[] {
  const number = (flag: boolean) => (flag ? 1 : 0);
  return pods.toSorted((a, b) => {
    const assigned = number(Boolean(a.spec.nodeName)) - number(Boolean(b.spec.nodeName));
    if (assigned) return assigned;
    const phase = (PHASES[a.status.phase ?? ""] ?? 0) - (PHASES[b.status.phase ?? ""] ?? 0);
    if (phase) return phase;
    const ready = number(isReady(a)) - number(isReady(b));
    if (ready) return ready;
    const cost = deletionCost(a) - deletionCost(b);
    if (cost) return cost;
    const spread = neighbours(b) - neighbours(a);
    if (spread) return spread;
    const age = isReady(a) ? younger(a, b, [readySince(a), readySince(b)], now) : 0;
    if (age) return age;
    const [ra, rb] = [restarts(a), restarts(b)];
    const restarted = rb[0] - ra[0] || rb[1] - ra[1];
    if (restarted) return restarted;
    return younger(a, b, [timeMs(a.metadata.creationTimestamp), timeMs(b.metadata.creationTimestamp)], now);
  });
}
