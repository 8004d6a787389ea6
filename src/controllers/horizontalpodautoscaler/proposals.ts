// What each metric of an autoscaler asks for, or why it cannot be told. It refuses to weigh one against another.
import { Quantity, quantityMilliValue } from "../../base/quantity.ts";
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "../../resources/autoscaling/horizontal-pod-autoscaler-object.ts";
import { labelQueryOf } from "../../schema/label-selector.ts";
import { selectorText } from "../selector-text.ts";
import { externalMetric, noCustomMetrics, resourceMetrics } from "./metrics.ts";
import type { Where } from "./metrics.ts";
import { byAverage, byUtilization, byValue, byValuePerPod } from "./replicas.ts";
import type { Situation, Tolerance } from "./replicas.ts";

export interface Asked extends Situation, Where {
  /** How the target says which pods are its. */
  readonly selector: string;
  /** How many there are, which may not be how many are wanted. */
  readonly counted: number;
}

export interface Proposal {
  readonly replicas: number;
  /** For messages. */
  readonly name: string;
  readonly status: MetricStatus;
}

/** Why a metric says nothing. `cause` is for its event and condition, the message for the whole. */
export class MetricFailure extends Error {
  override readonly name = "MetricFailure";
  readonly reason: string;
  readonly why: string;

  constructor(reason: string, why: string, message: string) {
    super(message);
    this.reason = reason;
    this.why = why;
  }
}

const DEFAULT_TOLERANCE = 0.1;

export function toleranceOf({ spec: { behavior } }: HorizontalPodAutoscaler): Tolerance {
  const of = (text: string | undefined) => (text === undefined ? DEFAULT_TOLERANCE : quantityMilliValue(text) / 1000);
  return { down: of(behavior?.scaleDown?.tolerance), up: of(behavior?.scaleUp?.tolerance) };
}

/** Throws a {@link MetricFailure}. */
export async function propose(metric: MetricSpec, asked: Asked): Promise<Proposal> {
  const [reason, whole, work] = workOf(metric, asked);
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new MetricFailure(reason, why, `${whole}: ${why}`);
  }
}

function workOf(metric: MetricSpec, asked: Asked): [reason: string, whole: string, () => Promise<Proposal>] {
  const { object, pods, resource, containerResource, external } = metric;
  if (metric.type === "Object" && object) {
    const { metric: named, describedObject, target } = object;
    return [
      "FailedGetObjectMetric",
      "failed to get object metric value",
      () => {
        const on = `${describedObject.kind} ${asked.namespace}/${describedObject.name}`;
        const failed = `unable to get metric ${named.name} on ${on}: ${noCustomMetrics().message}`;
        const isAverage = target.type === "AverageValue" && target.averageValue !== undefined;
        return Promise.reject(new Error(isAverage ? `failed to get ${named.name} object metric: ${failed}` : failed));
      },
    ];
  }
  if (metric.type === "Pods" && pods) {
    const why = `unable to get metric ${pods.metric.name}: ${noCustomMetrics().message}`;
    return ["FailedGetPodsMetric", "failed to get pods metric value", () => Promise.reject(new Error(why))];
  }
  if (metric.type === "Resource" && resource) {
    const whole = `failed to get ${resource.name} resource metric value`;
    return [
      "FailedGetResourceMetric",
      whole,
      async () => {
        const { name, replicas, current } = await byResource(resource, undefined, asked);
        return { replicas, name, status: { type: "Resource", resource: { name: resource.name, current } } };
      },
    ];
  }
  if (metric.type === "ContainerResource" && containerResource) {
    const { name: resourceName, container } = containerResource;
    const whole = `failed to get ${container} container metric value`;
    return [
      "FailedGetContainerResourceMetric",
      whole,
      async () => {
        const { name, replicas, current } = await byResource(containerResource, container, asked);
        const status = { type: "ContainerResource", containerResource: { name: resourceName, container, current } };
        return { replicas, name, status };
      },
    ];
  }
  if (metric.type === "External" && external)
    return [
      "FailedGetExternalMetric",
      `failed to get ${external.metric.name} external metric value`,
      () => byExternal(external, asked),
    ];
  return [
    "InvalidMetricSourceType",
    "",
    () => Promise.reject(new Error(`unknown metric source type "${metric.type}"`)),
  ];
}

interface Measured {
  readonly name: string;
  readonly replicas: number;
  readonly current: MetricValueStatus;
}

async function byResource(
  { name, target }: { readonly name: string; readonly target: MetricTarget },
  container: string | undefined,
  asked: Asked,
): Promise<Measured> {
  const isRaw = target.averageValue !== undefined;
  if (!isRaw && target.averageUtilization === undefined)
    throw new Error(
      "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set",
    );
  const what = isRaw ? "usage" : "utilization";
  try {
    const metrics = await resourceMetrics(asked, { resource: name, selector: asked.selector, container }).catch(
      (error: Error) => {
        throw new Error(`unable to get metrics for resource ${name}: ${error.message}`, { cause: error });
      },
    );
    const averageValue = (usage: number) => amount(usage, name === "memory" ? "BinarySI" : "DecimalSI");
    if (isRaw) {
      const { replicas, usage } = byAverage(metrics, quantityMilliValue(target.averageValue!), name, asked);
      return { name: `${name} resource`, replicas, current: { averageValue: averageValue(usage) } };
    }
    const advice = byUtilization(metrics, target.averageUtilization!, name, container, asked);
    const of = container === undefined ? "resource" : "container resource";
    return {
      name: `${name} ${of} utilization (percentage of request)`,
      replicas: advice.replicas,
      current: { averageUtilization: advice.utilization!, averageValue: averageValue(advice.usage) },
    };
  } catch (error) {
    throw new Error(`failed to get ${name} ${what}: ${(error as Error).message}`, { cause: error });
  }
}

async function byExternal({ metric, target }: NonNullable<MetricSpec["external"]>, asked: Asked): Promise<Proposal> {
  const text = selectorText(metric.selector);
  const { averageValue, value } = target;
  if (averageValue === undefined && value === undefined)
    throw new Error("invalid external metric source: neither a value target nor an average value target was set");
  const whole =
    averageValue === undefined
      ? `failed to get external metric ${metric.name}`
      : `failed to get ${metric.name} external metric`;
  try {
    const query = metric.selector ? labelQueryOf(metric.selector).toString() : "";
    const series = await externalMetric(asked, metric.name, query).catch((error: Error) => {
      const what = `${asked.namespace}/${metric.name}/${text}`;
      throw new Error(`unable to get external metric ${what}: ${error.message}`, { cause: error });
    });
    const usage = series.reduce((sum, one) => sum + one, 0);
    const advice =
      averageValue === undefined
        ? byValue(usage, quantityMilliValue(value!), asked)
        : byValuePerPod(usage, quantityMilliValue(averageValue), asked.counted, asked.tolerance);
    const shown = amount(advice.usage, "DecimalSI");
    const current = averageValue === undefined ? { value: shown } : { averageValue: shown };
    const status = { type: "External", external: { metric, current } };
    return { replicas: advice.replicas, name: `external metric ${metric.name}(${text})`, status };
  } catch (error) {
    throw new Error(`${whole}: ${(error as Error).message}`, { cause: error });
  }
}

const amount = (milli: number, format: "BinarySI" | "DecimalSI"): string =>
  new Quantity(BigInt(Math.trunc(milli)), -3, format).toString();
