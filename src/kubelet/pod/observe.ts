// Reads what the runtime has of this node's pods: by labels, one pod or all at once. It refuses to judge and to
// remember more than what saves calls: a container's status is asked for once in each of its states.
import type { Log } from "../../base/log.ts";
import type { Container } from "../../wire/cri/container.ts";
import type { ContainerStatus } from "../../wire/cri/container.ts";
import type { PodSandbox } from "../../wire/cri/sandbox.ts";
import { isNotFound } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import { ANNOTATIONS, LABELS } from "../parts.ts";
import type { ContainerUser, ObservedContainer, ObservedSandbox } from "./observed.ts";
import type { ReadTail } from "./termination-message.ts";
import { terminationMessage } from "./termination-message.ts";

/** A pod as the runtime has it; the highest attempts first. */
export interface PodState {
  readonly sandboxes: readonly ObservedSandbox[];
  readonly containers: readonly ObservedContainer[];
}

export const NOTHING: PodState = { sandboxes: [], containers: [] };

const STATES = {
  CONTAINER_CREATED: "created",
  CONTAINER_RUNNING: "running",
  CONTAINER_EXITED: "exited",
  CONTAINER_UNKNOWN: "unknown",
} as const;

const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000n);

interface Seen<T> {
  readonly state: string;
  readonly value: T;
}

export class Observer {
  readonly #cri: Cri;
  readonly #readTail: ReadTail;
  readonly #log: Log;
  readonly #sandboxes = new Map<string, Seen<ObservedSandbox>>();
  readonly #containers = new Map<string, Seen<ObservedContainer>>();
  readonly #pods = new Map<string, string>();

  constructor(options: { readonly cri: Cri; readonly readTail: ReadTail; readonly log: Log }) {
    this.#cri = options.cri;
    this.#readTail = options.readTail;
    this.#log = options.log;
  }

  /** The uid of the pod that a sandbox or container belongs to, if it was seen before. */
  podOf(id: string): string | undefined {
    return this.#pods.get(id);
  }

  /** Names the pod of something that was just made, so that news of it find their way. */
  introduce(id: string, podUid: string): void {
    this.#pods.set(id, podUid);
  }

  /** The present state of one pod. */
  async pod(uid: string, signal: AbortSignal): Promise<PodState> {
    const labelSelector = { [LABELS.podUid]: uid };
    const [sandboxes, containers] = await Promise.all([
      this.#cri.runtime.listPodSandbox({ filter: { labelSelector } }, { signal }),
      this.#cri.runtime.listContainers({ filter: { labelSelector } }, { signal }),
    ]);
    return this.#read(sandboxes.items, containers.containers, signal);
  }

