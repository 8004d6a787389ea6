// What the scheduler writes: bindings, conditions, nominations, evictions of victims. It refuses to decide any of it,
// and to retry: what fails is thrown, except that an object which is gone or another one by now is no failure.
import type { Clock } from "../base/clock.ts";
import { formatTime } from "../base/timestamp.ts";
import type { Client } from "../client/client.ts";
import type { Binding } from "../resources/core/binding.ts";
import { Pod } from "../resources/core/pod.ts";
import { condition } from "../resources/core/pod/readiness.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { PodInfo } from "./node-info.ts";

/** What is told of a pod that goes nowhere; `nominatedNode` null takes a nomination away, undefined leaves it. */
export interface Refusal {
  readonly reason: "Unschedulable" | "SchedulerError";
  readonly message: string;
  readonly nominatedNode: string | null | undefined;
}

export class PodWrites {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #schedulerName: string;

  constructor(client: Client, clock: Clock, schedulerName: string) {
    this.#client = client;
    this.#clock = clock;
    this.#schedulerName = schedulerName;
  }

  /** Rejects with NotFound when the pod is gone, with Conflict when it is bound or another one. */
  async bind({ pod, uid }: PodInfo, node: string): Promise<void> {
    const { namespace = "", name = "", resourceVersion = "" } = pod.metadata;
    const target = { apiVersion: "v1", kind: "Node", name: node };
    const body: Binding = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace, uid }, target };
    await this.#client.because([resourceVersion]).command(Pod, { namespace, name }, "binding", body);
  }

  /** The condition PodScheduled and the nomination. Nothing is written when both are so already. */
  async refuse({ pod }: PodInfo, { reason, message, nominatedNode }: Refusal): Promise<void> {
    const before = condition(pod, "PodScheduled");
    const isSame = before?.status === "False" && before.reason === reason && before.message === message;
    const nominates = nominatedNode !== undefined && (nominatedNode ?? undefined) !== pod.status.nominatedNodeName;
    if (isSame && !nominates) return;
    const lastTransitionTime = before?.status === "False" ? before.lastTransitionTime : this.#now();
    const { generation: observedGeneration } = pod.metadata;
    const told = { type: "PodScheduled", status: "False", reason, message, lastTransitionTime, observedGeneration };
    await this.#patchStatus(pod, { conditions: [told], ...(nominates && { nominatedNodeName: nominatedNode }) });
  }

  /** Where the pod is going to be bound once what it needs there has come about. */
  async expect({ pod }: PodInfo, node: string): Promise<void> {
    if (pod.status.nominatedNodeName !== node) await this.#patchStatus(pod, { nominatedNodeName: node });
  }

  /** The room that the pod waited for goes to another one. */
  async denominate({ pod }: PodInfo): Promise<void> {
    await this.#patchStatus(pod, { nominatedNodeName: null });
  }

  /**
   * Says why, then deletes with the pod's own grace period. Nobody is deleted without being told why: when that cannot be
   * written, a conflict included, it is thrown and the pod stays.
   */
  async evict({ pod, uid }: PodInfo, { pod: preemptor }: PodInfo): Promise<void> {
    const { namespace, name = "" } = pod.metadata;
    const target = {
      type: "DisruptionTarget",
      status: "True",
      reason: "PreemptionByScheduler",
      message: `${this.#schedulerName}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: this.#now(),
      observedGeneration: pod.metadata.generation,
    };
    const client = this.#client.because([preemptor.metadata.resourceVersion ?? ""]);
    try {
      await this.#told(pod, { conditions: [target] }, client);
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      throw error;
    }
    await unlessGone(client.delete(Pod, { namespace, name }, { preconditions: { uid } }));
  }

  async #patchStatus(pod: Pod, status: object): Promise<void> {
    await unlessGone(this.#told(pod, status, this.#client));
  }

  #told({ metadata }: Pod, status: object, client: Client): Promise<unknown> {
    const { namespace, name = "", uid } = metadata;
    const patch = { type: "strategic", body: { metadata: { uid }, status } } as const;
    return client.patch(Pod, { namespace, name }, patch, { subresource: "status" });
  }

  #now(): string {
    return formatTime(this.#clock.now());
  }
}

async function unlessGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!hasReason(error, "NotFound", "Conflict")) throw error;
  }
}
