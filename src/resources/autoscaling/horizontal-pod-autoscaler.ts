// HorizontalPodAutoscaler: as many pods as metrics ask for, in version 2 and, by conversion, 1. It refuses to scale.
import { canonicalQuantity } from "../../base/quantity.ts";
import { horizontalPodAutoscalerSchema } from "./horizontal-pod-autoscaler-object.ts";
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from "./horizontal-pod-autoscaler-object.ts";
import { autoscalerValid, countsValid } from "./horizontal-pod-autoscaler-rules.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { preparesStatus } from "../status.ts";
import { resource } from "../../schema/resource.ts";
import { fromVersion2, horizontalPodAutoscalerV1Schema, toVersion2 } from "./horizontal-pod-autoscaler-v1.ts";
import type { HorizontalPodAutoscaler as AutoscalerObject } from "./horizontal-pod-autoscaler-object.ts";

export interface HorizontalPodAutoscaler extends AutoscalerObject {}

const UNKNOWN = "<unknown>";
/** So many metrics are shown in a row. */
const METRICS_SHOWN = 2;

const amount = (value: string | undefined) => (value === undefined ? UNKNOWN : canonicalQuantity(value));
const percent = (value: number | undefined, or: string) => (value === undefined ? or : `${value}%`);

/** `33%/80%`, or amounts. */
function usageText({ averageValue, averageUtilization }: MetricTarget, current: MetricValueStatus | undefined): string {
  if (averageValue !== undefined) return `${amount(current?.averageValue)}/${amount(averageValue)}`;
  return `${percent(current?.averageUtilization, UNKNOWN)}/${percent(averageUtilization, "<auto>")}`;
}

function valueText({ value, averageValue }: MetricTarget, current: MetricValueStatus | undefined): string {
  if (averageValue !== undefined) return `${amount(current?.averageValue)}/${amount(averageValue)} (avg)`;
  return `${amount(current?.value)}/${amount(value)}`;
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  const { object, pods, resource, containerResource, external } = metric;
  if (external) return valueText(external.target, status?.external?.current);
  if (pods) return usageText(pods.target, status?.pods?.current);
  if (object) return valueText(object.target, status?.object?.current);
  if (resource) return `${resource.name}: ${usageText(resource.target, status?.resource?.current)}`;
  if (!containerResource) return "<unknown type>";
  return `${containerResource.name}: ${usageText(containerResource.target, status?.containerResource?.current)}`;
}

function targetsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const shown = metrics.slice(0, METRICS_SHOWN).map((metric, i) => metricText(metric, status.currentMetrics?.[i]));
  const more = metrics.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` + ${more} more...` : "");
}

export const HorizontalPodAutoscaler = resource<HorizontalPodAutoscaler>({
  group: "autoscaling",
  version: "v2",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  shortNames: ["hpa"],
  categories: ["all"],
  scope: "Namespaced",
  schema: horizontalPodAutoscalerSchema,
  versions: { v1: { schema: horizontalPodAutoscalerV1Schema, toHub: toVersion2, fromHub: fromVersion2 } },
  columns: [
    nameColumn,
    {
      name: "Reference",
      type: "string",
      doc: "What is scaled.",
      cell: ({ spec: { scaleTargetRef } }) => `${scaleTargetRef.kind}/${scaleTargetRef.name}`,
    },
    { name: "Targets", type: "string", doc: "How metrics are, and shall be.", cell: targetsText },
    {
      name: "MinPods",
      type: "string",
      doc: "The fewest pods.",
      cell: ({ spec }) => (spec.minReplicas === undefined ? "<unset>" : String(spec.minReplicas)),
    },
    { name: "MaxPods", type: "string", doc: "The most pods.", cell: ({ spec }) => spec.maxReplicas },
    { name: "Replicas", type: "string", doc: "How many there are.", cell: ({ status }) => status.currentReplicas ?? 0 },
    ageColumn,
  ],
  prepare: preparesStatus<HorizontalPodAutoscaler>(horizontalPodAutoscalerSchema),
  rules: [autoscalerValid, countsValid],
});
