// horizontalpodautoscaler: gives a workload as many pods as its metrics ask for, within bounds. It refuses to measure: the
// metric APIs do, where there are any.
import { formatTime } from "../base/timestamp.ts";
import type { Scale } from "../resources/autoscaling/scale.ts";
import { HorizontalPodAutoscaler } from "../resources/autoscaling/horizontal-pod-autoscaler.ts";
import type {
  HorizontalPodAutoscalerCondition,
  MetricStatus,
} from "../resources/autoscaling/horizontal-pod-autoscaler-object.ts";
import { isTrue, setCondition } from "../resources/conditions.ts";
import { Pod } from "../resources/core/pod.ts";
import { resources } from "../resources/index.ts";
import { equalJson } from "../schema/equality.ts";
import { parseLabelSelector } from "../schema/label-selector.ts";
import type { LabelQuery } from "../schema/label-selector.ts";
import { StatusError, hasReason } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { keyOf } from "../client/client.ts";
import { controller } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";
import { limit, noteScaled } from "./horizontalpodautoscaler/limits.ts";
import type { Memory } from "./horizontalpodautoscaler/limits.ts";
import { MetricFailure, propose, toleranceOf } from "./horizontalpodautoscaler/proposals.ts";

export interface AutoscalerSettings {
  /** Milliseconds between two looks at the metrics. */
  readonly syncPeriodMs: number;
}

/** What is kept of each autoscaler between two looks, by namespace and name. */
interface Kept {
  readonly memory: Memory;
  query?: LabelQuery;
}

export function horizontalPodAutoscaler({ syncPeriodMs }: AutoscalerSettings): Controller {
  const kept = new Map<string, Kept>();
  return controller<HorizontalPodAutoscaler>({
    name: "horizontal-pod-autoscaler-controller",
    identity: "horizontal-pod-autoscaler",
    of: HorizontalPodAutoscaler,
    // Its own reports are no reason to look again before it is time.
    heeds: ({ metadata }, old) => metadata.generation !== old.metadata.generation,
    reads: [Pod],
    discovers: true,
    writes: [{ resource: HorizontalPodAutoscaler, verbs: ["update"], subresource: "status" }],
    async reconcile(autoscaler, context) {
      const look = new Look(autoscaler, context, kept);
      await look.run();
      await look.report();
      return { afterMs: syncPeriodMs };
    },
    async gone(name) {
      kept.delete(`${name.namespace}/${name.name}`);
    },
  });
}

type Status = HorizontalPodAutoscaler["status"];
type ScaleTarget = { readonly resource: Resource; scale: Scale };

/** One look at one autoscaler. What it finds gathers in its status. */
class Look {
  readonly #autoscaler: HorizontalPodAutoscaler;
  readonly #context: ReconcileContext;
  readonly #kept: Map<string, Kept>;
  #status: Status;

  constructor(autoscaler: HorizontalPodAutoscaler, context: ReconcileContext, kept: Map<string, Kept>) {
    this.#autoscaler = autoscaler;
    this.#context = context;
    this.#kept = kept;
    this.#status = autoscaler.status;
  }

  async run(): Promise<void> {
    const { spec } = this.#autoscaler;
    const target = await this.#target();
    if (!target) return;
    const current = target.scale.spec.replicas ?? 0;
    const own = this.#own(current);
    const least = spec.minReplicas ?? 1;
    if (current > 0 && current > spec.maxReplicas) {
      await this.#rescale(target, own, spec.maxReplicas, "Current number of replicas above Spec.MaxReplicas");
    } else if (current > 0 && current < least) {
      await this.#rescale(target, own, least, "Current number of replicas below Spec.MinReplicas");
    } else if (current === 0 && !this.#mayRise(least)) {
      const why = "scaling is disabled since the replica count of the target is zero";
      this.#set("ScalingActive", "False", "ScalingDisabled", why);
      this.#count(current, current, undefined);
    } else await this.#byMetrics(target, own, least);
  }

