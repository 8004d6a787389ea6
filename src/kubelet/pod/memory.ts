// What a kubelet must remember about a pod beyond what the runtime and the API tell. It refuses to be needed for good:
// a kubelet that was killed starts with an empty one, and the pod's status in the API and the runtime's labels fill
// it.
import { parseTime } from "../../base/timestamp.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ContainerStatus } from "../../resources/core/pod/container-status.ts";
import type { ResourceRequirements } from "../../resources/core/pod/resources.ts";
import type { ProbeKind, ProbeState } from "../probes/state.ts";
import { allContainers } from "./containers.ts";

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

/** Why a pod is being ended, and for how long yet. */
export interface Ending {
  /**
   * `deleted`: by request. `deadline`, `evicted`, `rejected`: by this node. `done`: its containers have ended and will not
   * run again. `failedProbe`: nothing is left that should run.
   */
  why: "deleted" | "deadline" | "evicted" | "rejected" | "done" | "failedProbe";
  /** Its deletion was asked for, before or after. */
  deleted?: boolean;
  graceSeconds: number;
  /** When it began, in milliseconds since 1970. */
  since: number;
  /** For status; only where the node decided it. */
  reason?: string;
  message?: string;
  /** The node ends it for its own sake: nothing is wrong with the pod. */
  disrupts?: boolean;
  /** Whether the app containers had been reached when it began: what never started then counts as lost. */
  initialized?: boolean;
  /** Whether the pod is gone from the API. */
  gone?: boolean;
  volumesRemoved?: boolean;
  /** When the API said that it is deleted: the cache will hear of it. */
  deletedAt?: number;
  /** Times, for what failed and is tried again. */
  retryAt?: number;
}

/** Counts of one container, over all its attempts, and of the one that runs. */
export interface ContainerMemory {
  /** Why it could not be started the last time. */
  waiting?: { reason: string; message: string };
  /** Not before this time. */
  retryAt?: number;
  failures: number;
  /** The start that is under way. */
  starting?: {
    attempt: number;
    sandboxId: string;
    imageRef?: string;
    /** What the runtime calls the images of its volumes, by volume. */
    volumeImages?: Record<string, string>;
  };
  /** The image that the last attempt at a start was for: a new one need not wait for the delays of the old. */
  image?: string;
  /** Delays between pulls: the last one, until when, and why the last pull failed. */
  pull?: { image: string; delayMs: number; until: number; message: string };
  /** Delays between restarts of the container with this hash: the last one, when it was given, whose end it told of. */
  crash?: { hash: string; delayMs: number; at: number; told: string; seen?: { id: string; at: number } };
  /** The container that this kubelet made last: what an earlier one made may have been cut off by its end. */
  made?: string;
  /** A container that was ended to be made anew, whatever the restart policy. */
  replaced?: string;
  /** The container of the runtime that the rest is about. */
  id?: string;
  hook?: "wanted" | "running" | "done" | "failed";
  /** Reported as started and ready before this kubelet knew better. */
  adopted?: { started: boolean; ready: boolean };
  probes: Partial<Record<ProbeKind, ProbeState>>;
  /** What the node has set aside for it, and what the container that was made last has. */
  allocated?: ResourceRequirements;
  actual?: ResourceRequirements;
  /** It is being stopped: the shortest grace period asked for so far. */
  stop?: { id: string; graceSeconds: number; deadline: number; retryAt?: number };
}

export interface Memory {
  phase: PodPhase;
  startTime: number;
  /**
   * `metadata`: labels and annotations as they were when the volumes were last asked for. `outdated`: something that they
   * are made of has changed since.
   */
  volumes: {
    ready: boolean;
    failures: number;
    retryAt: number;
    checkedAt: number;
    metadata?: string;
    outdated?: boolean;
  };
  sandbox: { failures: number; retryAt: number };
  podIPs: readonly string[];
  /** When a pod with a deadline was last seen being started. */
  startSeenAt?: number;
  containers: Record<string, ContainerMemory>;
  /** What was stopped or removed and is still listed, by the action's key. */
  cleared: Record<string, { times: number; retryAt: number; done: boolean }>;
  /** A resize that is not granted, and why; one that was granted and has not come about; why it failed the last time. */
  resizePending?: { reason: "Deferred" | "Infeasible"; message: string };
  resizing?: boolean;
  resizeError?: { message: string; retryAt: number };
  ending?: Ending;
}

/** What is known before anything was seen: the pod's own report. */
export function firstMemory(pod: Pod, now: number): Memory {
  const { status } = pod;
  const phase = (status.phase ?? "Pending") as PodPhase;
  const containers: Record<string, ContainerMemory> = {};
  const statuses = [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  for (const { role, spec } of allContainers(pod)) {
    const reported = statuses.find(({ name }) => name === spec.name);
    const id = reported?.state?.running && reported.containerID?.split("://")[1];
    containers[spec.name] = {
      failures: 0,
      probes: {},
      ...((role === "app" || role === "sidecar") && reported?.containerID && grantedBefore(spec.resources, reported)),
      ...(id && { id, adopted: { started: reported.started ?? true, ready: reported.ready } }),
    };
  }
  return {
    phase: ["Pending", "Running", "Succeeded", "Failed"].includes(phase) ? phase : "Pending",
    startTime: status.startTime ? parseTime(status.startTime).ms : now,
    volumes: { ready: false, failures: 0, retryAt: 0, checkedAt: 0 },
    sandbox: { failures: 0, retryAt: 0 },
    podIPs: (status.podIPs ?? []).map(({ ip }) => ip),
    containers,
    cleared: {},
  };
}

/** What a node that begins anew had granted, by its own report: the amounts may have been changed since. */
function grantedBefore(
  wanted: ResourceRequirements | undefined,
  { resources, allocatedResources: requests }: ContainerStatus,
): Pick<ContainerMemory, "allocated"> {
  return resources ? { allocated: { ...wanted, ...resources, ...(requests && { requests }) } } : {};
}

/** A deep copy of plain data, which a memory is: every step makes one. Frozen parts, as those of a pod are, stay. */
export function copyOf<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = copyOf<unknown>(value[key]);
  return copy as T;
}

/**
 * The same memory after the machine's clock was set by `byMs`: delays that were being waited for stay as long as they
 * were. What was told to others, or by them, stays as it was told.
 */
export function afterClockSet(memory: Memory, byMs: number): Memory {
  const moved = copyOf(memory);
  const shift = <K extends string>(part: Partial<Record<K, number>> | undefined, ...names: readonly K[]): void => {
    for (const name of names) if (part?.[name] !== undefined) part[name] += byMs;
  };
  shift(moved, "startSeenAt");
  shift(moved.volumes, "retryAt", "checkedAt");
  shift(moved.sandbox, "retryAt");
  shift(moved.resizeError, "retryAt");
  shift(moved.ending, "since", "deletedAt", "retryAt");
  for (const one of Object.values(moved.cleared)) shift(one, "retryAt");
  for (const one of Object.values(moved.containers)) {
    shift(one, "retryAt");
    shift(one.pull, "until");
    shift(one.crash?.seen, "at");
    shift(one.stop, "deadline", "retryAt");
  }
  return moved;
}

/** The memory of one container; made when it is new (ephemeral ones come later). */
export function memoryOf(memory: Memory, name: string): ContainerMemory {
  return (memory.containers[name] ??= { failures: 0, probes: {} });
}
