// The HorizontalPodAutoscaler as an object: its schema, its defaults and its type. It refuses to judge.
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import {
  int32,
  int64,
  listAtomic,
  listMap,
  object,
  optional,
  plain,
  pointer,
  quantity,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const CrossVersionObjectReference = object("k8s.io.api.autoscaling.v2.CrossVersionObjectReference", {
  kind: required(1, string(), "Its kind."),
  name: required(2, string(), "Its name."),
  apiVersion: optional(3, string(), "Its API version."),
});
export interface CrossVersionObjectReference extends ValueIn<typeof CrossVersionObjectReference> {}

export const MetricIdentifier = object("k8s.io.api.autoscaling.v2.MetricIdentifier", {
  name: required(1, string(), "Its name.", { demanded: false }),
  selector: pointer(2, LabelSelector, "Which of its series, by labels."),
});
export interface MetricIdentifier extends ValueIn<typeof MetricIdentifier> {}

export const MetricTarget = object("k8s.io.api.autoscaling.v2.MetricTarget", {
  type: required(1, string(), "Utilization, Value or AverageValue.", { demanded: false }),
  value: pointer(2, quantity(), "The value wanted."),
  averageValue: pointer(3, quantity(), "The value wanted for each pod."),
  averageUtilization: pointer(4, int32(), "The share of the request wanted for each pod, in percent."),
});
export interface MetricTarget extends ValueIn<typeof MetricTarget> {}

export const ObjectMetricSource = object("k8s.io.api.autoscaling.v2.ObjectMetricSource", {
  describedObject: required(1, CrossVersionObjectReference, "The object that it describes."),
  target: required(2, MetricTarget, "What is wanted."),
  metric: required(3, MetricIdentifier, "The metric."),
});
export interface ObjectMetricSource extends ValueIn<typeof ObjectMetricSource> {}

export const PodsMetricSource = object("k8s.io.api.autoscaling.v2.PodsMetricSource", {
  metric: required(1, MetricIdentifier, "The metric."),
  target: required(2, MetricTarget, "What is wanted."),
});
export interface PodsMetricSource extends ValueIn<typeof PodsMetricSource> {}

export const ResourceMetricSource = object("k8s.io.api.autoscaling.v2.ResourceMetricSource", {
  name: required(1, string(), "The resource.", { demanded: false }),
  target: required(2, MetricTarget, "What is wanted."),
});
export interface ResourceMetricSource extends ValueIn<typeof ResourceMetricSource> {}

export const ContainerResourceMetricSource = object("k8s.io.api.autoscaling.v2.ContainerResourceMetricSource", {
  name: required(1, string(), "The resource.", { demanded: false }),
  target: required(2, MetricTarget, "What is wanted."),
  container: required(3, string(), "The container, in each pod.", { demanded: false }),
});
export interface ContainerResourceMetricSource extends ValueIn<typeof ContainerResourceMetricSource> {}

export const ExternalMetricSource = object("k8s.io.api.autoscaling.v2.ExternalMetricSource", {
  metric: required(1, MetricIdentifier, "The metric."),
  target: required(2, MetricTarget, "What is wanted."),
});
export interface ExternalMetricSource extends ValueIn<typeof ExternalMetricSource> {}

export const MetricSpec = object("k8s.io.api.autoscaling.v2.MetricSpec", {
  type: required(1, string(), "Which of the sources it is.", { demanded: false }),
  object: pointer(2, ObjectMetricSource, "A metric about one object of the cluster."),
  pods: pointer(3, PodsMetricSource, "A metric of the pods."),
  resource: pointer(4, ResourceMetricSource, "What the pods use of a resource."),
  containerResource: pointer(7, ContainerResourceMetricSource, "What one container of each pod uses of a resource."),
  external: pointer(5, ExternalMetricSource, "A metric from outside of the cluster."),
});
export interface MetricSpec extends ValueIn<typeof MetricSpec> {}

export const HPAScalingPolicy = object("k8s.io.api.autoscaling.v2.HPAScalingPolicy", {
  type: required(1, string(), "Pods or Percent.", { judgedByRule: true }),
  value: required(2, int32(), "How much may change."),
  periodSeconds: required(3, int32(), "In what time."),
});
export interface HPAScalingPolicy extends ValueIn<typeof HPAScalingPolicy> {}

export const HPAScalingRules = object("k8s.io.api.autoscaling.v2.HPAScalingRules", {
  stabilizationWindowSeconds: pointer(3, int32(), "For how long earlier advice counts."),
  selectPolicy: pointer(1, string(), "Which of the policies counts: Max, Min or Disabled."),
  policies: optional(2, listAtomic(HPAScalingPolicy), "How fast it may change.", { emptyIsGiven: true }),
  tolerance: pointer(4, quantity(), "How far a metric may be off.", { gate: "HPAConfigurableTolerance" }),
});
export interface HPAScalingRules extends ValueIn<typeof HPAScalingRules> {}

const EVERY_SECONDS = 15;
const DOUBLE = { type: "Percent", value: 100, periodSeconds: EVERY_SECONDS };
const SCALE_UP = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [{ type: "Pods", value: 4, periodSeconds: EVERY_SECONDS }, DOUBLE],
};
const SCALE_DOWN = { selectPolicy: "Max", policies: [DOUBLE] };

