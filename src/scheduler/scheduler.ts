// kube-scheduler: takes waiting pods one after another, decides by the pure cycle, and acts: binds, preempts, or tells why not.
// It refuses to hold policy: that is plugins/, cycle.ts and preemption.ts.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { isAbortOf } from "../base/scope.ts";
import { formatTime } from "../base/timestamp.ts";
import type { CacheSet } from "../client/cache-set.ts";
import type { Client } from "../client/client.ts";
import { Binding } from "../resources/core/binding.ts";
import { Node } from "../resources/core/node.ts";
import { Pod } from "../resources/core/pod.ts";
import { condition, isTerminal } from "../resources/core/pod/readiness.ts";
import { PodDisruptionBudget } from "../resources/policy/pod-disruption-budget.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { hasReason } from "../schema/meta/status.ts";
import { Cluster } from "./cluster.ts";
import type { NodeRejection } from "./cycle.ts";
import { schedule } from "./cycle.ts";
import type { SchedulerEvents } from "./events.ts";
import { schedulerEvents } from "./events.ts";
import { unavailable } from "./explain.ts";
import type { Plugin } from "./plugin.ts";
import { defaultPlugins } from "./plugins/index.ts";
import { preempt } from "./preemption.ts";
import type { Candidate } from "./preemption.ts";
import { SchedulingQueue } from "./queue.ts";
import type { PodInfo } from "./snapshot.ts";
import { podInfo } from "./snapshot.ts";

const SCHEDULER_NAME = "default-scheduler";

export interface SchedulerOptions {
  /** Speaks as system:kube-scheduler. */
  readonly client: Client;
  readonly caches: CacheSet;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly plugins?: readonly Plugin[];
}

