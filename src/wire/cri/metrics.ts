// Metrics that a runtime wants the kubelet to expose, as CRI messages.
// It refuses to be the summary statistics (stats.ts).
import { field, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bigInt64, enumeration, string } from "../protobuf/scalar.ts";
import { UInt64Value } from "./usage.ts";

export const MetricDescriptor = message("runtime.v1.MetricDescriptor", {
  name: field(1, string),
  help: field(2, string),
  labelKeys: field(3, repeated(string)),
});
export interface MetricDescriptor extends MessageIn<typeof MetricDescriptor> {}

export const ListMetricDescriptorsRequest = message("runtime.v1.ListMetricDescriptorsRequest", {});

export const ListMetricDescriptorsResponse = message("runtime.v1.ListMetricDescriptorsResponse", {
  descriptors: field(1, repeated(MetricDescriptor)),
});

export const MetricType = enumeration({ COUNTER: 0, GAUGE: 1 });
export type MetricType = keyof typeof MetricType.numbers;

/** Label values are in the order of the descriptor's keys. */
export const Metric = message("runtime.v1.Metric", {
  name: field(1, string),
  timestamp: field(2, bigInt64),
  metricType: field(3, MetricType),
  labelValues: field(4, repeated(string)),
  value: field(5, UInt64Value),
});
export interface Metric extends MessageIn<typeof Metric> {}

export const ContainerMetrics = message("runtime.v1.ContainerMetrics", {
  containerId: field(1, string),
  metrics: field(2, repeated(Metric)),
});
export interface ContainerMetrics extends MessageIn<typeof ContainerMetrics> {}

export const PodSandboxMetrics = message("runtime.v1.PodSandboxMetrics", {
  podSandboxId: field(1, string),
  metrics: field(2, repeated(Metric)),
  containerMetrics: field(3, repeated(ContainerMetrics)),
});
export interface PodSandboxMetrics extends MessageIn<typeof PodSandboxMetrics> {}

export const ListPodSandboxMetricsRequest = message("runtime.v1.ListPodSandboxMetricsRequest", {});

export const ListPodSandboxMetricsResponse = message("runtime.v1.ListPodSandboxMetricsResponse", {
  podMetrics: field(1, repeated(PodSandboxMetrics)),
});

export const StreamPodSandboxMetricsRequest = message("runtime.v1.StreamPodSandboxMetricsRequest", {});

export const StreamPodSandboxMetricsResponse = message("runtime.v1.StreamPodSandboxMetricsResponse", {
  podSandboxMetrics: field(1, repeated(PodSandboxMetrics)),
});
