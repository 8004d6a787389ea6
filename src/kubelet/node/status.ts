// A Node as its kubelet reports it: labels, addresses, figures, conditions in upstream's words. Pure: it refuses to
// write and to ask.
import { formatTime } from "../../base/timestamp.ts";
import type { Draft } from "../../client/client.ts";
import type { Node } from "../../resources/core/node.ts";
import { NodeStatus as NodeStatusSchema } from "../../resources/core/node/status.ts";
import type { NodeCondition, NodeStatus } from "../../resources/core/node/status.ts";
import { semanticEqual } from "../../schema/equality.ts";
import type { Image } from "../../wire/cri/image.ts";
import type { NodeFacts, Pressure } from "./facts.ts";

/** What the runtime says of itself. */
export interface RuntimeFacts {
  readonly name: string;
  readonly version: string;
  /** Why the node is not ready: one sentence for each thing that is wrong. */
  readonly faults: readonly string[];
  /** What it and its handlers can do, where it says so. */
  readonly abilities?: Pick<NodeStatus, "features" | "runtimeHandlers"> | undefined;
}

/** How many images a node lists, the largest first, and how many names of each. */
const IMAGES_LISTED = 50;
const NAMES_LISTED = 5;

export interface NodeView {
  readonly facts: NodeFacts;
  readonly runtime: RuntimeFacts;
  readonly images: readonly Image[];
  readonly pressure: Pressure;
  readonly now: number;
}

export function newNode(view: NodeView): Draft<Node> {
  const { facts } = view;
  return {
    metadata: { name: facts.name, labels: { ...nodeLabels(facts), ...facts.labels }, annotations: ANNOTATIONS },
    spec: {
      ...(facts.podCIDRs?.length && { podCIDR: facts.podCIDRs[0]!, podCIDRs: facts.podCIDRs }),
      ...(facts.taints?.length && { taints: facts.taints }),
    },
    status: nodeStatus(view, undefined),
  };
}

/** Volumes need no controller to attach them here. */
const ANNOTATIONS = { "volumes.kubernetes.io/controller-managed-attach-detach": "true" };

export function nodeLabels({ hostname, os, architecture }: NodeFacts): Record<string, string> {
  return {
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": os,
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": hostname,
    "kubernetes.io/os": os,
  };
}

/**
 * The kubelet's own part of the status. `before` is the status in the API: it gives the times of conditions that have not
 * changed.
 */
export function nodeStatus(view: NodeView, before: NodeStatus | undefined): NodeStatus {
  const { facts, runtime, images } = view;
  const addresses = facts.ips.map((address) => ({ type: "InternalIP", address }));
  return {
    capacity: facts.capacity,
    allocatable: facts.allocatable,
    conditions: conditions(view, before?.conditions ?? []),
    addresses: [...addresses, { type: "Hostname", address: facts.hostname }],
    ...(facts.kubeletPort > 0 && { daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } } }),
    nodeInfo: {
      machineID: facts.machineID,
      systemUUID: facts.systemUUID,
      bootID: facts.bootID,
      kernelVersion: facts.kernelVersion,
      osImage: facts.osImage,
      containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
      kubeletVersion: facts.kubeletVersion,
      kubeProxyVersion: "",
      operatingSystem: facts.os,
      architecture: facts.architecture,
    },
    images: listed(images),
    ...runtime.abilities,
  };
}

function listed(images: readonly Image[]): NodeStatus["images"] {
  const largest = [...images].sort((a, b) => b.size - a.size).slice(0, IMAGES_LISTED);
  return largest.map(({ repoDigests, repoTags, size }) => ({
    names: [...repoDigests, ...repoTags].slice(0, NAMES_LISTED),
    sizeBytes: size,
  }));
}

type Verdict = Pick<NodeCondition, "type" | "status" | "reason" | "message">;

const pressed = (
  type: string,
  under: boolean,
  yes: readonly [string, string],
  no: readonly [string, string],
): Verdict => {
  const [reason, message] = under ? yes : no;
  return { type, status: under ? "True" : "False", reason, message };
};

function conditions({ runtime, pressure, now }: NodeView, before: readonly NodeCondition[]): readonly NodeCondition[] {
  const own: readonly Verdict[] = [
    pressed(
      "MemoryPressure",
      pressure.memory,
      ["KubeletHasInsufficientMemory", "kubelet has insufficient memory available"],
      ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
    ),
    pressed(
      "DiskPressure",
      pressure.disk,
      ["KubeletHasDiskPressure", "kubelet has disk pressure"],
      ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    ),
    pressed(
      "PIDPressure",
      pressure.pids,
      ["KubeletHasInsufficientPID", "kubelet has insufficient PID available"],
      ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
    ),
    runtime.faults.length === 0
      ? { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
      : { type: "Ready", status: "False", reason: "KubeletNotReady", message: `[${runtime.faults.join(", ")}]` },
  ];
  const time = formatTime(now);
  return own.map((verdict): NodeCondition => {
    const old = before.find(({ type }) => type === verdict.type);
    const since = old?.status === verdict.status ? old.lastTransitionTime : undefined;
    return { ...verdict, lastHeartbeatTime: time, lastTransitionTime: since ?? time };
  });
}

const OWN_CONDITIONS = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"];

/**
 * Whether two statuses say the same, but for when it was said. The API gives quantities, empty lists and the order of
 * maps back in another form.
 */
export function sameButForHeartbeats(a: NodeStatus, b: NodeStatus): boolean {
  return semanticEqual(NodeStatusSchema, steady(a), steady(b));
}

function steady({ conditions, ...status }: NodeStatus): NodeStatus {
  const { capacity, allocatable, addresses, daemonEndpoints, nodeInfo, images, features, runtimeHandlers } = status;
  const own = OWN_CONDITIONS.flatMap((type) => {
    const found = conditions?.find((one) => one.type === type);
    return found ? [{ type, status: found.status, reason: found.reason, message: found.message }] : [];
  });
  return {
    conditions: own,
    capacity,
    allocatable,
    addresses,
    daemonEndpoints,
    nodeInfo,
    images,
    features,
    runtimeHandlers,
  };
}