/** Schedules until `signal` aborts. The caller runs the caches. */
export async function runScheduler(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  await new Scheduler(options).run(signal);
}

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #plugins: readonly Plugin[];
  readonly #queue: SchedulingQueue;
  readonly #cluster: Cluster;
  readonly #events: SchedulerEvents;
  /** Where the next cycle begins to look. */
  #start = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#plugins = options.plugins ?? defaultPlugins;
    this.#queue = new SchedulingQueue(options.clock, this.#plugins);
    this.#cluster = new Cluster((event) => this.#queue.notify(event));
    this.#events = schedulerEvents(options);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { caches } = this.#options;
    const nodes = caches.of(Node);
    const pods = caches.of(Pod);
    const budgets = caches.of(PodDisruptionBudget);
    nodes.listen(({ object, deleted }) => (deleted ? this.#cluster.removeNode(object) : this.#cluster.putNode(object)));
    pods.listen(({ object, old, deleted }) => (deleted ? this.#podGone(old ?? object) : this.#podChanged(object)));
    await Promise.race([Promise.all([nodes.synced, pods.synced, budgets.synced]), whenAborted(signal)]);
    // What the caches held before anyone listened.
    for (const node of nodes.list()) this.#cluster.putNode(node);
    for (const pod of pods.list()) this.#podChanged(pod);
    while (!signal.aborted) {
      let next: PodInfo;
      try {
        next = await this.#queue.take(signal);
      } catch (error) {
        if (isAbortOf(signal, error)) return;
        throw error;
      }
      await this.#try(next);
    }
  }

  #podChanged(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    if (pod.spec.nodeName) {
      this.#queue.remove(uid);
      this.#cluster.putPlaced(pod);
      return;
    }
    if (pod.metadata.deletionTimestamp || isTerminal(pod)) return this.#podGone(pod);
    if ((pod.spec.schedulerName || SCHEDULER_NAME) !== SCHEDULER_NAME || pod.spec.schedulingGates?.length) return;
    this.#cluster.putWaiting(pod);
    if (!this.#cluster.isCounted(uid)) this.#queue.put(podInfo(pod));
  }

  #podGone(pod: Pod): void {
    this.#queue.remove(pod.metadata.uid ?? "");
    this.#cluster.removePod(pod);
  }

  async #try(info: PodInfo): Promise<void> {
    const uid = info.pod.metadata.uid ?? "";
    try {
      const snapshot = this.#cluster.snapshotFor(info);
      const result = schedule(info, snapshot, { plugins: this.#plugins, draw: (below) => this.#options.random.below(below), start: this.#start });
      if ("node" in result) {
        this.#start = (this.#start + result.examined) % Math.max(1, snapshot.nodes.length);
        this.#cluster.assume(info, result.node);
        // Binding takes a round trip: the next pod does not wait for it.
        void this.#bind(info, result.node);
        return;
      }
      await this.#refuse(info, result.rejections);
    } catch (error) {
      this.#options.log.warn("scheduling failed", { pod: info.pod.metadata.name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      this.#queue.retry(uid);
    }
  }

  async #bind(info: PodInfo, node: string): Promise<void> {
    const { namespace = "", name = "", uid } = info.pod.metadata;
    try {
      const body: Binding = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace, uid }, target: { apiVersion: "v1", kind: "Node", name: node } };
      await this.#options.client.because([info.pod.metadata.resourceVersion ?? ""]).command(Pod, { namespace, name }, "binding", body);
      this.#queue.remove(uid ?? "");
      this.#events.tell(info.pod, "Normal", "Scheduled", "Binding", `Successfully assigned ${namespace}/${name} to ${node}`);
    } catch (error) {
      this.#cluster.forget(info);
      if (hasReason(error, "NotFound")) return this.#queue.remove(uid ?? "");
      this.#options.log.info("binding failed", { pod: `${namespace}/${name}`, node, error: String(error) });
      this.#events.tell(info.pod, "Warning", "FailedScheduling", "Scheduling", `running Bind plugin "DefaultBinder": ${error instanceof Error ? error.message : String(error)}`);
      this.#queue.retry(uid ?? "");
    }
  }

  async #refuse(info: PodInfo, rejections: ReadonlyMap<string, NodeRejection>): Promise<void> {
    const snapshot = this.#cluster.snapshotFor(info);
    let message = unavailable(snapshot.nodes.length, [...rejections.values()].map((r) => r.reasons));
    let candidate: Candidate | undefined;
    if (snapshot.nodes.length > 0) {
      const found = preempt(info, snapshot, rejections, { plugins: this.#plugins, breaksBudget: this.#budgets() });
      candidate = found.candidate;
      message += ` preemption: ${found.message}`;
    }
    this.#queue.park(info.pod.metadata.uid ?? "", new Set([...rejections.values()].map((r) => r.plugin)));
    this.#events.tell(info.pod, "Warning", "FailedScheduling", "Scheduling", message);
    if (candidate) await this.#evict(info, candidate);
    await this.#tellStatus(info.pod, message, candidate?.node);
  }

  /** Victims may be evicted one after another as long as a budget has disruptions to give. */
  #budgets(): (pod: PodInfo, chosen: readonly PodInfo[]) => boolean {
    const left = new Map<string, number>();
    const cache = this.#options.caches.of(PodDisruptionBudget);
    return ({ pod }) => {
      let breaks = false;
      for (const budget of cache.list(pod.metadata.namespace)) {
        const { uid = "" } = budget.metadata;
        if (!labelQueryOf(budget.spec.selector).matches(pod.metadata.labels ?? {})) continue;
        const allowed = left.get(uid) ?? (budget.status.disruptionsAllowed ?? 0);
        left.set(uid, allowed - 1);
        if (allowed <= 0) breaks = true;
      }
      return breaks;
    };
  }

  async #evict(info: PodInfo, candidate: Candidate): Promise<void> {
    const client = this.#options.client.because([info.pod.metadata.resourceVersion ?? ""]);
    await Promise.all(
      candidate.victims.map(async ({ pod }) => {
        const { namespace, name = "", uid } = pod.metadata;
        if (pod.metadata.deletionTimestamp) return;
        const target = {
          type: "DisruptionTarget",
          status: "True",
          reason: "PreemptionByScheduler",
          message: `${SCHEDULER_NAME}: preempting to accommodate a higher priority pod`,
          lastTransitionTime: formatTime(this.#options.clock.now()),
        };
        try {
          await client.patch(Pod, { namespace, name }, { type: "strategic", body: { metadata: { uid }, status: { conditions: [target] } } }, { subresource: "status" });
          await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
        } catch (error) {
          if (!hasReason(error, "NotFound", "Conflict")) throw error;
        }
        this.#events.tell(pod, "Normal", "Preempted", "Preempting", `Preempted by pod ${info.pod.metadata.uid} on node ${candidate.node}`, info.pod);
      }),
    );
  }

  /** The condition PodScheduled, and the nomination; nothing is written when both are so already. */
  async #tellStatus(pod: Pod, message: string, nominatedNode: string | undefined): Promise<void> {
    const before = condition(pod, "PodScheduled");
    const isSame = before?.status === "False" && before.reason === "Unschedulable" && before.message === message;
    const nominates = nominatedNode !== undefined && nominatedNode !== pod.status.nominatedNodeName;
    if (isSame && !nominates) return;
    const { namespace, name = "", uid } = pod.metadata;
    const lastTransitionTime = before?.status === "False" ? before.lastTransitionTime : formatTime(this.#options.clock.now());
    const told = { type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastTransitionTime, observedGeneration: pod.metadata.generation };
    const status = { conditions: [told], ...(nominates && { nominatedNodeName: nominatedNode }) };
    try {
      await this.#options.client.patch(Pod, { namespace, name }, { type: "strategic", body: { metadata: { uid }, status } }, { subresource: "status" });
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
