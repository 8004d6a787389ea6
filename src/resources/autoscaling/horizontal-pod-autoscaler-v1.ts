// HorizontalPodAutoscaler in version 1, and the ways between it and version 2. It refuses to be stored.
//
// Version 1 knows processor time only. All else of version 2 goes into annotations, as JSON in an older form of metrics
// (metric-annotations.ts), so that an object comes back as it was.
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { int32, int64, object, optional, plain, pointer, required, string, time } from "../../schema/node.ts";
import type { JsonObject, ValueIn } from "../../schema/node.ts";
import { metricsToVersion2, metricToVersion1, statusToVersion1, statusToVersion2 } from "./metric-annotations.ts";
import type * as version2 from "./horizontal-pod-autoscaler-object.ts";

export const CrossVersionObjectReference = object(
  "k8s.io.api.autoscaling.v1.CrossVersionObjectReference",
  {
    kind: required(1, string(), "Its kind."),
    name: required(2, string(), "Its name."),
    apiVersion: optional(3, string(), "Its API version."),
  },
  { atomic: true },
);
export interface CrossVersionObjectReference extends ValueIn<typeof CrossVersionObjectReference> {}

export const HorizontalPodAutoscalerSpec = object("k8s.io.api.autoscaling.v1.HorizontalPodAutoscalerSpec", {
  scaleTargetRef: required(1, CrossVersionObjectReference, "What is scaled."),
  minReplicas: pointer(2, int32(), "The fewest pods.", { default: 1 }),
  maxReplicas: required(3, int32(), "The most pods."),
  targetCPUUtilizationPercentage: pointer(
    4,
    int32(),
    "The share of the requested processor time wanted for each pod, in percent.",
  ),
});
export interface HorizontalPodAutoscalerSpec extends ValueIn<typeof HorizontalPodAutoscalerSpec> {}

export const HorizontalPodAutoscalerStatus = object("k8s.io.api.autoscaling.v1.HorizontalPodAutoscalerStatus", {
  observedGeneration: pointer(1, int64(), "The generation that was last looked at."),
  lastScaleTime: pointer(2, time(), "When it last scaled."),
  currentReplicas: required(3, int32(), "How many pods there are."),
  desiredReplicas: required(4, int32(), "How many there shall be."),
  currentCPUUtilizationPercentage: pointer(5, int32(), "The share of the requested processor time used, in percent."),
});
export interface HorizontalPodAutoscalerStatus extends ValueIn<typeof HorizontalPodAutoscalerStatus> {}

export const horizontalPodAutoscalerV1Schema = object(
  "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler",
  {
    ...typeMeta,
    metadata,
    spec: required(2, HorizontalPodAutoscalerSpec, "What is scaled, by what.", { always: false }),
    status: plain(3, HorizontalPodAutoscalerStatus, "How it stands."),
  },
  { doc: "As many pods of a workload as its metrics ask for." },
);
export interface HorizontalPodAutoscaler extends ValueIn<typeof horizontalPodAutoscalerV1Schema> {}

const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const OWN = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

const CPU = "cpu";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Metadata = HorizontalPodAutoscaler["metadata"];

/** Annotations without those of the conversion, and with `added`; absent when there are none. */
function withAnnotations(metadata: Metadata, added: Readonly<Record<string, string>>): Metadata {
  const { annotations = {}, ...rest } = metadata;
  const kept = Object.entries(annotations).filter(([name]) => !OWN.includes(name));
  const all = [...kept, ...Object.entries(added)].sort(([a], [b]) => (a < b ? -1 : 1));
  return all.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(all) };
}

/** What an annotation holds; undefined if there is none, or nothing that can be read: users write there too. */
function read<T>(metadata: Metadata, name: string, is: (value: unknown) => boolean): T | undefined {
  const text = metadata.annotations?.[name];
  if (text === undefined) return undefined;
  const value = parsed(text);
  return is(value) ? (value as T) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

const cpuShare = ({ resource }: version2.MetricSpec) =>
  resource?.name === CPU ? resource.target.averageUtilization : undefined;

const cpuMetric = (averageUtilization: number): version2.MetricSpec => ({
  type: "Resource",
  resource: { name: CPU, target: { type: "Utilization", averageUtilization } },
});

/** Pure; what version 1 cannot say becomes annotations. */
export function fromVersion2(object: JsonObject): JsonObject {
  const { metadata, spec, status, ...rest } = object as unknown as version2.HorizontalPodAutoscaler;
  const { metrics = [], behavior, ...sameSpec } = spec;
  const { currentMetrics, conditions = [], ...sameStatus } = status;
  const share = metrics.map(cpuShare).find((found) => found !== undefined);
  const others = metrics.filter((metric) => cpuShare(metric) === undefined);
  const current = currentMetrics ?? [];
  const used = current.map(({ resource }) =>
    resource?.name === CPU ? resource.current.averageUtilization : undefined,
  );
  const usedShare = used.find((found) => found !== undefined);
  const annotations: Record<string, string> = {
    ...(others.length > 0 && { [METRICS]: JSON.stringify(others.map(metricToVersion1)) }),
    ...(current.length > 0 && { [CURRENT_METRICS]: JSON.stringify(current.map(statusToVersion1)) }),
    ...(conditions.length > 0 && { [CONDITIONS]: JSON.stringify(conditions) }),
    ...(behavior && { [BEHAVIOR]: JSON.stringify(behavior) }),
  };
  return {
    ...rest,
    metadata: withAnnotations(metadata, annotations),
    spec: { ...sameSpec, ...(share !== undefined && { targetCPUUtilizationPercentage: share }) },
    status: {
      ...sameStatus,
      currentReplicas: status.currentReplicas ?? 0,
      ...(usedShare !== undefined && { currentCPUUtilizationPercentage: usedShare }),
    },
  };
}

/** Pure; the annotations of the conversion are read and taken away. */
export function toVersion2(object: JsonObject): JsonObject {
  // Apply sends parts of objects.
  const { metadata, spec, status, ...rest } = object as unknown as Partial<HorizontalPodAutoscaler>;
  const { targetCPUUtilizationPercentage: share, ...sameSpec }: Partial<HorizontalPodAutoscalerSpec> = spec ?? {};
  const { currentCPUUtilizationPercentage: used, ...sameStatus }: Partial<HorizontalPodAutoscalerStatus> = status ?? {};
  const more = metricsToVersion2(read(metadata ?? {}, METRICS, Array.isArray) ?? []);
  const metrics = [...more, ...(share === undefined ? [] : [cpuMetric(share)])];
  const currentMetrics =
    statusToVersion2(read(metadata ?? {}, CURRENT_METRICS, Array.isArray)) ??
    (used === undefined
      ? undefined
      : [{ type: "Resource", resource: { name: CPU, current: { averageUtilization: used } } }]);
  const conditions = read(metadata ?? {}, CONDITIONS, Array.isArray);
  const behavior = read(metadata ?? {}, BEHAVIOR, isObject);
  const newStatus: Mutable<Record<string, unknown>> = { ...sameStatus };
  if (currentMetrics) newStatus["currentMetrics"] = currentMetrics;
  if (conditions) newStatus["conditions"] = conditions;
  return {
    ...rest,
    metadata: withAnnotations(metadata ?? {}, {}),
    spec: { ...sameSpec, ...(metrics.length > 0 && { metrics }), ...(behavior !== undefined && { behavior }) },
    status: newStatus,
  };
}
