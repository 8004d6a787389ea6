// The older form of metrics, in which annotations of version 1 hold what that version has no fields for; upstream's
// names and order. It refuses to know the annotations.
import type { CrossVersionObjectReference, MetricSpec, MetricStatus } from "./horizontal-pod-autoscaler-object.ts";

type Json = Readonly<Record<string, unknown>>;

const ZERO = "0";

/** Without what is absent; the order stays. */
const present = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const referenceOf = ({ kind, name, apiVersion }: CrossVersionObjectReference) => present({ kind, name, apiVersion });

/** A metric of version 2 in the older form. */
export function metricToVersion1({ type, object, pods, resource, containerResource, external }: MetricSpec): Json {
  return present({
    type,
    object:
      object &&
      present({
        target: referenceOf(object.describedObject),
        metricName: object.metric.name,
        targetValue: object.target.value ?? ZERO,
        selector: object.metric.selector,
        averageValue: object.target.averageValue,
      }),
    pods:
      pods &&
      present({
        metricName: pods.metric.name,
        targetAverageValue: pods.target.averageValue ?? ZERO,
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      present({
        name: resource.name,
        targetAverageUtilization: resource.target.averageUtilization,
        targetAverageValue: resource.target.averageValue,
      }),
    containerResource:
      containerResource &&
      present({
        name: containerResource.name,
        targetAverageUtilization: containerResource.target.averageUtilization,
        targetAverageValue: containerResource.target.averageValue,
        container: containerResource.container,
      }),
    external:
      external &&
      present({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      }),
  });
}

/** How a metric is, in the older form. */
export function statusToVersion1({ type, object, pods, resource, containerResource, external }: MetricStatus): Json {
  return present({
    type,
    object:
      object &&
      present({
        target: referenceOf(object.describedObject),
        metricName: object.metric.name,
        currentValue: object.current.value ?? ZERO,
        selector: object.metric.selector,
        averageValue: object.current.averageValue,
      }),
    pods:
      pods &&
      present({
        metricName: pods.metric.name,
        currentAverageValue: pods.current.averageValue ?? ZERO,
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      present({
        name: resource.name,
        currentAverageUtilization: resource.current.averageUtilization,
        currentAverageValue: resource.current.averageValue ?? ZERO,
      }),
    containerResource:
      containerResource &&
      present({
        name: containerResource.name,
        currentAverageUtilization: containerResource.current.averageUtilization,
        currentAverageValue: containerResource.current.averageValue ?? ZERO,
        container: containerResource.container,
      }),
    external:
      external &&
      present({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        currentValue: external.current.value ?? ZERO,
        currentAverageValue: external.current.averageValue,
      }),
  });
}

interface OldMetric {
  readonly type?: string;
  readonly object?: Json;
  readonly pods?: Json;
  readonly resource?: Json;
  readonly containerResource?: Json;
  readonly external?: Json;
}

const value = (amount: unknown) => (amount === undefined ? {} : { value: amount });
const averageValue = (amount: unknown) => (amount === undefined ? {} : { averageValue: amount });
const averageUtilization = (share: unknown) => (share === undefined ? {} : { averageUtilization: share });
const metric = (name: unknown, selector: unknown) => ({ name, ...(selector !== undefined && { selector }) });
const notZero = (amount: unknown) => (amount === ZERO ? undefined : amount);

const usage = (old: Json) => ({
  type: old["targetAverageUtilization"] === undefined ? "AverageValue" : "Utilization",
  ...averageUtilization(old["targetAverageUtilization"]),
  ...averageValue(old["targetAverageValue"]),
});

/** Metrics of the older form in version 2. What users wrote there may be anything: it is decoded and judged afterwards. */
export const metricsToVersion2 = (old: readonly OldMetric[]): readonly Json[] =>
  old.map(({ type, object, pods, resource, containerResource, external }) =>
    present({
      type,
      object: object && {
        describedObject: object["target"] ?? {},
        metric: metric(object["metricName"], object["selector"]),
        target:
          object["averageValue"] === undefined
            ? { type: "Value", ...value(object["targetValue"]) }
            : {
                type: "AverageValue",
                ...value(notZero(object["targetValue"])),
                ...averageValue(object["averageValue"]),
              },
      },
      pods: pods && {
        metric: metric(pods["metricName"], pods["selector"]),
        target: { type: "AverageValue", ...averageValue(pods["targetAverageValue"]) },
      },
      resource: resource && { name: resource["name"], target: usage(resource) },
      containerResource: containerResource && {
        name: containerResource["name"],
        container: containerResource["container"],
        target: usage(containerResource),
      },
      external: external && {
        metric: metric(external["metricName"], external["metricSelector"]),
        target: {
          type: external["targetAverageValue"] === undefined ? "Value" : "AverageValue",
          ...value(external["targetValue"]),
          ...averageValue(external["targetAverageValue"]),
        },
      },
    }),
  );

/** How metrics are, from the older form. */
export const statusToVersion2 = (old: readonly OldMetric[] | undefined): readonly Json[] | undefined =>
  old?.map(({ type, object, pods, resource, containerResource, external }) =>
    present({
      type,
      object: object && {
        describedObject: object["target"] ?? {},
        metric: metric(object["metricName"], object["selector"]),
        current: { ...value(object["currentValue"]), ...averageValue(object["averageValue"]) },
      },
      pods: pods && {
        metric: metric(pods["metricName"], pods["selector"]),
        current: averageValue(pods["currentAverageValue"]),
      },
      resource: resource && {
        name: resource["name"],
        current: {
          ...averageUtilization(resource["currentAverageUtilization"]),
          ...averageValue(resource["currentAverageValue"]),
        },
      },
      containerResource: containerResource && {
        name: containerResource["name"],
        container: containerResource["container"],
        current: {
          ...averageUtilization(containerResource["currentAverageUtilization"]),
          ...averageValue(containerResource["currentAverageValue"]),
        },
      },
      external: external && {
        metric: metric(external["metricName"], external["metricSelector"]),
        current: { ...value(external["currentValue"]), ...averageValue(external["currentAverageValue"]) },
      },
    }),
  );