  /** The ids and states of all pods by uid, as one text each: what differs from the last time has changed. */
  async fingerprints(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const [sandboxes, containers] = await Promise.all([
      this.#cri.runtime.listPodSandbox({}, { signal }),
      this.#cri.runtime.listContainers({}, { signal }),
    ]);
    const texts = new Map<string, string[]>();
    const living = new Set<string>();
    for (const { id, state, labels } of [...sandboxes.items, ...containers.containers]) {
      const uid = labels[LABELS.podUid];
      if (uid === undefined) continue;
      living.add(id);
      this.#pods.set(id, uid);
      const list = texts.get(uid);
      if (list) list.push(`${id}=${state}`);
      else texts.set(uid, [`${id}=${state}`]);
    }
    for (const known of [this.#pods, this.#sandboxes, this.#containers]) {
      for (const id of known.keys()) if (!living.has(id)) known.delete(id);
    }
    return new Map([...texts].map(([uid, list]) => [uid, list.sort().join(" ")]));
  }

  /** Sandboxes of the runtime that bear a pod's labels, by its uid. */
  async sandboxesByPod(signal: AbortSignal): Promise<ReadonlyMap<string, readonly PodSandbox[]>> {
    const { items } = await this.#cri.runtime.listPodSandbox({}, { signal });
    return Map.groupBy(
      items.filter(({ labels }) => labels[LABELS.podUid] !== undefined),
      ({ labels }) => labels[LABELS.podUid]!,
    );
  }

  async #read(
    sandboxes: readonly PodSandbox[],
    containers: readonly Container[],
    signal: AbortSignal,
  ): Promise<PodState> {
    const [seenSandboxes, seenContainers] = await Promise.all([
      Promise.all(sandboxes.map((one) => this.#sandbox(one, signal))),
      Promise.all(containers.map((one) => this.#container(one, signal))),
    ]);
    const present = <T>(list: readonly (T | undefined)[]): T[] => list.filter((one) => one !== undefined);
    return {
      sandboxes: present(seenSandboxes).sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt),
      containers: present(seenContainers).sort((a, b) => b.attempt - a.attempt || b.startedAt - a.startedAt),
    };
  }

  async #sandbox({ id, state, labels }: PodSandbox, signal: AbortSignal): Promise<ObservedSandbox | undefined> {
    this.#pods.set(id, labels[LABELS.podUid] ?? "");
    const before = this.#sandboxes.get(id);
    if (before?.state === state) return before.value;
    const answer = await this.#orGone(this.#cri.runtime.podSandboxStatus({ podSandboxId: id }, { signal }));
    const status = answer?.status;
    if (!status) return undefined;
    const { ip = "", additionalIps = [] } = status.network ?? {};
    const value: ObservedSandbox = {
      id,
      attempt: status.metadata?.attempt ?? 0,
      ready: status.state === "SANDBOX_READY",
      createdAt: milliseconds(status.createdAt),
      ips: [ip, ...additionalIps.map((one) => one.ip)].filter((one) => one !== ""),
    };
    this.#sandboxes.set(id, { state: status.state, value });
    return value;
  }

  async #container(container: Container, signal: AbortSignal): Promise<ObservedContainer | undefined> {
    const { id, state, labels } = container;
    this.#pods.set(id, labels[LABELS.podUid] ?? "");
    const before = this.#containers.get(id);
    if (before?.state === state) return before.value;
    const answer = await this.#orGone(this.#cri.runtime.containerStatus({ containerId: id }, { signal }));
    const status = answer?.status;
    if (!status) return undefined;
    const value = await this.#containerFrom(status, container);
    this.#containers.set(id, { state: status.state, value });
    return value;
  }

  async #containerFrom(status: ContainerStatus, { podSandboxId, labels }: Container): Promise<ObservedContainer> {
    const own = status.state === "CONTAINER_EXITED" ? await this.#message(status) : "";
    return {
      id: status.id,
      name: labels[LABELS.containerName] ?? status.metadata?.name ?? "",
      attempt: restartCountOf(status),
      sandboxId: podSandboxId,
      state: STATES[status.state],
      startedAt: milliseconds(status.startedAt),
      finishedAt: milliseconds(status.finishedAt),
      exitCode: status.exitCode,
      reason: status.reason,
      message: [status.message, own].filter((text) => text !== "").join(": "),
      image: status.image?.userSpecifiedImage || status.image?.image || "",
      imageRef: status.imageRef,
      hash: status.annotations[ANNOTATIONS.specHash] ?? "",
      ...(status.user?.linux && { user: userOf(status.user.linux) }),
    };
  }

  /** A message that cannot be read is none: the end itself must be reported all the same. */
  async #message(status: ContainerStatus): Promise<string> {
    try {
      return await terminationMessage(status, this.#readTail);
    } catch (error) {
      this.#log.warn("a container's last message cannot be read", { container: status.id, error: String(error) });
      return "";
    }
  }

  /** What was removed between the list and the question is not there. */
  async #orGone<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

function restartCountOf(status: ContainerStatus): number {
  const count = Number(status.annotations[ANNOTATIONS.restartCount]);
  return Number.isInteger(count) && count >= 0 ? count : (status.metadata?.attempt ?? 0);
}

const userOf = ({
  uid,
  gid,
  supplementalGroups,
}: {
  uid: number;
  gid: number;
  supplementalGroups: readonly number[];
}): ContainerUser => ({
  uid,
  gid,
  supplementalGroups,
});