/** What of the defaults a direction's rules leave open. */
const rulesWith = (facts: Partial<Record<keyof typeof HPAScalingRules.fields, unknown>>): typeof HPAScalingRules => ({
  ...HPAScalingRules,
  fields: Object.fromEntries(
    Object.entries(HPAScalingRules.fields).map(([name, field]) => {
      const value = facts[name as keyof typeof facts];
      return [name, value === undefined ? field : { ...field, default: value }];
    }),
  ) as typeof HPAScalingRules.fields,
});

export const HorizontalPodAutoscalerBehavior = object("k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerBehavior", {
  scaleUp: pointer(1, rulesWith(SCALE_UP), "How fast it grows.", { default: SCALE_UP }),
  scaleDown: pointer(2, rulesWith(SCALE_DOWN), "How fast it shrinks.", { default: SCALE_DOWN }),
});
export interface HorizontalPodAutoscalerBehavior extends ValueIn<typeof HorizontalPodAutoscalerBehavior> {}

const CPU_PERCENT = 80;
/** Without any metric, processor time counts. */
const DEFAULT_METRICS = [
  {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: CPU_PERCENT } },
  },
];

export const HorizontalPodAutoscalerSpec = object("k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerSpec", {
  scaleTargetRef: required(1, CrossVersionObjectReference, "What is scaled."),
  minReplicas: pointer(2, int32(), "The fewest pods.", { default: 1 }),
  maxReplicas: required(3, int32(), "The most pods."),
  metrics: optional(4, listAtomic(MetricSpec), "What decides; the one that asks for most pods counts.", {
    default: ({ metrics = [] }: { readonly metrics?: readonly unknown[] }) =>
      metrics.length > 0 ? undefined : DEFAULT_METRICS,
  }),
  behavior: pointer(5, HorizontalPodAutoscalerBehavior, "How fast it may change."),
});
export interface HorizontalPodAutoscalerSpec extends ValueIn<typeof HorizontalPodAutoscalerSpec> {}

export const MetricValueStatus = object("k8s.io.api.autoscaling.v2.MetricValueStatus", {
  value: pointer(1, quantity(), "The value."),
  averageValue: pointer(2, quantity(), "The value for each pod."),
  averageUtilization: pointer(3, int32(), "The share of the request for each pod, in percent."),
});
export interface MetricValueStatus extends ValueIn<typeof MetricValueStatus> {}

export const ObjectMetricStatus = object("k8s.io.api.autoscaling.v2.ObjectMetricStatus", {
  metric: required(1, MetricIdentifier, "The metric."),
  current: required(2, MetricValueStatus, "How it is."),
  describedObject: required(3, CrossVersionObjectReference, "The object that it describes."),
});
export interface ObjectMetricStatus extends ValueIn<typeof ObjectMetricStatus> {}