  async report(): Promise<void> {
    const { client, events } = this.#context;
    if (equalJson(this.#status, this.#autoscaler.status)) return;
    try {
      await client.update(
        HorizontalPodAutoscaler,
        { ...this.#autoscaler, status: this.#status },
        { subresource: "status" },
      );
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      if (error instanceof StatusError) events.record(this.#autoscaler, "Warning", "FailedUpdateStatus", error.message);
      throw error;
    }
  }

  /** The target's scale; undefined, and said, where there is none. */
  async #target(): Promise<ScaleTarget | undefined> {
    const { spec, metadata } = this.#autoscaler;
    const { kind, name, apiVersion = "" } = spec.scaleTargetRef;
    try {
      const parts = apiVersion.split("/");
      if (parts.length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
      const group = parts.length === 2 ? parts[0]! : "";
      const resource = await this.#resourceOf(group, kind);
      const scale = await this.#scaleOf(resource, name);
      this.#set("AbleToScale", "True", "SucceededGetScale", GOT_SCALE);
      return { resource, scale };
    } catch (error) {
      if (error instanceof TypeError) throw error;
      const { message } = error as Error;
      this.#context.events.record(this.#autoscaler, "Warning", "FailedGetScale", message);
      this.#set("AbleToScale", "False", "FailedGetScale", `${NO_SCALE}: ${message}`);
      this.#context.log.debug("no scale", { autoscaler: keyOf({ metadata }), error: message });
      return undefined;
    }
  }

  async #resourceOf(group: string, kind: string): Promise<Resource> {
    const isNamed = (r: Resource) => r.group === group && r.kind === kind;
    const found = resources.find(isNamed) ?? (await this.#context.discovered()).find(isNamed);
    if (!found) throw new Error(`no matches for kind "${kind}" in group "${group}"`);
    return found;
  }

  async #scaleOf(resource: Resource, name: string): Promise<Scale> {
    const { namespace } = this.#autoscaler.metadata;
    const missing = `the server could not find the requested resource (get ${resource.plural} ${name})`;
    if (resources.includes(resource) && !resource.subresources["scale"]) throw new Error(missing);
    try {
      return (await this.#context.client.get(resource, { namespace, name }, { subresource: "scale" })) as Scale;
    } catch (error) {
      // A kind that has no scale answers as a path that is not served.
      if (!(error instanceof StatusError) || error.code !== 404 || error.details?.name === name) throw error;
      throw new Error(missing, { cause: error });
    }
  }

  #own(current: number): Kept {
    const key = keyOf(this.#autoscaler);
    const before = this.#kept.get(key);
    if (before) return before;
    const advice = [{ replicas: current, at: this.#context.now }];
    const own: Kept = { memory: { advice, ups: [], downs: [] } };
    this.#kept.set(key, own);
    return own;
  }

  /** Whether a target without pods may get some: only if the autoscaler itself has taken the last. */
  #mayRise(least: number): boolean {
    const { spec } = this.#autoscaler;
    if (!isTrue(this.#status.conditions, "ScaledToZero")) return false;
    return least !== 0 || (spec.metrics ?? []).some(({ type }) => type === "Object" || type === "External");
  }

  async #byMetrics(target: ScaleTarget, own: Kept, least: number): Promise<void> {
    const current = target.scale.spec.replicas ?? 0;
    const { events, now } = this.#context;
    const found = await this.#proposals(target.scale, own);
    if (found.replicas === undefined) {
      this.#count(current, this.#status.desiredReplicas ?? 0, found.statuses);
      events.record(this.#autoscaler, "Warning", "FailedComputeMetricsReplicas", found.failure ?? "");
      return;
    }
    const desired = found.replicas;
    const { replicas, able, limited } = limit(this.#autoscaler, own.memory, { current, desired, least, now });
    this.#set("AbleToScale", "True", able.reason, able.message);
    this.#set("ScalingLimited", limited.status, limited.reason, limited.message);
    const lifted = current === 0 && least !== 0 ? Math.max(replicas, least) : replicas;
    let reason = lifted === replicas ? "" : "Current number of replicas below Spec.MinReplicas";
    if (desired > current) reason = `${found.metric} above target`;
    if (desired < current) reason = "All metrics below target";
    if (lifted !== current) await this.#rescale(target, own, lifted, reason, found.statuses);
    else this.#count(current, current, found.statuses);
  }

  /** The most that any metric asks for; undefined where they do not say enough to shrink by. */
  async #proposals(scale: Scale, own: Kept) {
    const { spec } = this.#autoscaler;
    const { client, events, now } = this.#context;
    const { selector = "", replicas: counted = 0 } = scale.status;
    const current = scale.spec.replicas ?? 0;
    const { namespace = "" } = this.#autoscaler.metadata;
    let pods: readonly Pod[];
    try {
      pods = this.#podsOf(selector, own);
    } catch (error) {
      return { failure: (error as Error).message };
    }
    const tolerance = toleranceOf(this.#autoscaler);
    const asked = { client, namespace, selector, pods, current, counted, tolerance, now };
    const statuses: MetricStatus[] = [];
    const failures: MetricFailure[] = [];
    let best: { readonly replicas: number; readonly name: string } | undefined;
    for (const metric of spec.metrics ?? []) {
      try {
        const proposal = await propose(metric, asked);
        statuses.push(proposal.status);
        if (!best || best.replicas === 0 || proposal.replicas > best.replicas) best = proposal;
      } catch (error) {
        if (!(error instanceof MetricFailure)) throw error;
        events.record(this.#autoscaler, "Warning", error.reason, error.why);
        statuses.push({ type: "" });
        failures.push(error);
      }
    }
    const [first] = failures;
    const all = spec.metrics?.length ?? 0;
    if (first && (!best || best.replicas < current)) {
      const text = `the HPA was unable to compute the replica count: ${first.why}`;
      this.#set("ScalingActive", "False", first.reason, text);
      const failure = `invalid metrics (${failures.length} invalid out of ${all}), first error is: ${first.message}`;
      return { statuses, failure };
    }
    const metric = best?.name ?? "";
    const text = `the HPA was able to successfully calculate a replica count from ${metric}`;
    this.#set("ScalingActive", "True", "ValidMetricFound", text);
    return { replicas: best?.replicas ?? 0, metric, statuses };
  }

  /** The pods of the target. Throws, and says so, when they cannot be told, or others have a hand in them. */
  #podsOf(selector: string, own: Kept): readonly Pod[] {
    const { events, cache } = this.#context;
    const { namespace = "" } = this.#autoscaler.metadata;
    if (selector === "") {
      events.record(this.#autoscaler, "Warning", "SelectorRequired", "selector is required");
      this.#set("ScalingActive", "False", "InvalidSelector", "the HPA target's scale is missing a selector");
      throw new Error("selector is required");
    }
    const refuse = (reason: string, text: string): never => {
      events.record(this.#autoscaler, "Warning", reason, text);
      this.#set("ScalingActive", "False", reason, text);
      throw new Error(text);
    };
    try {
      own.query = parseLabelSelector(selector);
    } catch (error) {
      const why = (error as Error).message;
      refuse("InvalidSelector", `couldn't convert selector into a corresponding internal selector object: ${why}`);
    }
    const pods = cache(Pod)
      .list(namespace)
      .filter(({ metadata }) => own.query!.matches(metadata.labels ?? {}));
    const others = [...this.#kept]
      .filter(
        ([key, { query }]) =>
          key.startsWith(`${namespace}/`) && pods.some((pod) => query?.matches(pod.metadata.labels ?? {})),
      )
      .slice(0, 2)
      .map(([key]) => `{${key.slice(namespace.length + 1)} ${namespace}}`);
    if (others.length > 1) {
      const text = `pods by selector ${selector} are controlled by more than one HPA (e.g. [${others.join(" ")}])`;
      refuse("AmbiguousSelector", text);
    }
    return pods;
  }

  async #rescale(
    target: ScaleTarget,
    own: Kept,
    desired: number,
    reason: string,
    statuses?: readonly MetricStatus[],
  ): Promise<void> {
    const { events, now } = this.#context;
    const current = target.scale.spec.replicas ?? 0;
    try {
      await this.#scaleTo(target, desired);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const text = `New size: ${desired}; reason: ${reason}; error: ${error.message}`;
      events.record(this.#autoscaler, "Warning", "FailedRescale", text);
      const why = `the HPA controller was unable to update the target scale: ${error.message}`;
      this.#set("AbleToScale", "False", "FailedUpdateScale", why);
      this.#count(current, this.#status.desiredReplicas ?? 0, statuses);
      return;
    }
    const done = `the HPA controller was able to update the target scale to ${desired}`;
    this.#set("AbleToScale", "True", "SucceededRescale", done);
    events.record(this.#autoscaler, "Normal", "SuccessfulRescale", `New size: ${desired}; reason: ${reason}`);
    noteScaled(this.#autoscaler, own.memory, { current, desired, least: 0, now });
    if (desired === 0) this.#set("ScaledToZero", "True", "ScaledToZero", TO_ZERO);
    else this.#set("ScaledToZero", "False", "NotScaledToZero", NOT_TO_ZERO);
    this.#count(current, desired, statuses);
    this.#status = { ...this.#status, lastScaleTime: formatTime(now) };
  }

  async #scaleTo(target: ScaleTarget, replicas: number): Promise<void> {
    const { client } = this.#context;
    const { name } = this.#autoscaler.spec.scaleTargetRef;
    for (let attempt = 1; ; attempt++) {
      const scale: Scale = { ...target.scale, spec: { ...target.scale.spec, replicas } };
      try {
        await client.update(target.resource, scale as KubeObject, { subresource: "scale" });
        return;
      } catch (error) {
        if (!hasReason(error, "Conflict") || attempt === SCALE_ATTEMPTS) throw error;
        target.scale = await this.#scaleOf(target.resource, name);
      }
    }
  }

  #set(type: string, status: string, reason: string, message: string): void {
    const conditions = setCondition<HorizontalPodAutoscalerCondition>(
      this.#status.conditions,
      { type, status, reason, message },
      formatTime(this.#context.now),
    );
    this.#status = { ...this.#status, conditions };
  }

  #count(currentReplicas: number, desiredReplicas: number, currentMetrics: readonly MetricStatus[] | undefined): void {
    const { generation } = this.#autoscaler.metadata;
    const { currentMetrics: _, ...rest } = this.#status;
    this.#status = {
      ...rest,
      ...(generation && { observedGeneration: generation }),
      currentReplicas,
      desiredReplicas,
      ...(currentMetrics && { currentMetrics }),
    };
  }
}

const SCALE_ATTEMPTS = 5;
const GOT_SCALE = "the HPA controller was able to get the target's current scale";
const NO_SCALE = "the HPA controller was unable to get the target's current scale";
const TO_ZERO = "the HPA controller scaled the workload to zero";
const NOT_TO_ZERO = "the HPA controller did not scale the workload to zero";
