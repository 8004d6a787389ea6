// How many pods a metric asks for. Pure. It refuses to fetch metrics and to know limits.
import { quantityMilliValue } from "../../base/quantity.ts";
import { parseTime } from "../../base/timestamp.ts";
import { findCondition } from "../../resources/conditions.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isReady } from "../../resources/core/pod/readiness.ts";
import { isSidecar, podRequests } from "../../resources/core/pod/requests.ts";
import type { PodMetric, PodMetrics } from "./metrics.ts";

/** How far a ratio may be from one, to either side, before anything is done. */
export interface Tolerance {
  readonly down: number;
  readonly up: number;
}

export interface Situation {
  readonly current: number;
  readonly pods: readonly Pod[];
  readonly tolerance: Tolerance;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Advice {
  readonly replicas: number;
  /** Thousandths: the average of the pods, or the whole, as the metric has it. */
  readonly usage: number;
  /** Percent of the request. */
  readonly utilization?: number;
}

/** For so long the processor time of a new pod says little. */
const CPU_INITIALIZATION_MS = 300_000;
/** What becomes unready within so long has never been ready. */
const FIRST_READINESS_MS = 30_000;
const INT32_MAX = 2 ** 31 - 1;

const isWithin = (ratio: number, { down, up }: Tolerance): boolean => 1 - down <= ratio && ratio <= 1 + up;

/** Utilization: what pods use, in percent of what they request. */
export function byUtilization(
  metrics: PodMetrics,
  target: number,
  resource: string,
  container: string | undefined,
  situation: Situation,
): Advice {
  mustHavePods(situation.pods);
  const groups = grouped(metrics, resource, situation);
  const requests = new Map(
    situation.pods.map((pod) => [pod.metadata.name ?? "", requestOf(pod, resource, container)] as const),
  );
  const measure = (measured: PodMetrics) => utilizationOf(measured, requests, target);
  // Scaling down, a pod that says nothing counts as using all it asked for, or the target where that is more.
  const standIn = (name: string) => Math.trunc(((requests.get(name) ?? 0) * Math.max(100, target)) / 100);
  return weighed(groups, measure, standIn, situation);
}

/** Plain values: what pods have on average. */
export function byAverage(metrics: PodMetrics, target: number, resource: string, situation: Situation): Advice {
  mustHavePods(situation.pods);
  const measure = (measured: PodMetrics) => {
    const usage = Math.trunc(sum(measured.values()) / measured.size);
    return { ratio: usage / target, usage };
  };
  return weighed(grouped(metrics, resource, situation), measure, () => target, situation);
}

/** One value for all: as many times the ready pods as it exceeds the target. */
export function byValue(usage: number, target: number, { current, pods, tolerance }: Situation): Advice {
  const ratio = usage / target;
  if (current === 0) return { replicas: Math.ceil(ratio), usage };
  if (isWithin(ratio, tolerance)) return { replicas: current, usage };
  if (pods.length === 0)
    throw new Error("unable to calculate ready pods: no pods returned by selector while calculating replica count");
  const ready = pods.filter((pod) => pod.status.phase === "Running" && isReady(pod)).length;
  return { replicas: Math.min(Math.ceil(ratio * ready), INT32_MAX), usage };
}

/** One value, of which each pod is to have so much. `counted` is how many pods there are. */
export function byValuePerPod(usage: number, target: number, counted: number, tolerance: Tolerance): Advice {
  const isClose = isWithin(usage / (target * counted), tolerance);
  const replicas = isClose ? counted : Math.min(Math.ceil(usage / target), INT32_MAX);
  return { replicas, usage: Math.ceil(usage / counted) };
}

interface Groups {
  readonly ready: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  /** Of ready pods. */
  readonly metrics: PodMetrics;
}

type Measured = Pick<Advice, "usage" | "utilization"> & { readonly ratio: number };

/** Pods that are not ready, or of which nothing is known, are taken to lean against what the others ask for. */
function weighed(
  { ready, unready, missing, metrics }: Groups,
  measure: (metrics: PodMetrics) => Measured,
  standIn: (pod: string) => number,
  { current, tolerance }: Situation,
): Advice {
  if (metrics.size === 0) throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  const { ratio, ...shown } = measure(metrics);
  const upWithUnready = unready.length > 0 && ratio > 1;
  if (!upWithUnready && missing.length === 0)
    return { ...shown, replicas: isWithin(ratio, tolerance) ? current : Math.ceil(ratio * ready) };
  const all = new Map(metrics);
  const put = (name: string, value: number) => all.set(name, { value, at: 0, window: 0 });
  if (ratio !== 1) for (const name of missing) put(name, ratio < 1 ? standIn(name) : 0);
  if (upWithUnready) for (const name of unready) put(name, 0);
  const again = measure(all).ratio;
  const turned = (ratio < 1 && again > 1) || (ratio > 1 && again < 1);
  if (isWithin(again, tolerance) || turned) return { ...shown, replicas: current };
  const replicas = Math.ceil(again * all.size);
  const opposed = (again < 1 && replicas > current) || (again > 1 && replicas < current);
  return { ...shown, replicas: opposed ? current : replicas };
}

function mustHavePods(pods: readonly Pod[]): void {
  if (pods.length === 0) throw new Error("no pods returned by selector while calculating replica count");
}

function grouped(metrics: PodMetrics, resource: string, { pods, now }: Situation): Groups {
  const left = new Map(metrics);
  const unready: string[] = [];
  const missing: string[] = [];
  let ready = 0;
  for (const pod of pods) {
    const { name = "", deletionTimestamp } = pod.metadata;
    const { phase } = pod.status;
    const metric = metrics.get(name);
    const isIgnored = deletionTimestamp !== undefined || phase === "Failed";
    if (isIgnored) left.delete(name);
    else if (phase === "Pending" || (resource === "cpu" && metric && !isSettled(pod, metric, now))) {
      unready.push(name);
      left.delete(name);
    } else if (!metric) missing.push(name);
    else ready++;
  }
  return { ready, unready, missing, metrics: left };
}

/** Whether what a pod uses of a processor says anything: its start costs more than its work. */
function isSettled({ status }: Pod, metric: PodMetric, now: number): boolean {
  const condition = findCondition(status.conditions, "Ready");
  if (!condition || !status.startTime) return false;
  const started = parseTime(status.startTime).ms;
  const changed = condition.lastTransitionTime ? parseTime(condition.lastTransitionTime).ms : 0;
  if (started + CPU_INITIALIZATION_MS > now)
    return condition.status !== "False" && metric.at >= changed + metric.window;
  return !(condition.status === "False" && started + FIRST_READINESS_MS > changed);
}

function utilizationOf(metrics: PodMetrics, requests: ReadonlyMap<string, number>, target: number): Measured {
  const known = [...metrics].filter(([name]) => requests.has(name));
  const requested = known.reduce((total, [name]) => total + requests.get(name)!, 0);
  if (requested === 0) throw new Error("no metrics returned matched known pods");
  const used = sum(known.map(([, metric]) => metric));
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target, utilization, usage: Math.trunc(used / known.length) };
}

const sum = (metrics: Iterable<PodMetric>): number => {
  let total = 0;
  for (const { value } of metrics) total += value;
  return total;
};

/** What a pod, or one container of it, requests, in thousandths. Throws where it requests nothing. */
function requestOf(pod: Pod, resource: string, container: string | undefined): number {
  const { name = "" } = pod.metadata;
  if (container === undefined && Object.keys(pod.spec.resources?.requests ?? {}).length > 0) {
    const request = podRequests(pod)[resource];
    if (request === undefined) throw new Error(`missing pod-level request for ${resource} in Pod ${name}`);
    return quantityMilliValue(request);
  }
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)];
  const counted = container === undefined ? containers : containers.filter((c) => c.name === container);
  if (container !== undefined && counted.length === 0)
    throw new Error(`container ${container} not found in Pod ${name}`);
  return counted.reduce((total, c) => {
    const request = c.resources?.requests?.[resource];
    if (request === undefined) throw new Error(`missing request for ${resource} in container ${c.name} of Pod ${name}`);
    return total + quantityMilliValue(request);
  }, 0);
}