export const PodsMetricStatus = object("k8s.io.api.autoscaling.v2.PodsMetricStatus", {
  metric: required(1, MetricIdentifier, "The metric."),
  current: required(2, MetricValueStatus, "How it is."),
});
export interface PodsMetricStatus extends ValueIn<typeof PodsMetricStatus> {}

export const ResourceMetricStatus = object("k8s.io.api.autoscaling.v2.ResourceMetricStatus", {
  name: required(1, string(), "The resource.", { demanded: false }),
  current: required(2, MetricValueStatus, "How it is."),
});
export interface ResourceMetricStatus extends ValueIn<typeof ResourceMetricStatus> {}

export const ContainerResourceMetricStatus = object("k8s.io.api.autoscaling.v2.ContainerResourceMetricStatus", {
  name: required(1, string(), "The resource.", { demanded: false }),
  current: required(2, MetricValueStatus, "How it is."),
  container: required(3, string(), "The container, in each pod.", { demanded: false }),
});
export interface ContainerResourceMetricStatus extends ValueIn<typeof ContainerResourceMetricStatus> {}

export const ExternalMetricStatus = object("k8s.io.api.autoscaling.v2.ExternalMetricStatus", {
  metric: required(1, MetricIdentifier, "The metric."),
  current: required(2, MetricValueStatus, "How it is."),
});
export interface ExternalMetricStatus extends ValueIn<typeof ExternalMetricStatus> {}

export const MetricStatus = object("k8s.io.api.autoscaling.v2.MetricStatus", {
  type: required(1, string(), "Which of the sources it is.", { demanded: false }),
  object: pointer(2, ObjectMetricStatus, "A metric about one object of the cluster."),
  pods: pointer(3, PodsMetricStatus, "A metric of the pods."),
  resource: pointer(4, ResourceMetricStatus, "What the pods use of a resource."),
  containerResource: pointer(7, ContainerResourceMetricStatus, "What one container of each pod uses of a resource."),
  external: pointer(5, ExternalMetricStatus, "A metric from outside of the cluster."),
});
export interface MetricStatus extends ValueIn<typeof MetricStatus> {}

export const HorizontalPodAutoscalerCondition = object("k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerCondition", {
  type: required(1, string(), "Which condition.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastTransitionTime: optional(3, time(), "When status last changed."),
  reason: optional(4, string(), "Why, in one word."),
  message: optional(5, string(), "Why, for people."),
  observedGeneration: pointer(6, int64(), "The generation that it is about."),
});
export interface HorizontalPodAutoscalerCondition extends ValueIn<typeof HorizontalPodAutoscalerCondition> {}

export const HorizontalPodAutoscalerStatus = object("k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerStatus", {
  observedGeneration: pointer(1, int64(), "The generation that was last looked at."),
  lastScaleTime: pointer(2, time(), "When it last scaled."),
  currentReplicas: optional(3, int32(), "How many pods there are."),
  desiredReplicas: required(4, int32(), "How many there shall be."),
  currentMetrics: optional(5, listAtomic(MetricStatus), "How the metrics are.", { always: true }),
  conditions: optional(6, listMap(HorizontalPodAutoscalerCondition, ["type"]), "Whether it can scale, and why not.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface HorizontalPodAutoscalerStatus extends ValueIn<typeof HorizontalPodAutoscalerStatus> {}

export const horizontalPodAutoscalerSchema = object(
  "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler",
  {
    ...typeMeta,
    metadata,
    spec: required(2, HorizontalPodAutoscalerSpec, "What is scaled, by what.", { always: false }),
    status: plain(3, HorizontalPodAutoscalerStatus, "How it stands."),
  },
  { doc: "As many pods of a workload as its metrics ask for." },
);
export interface HorizontalPodAutoscaler extends ValueIn<typeof horizontalPodAutoscalerSchema> {}
