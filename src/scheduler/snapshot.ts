// What the scheduler knows of the cluster at one moment: nodes with the pods on them and what is left of their amounts.
// Values never change: a change makes a new NodeInfo, so that a cycle sees one state however long it takes.
import { quantityMilliValue, quantityValue } from "../base/quantity.ts";
import type { Node } from "../resources/core/node.ts";
import { allocatable } from "../resources/core/node/readiness.ts";
import type { Pod } from "../resources/core/pod.ts";
import type { HostPort } from "../resources/core/pod/host-ports.ts";
import { hostPorts } from "../resources/core/pod/host-ports.ts";
import { podRequests } from "../resources/core/pod/requests.ts";

/** Amounts by resource: cpu in thousandths, everything else in whole units (bytes, pieces). */
export type AmountsByName = ReadonlyMap<string, number>;

/** A pod with what is asked of it again and again. */
export interface PodInfo {
  readonly pod: Pod;
  readonly requests: AmountsByName;
  /** cpu and memory as scoring counts them: pods that ask for none count as a little. */
  readonly scored: { readonly cpu: number; readonly memory: number };
  readonly ports: readonly HostPort[];
  readonly priority: number;
}

export interface NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly allocatable: AmountsByName;
  readonly pods: readonly PodInfo[];
  readonly requested: AmountsByName;
  readonly scored: { readonly cpu: number; readonly memory: number };
  readonly ports: readonly HostPort[];
}

export interface Snapshot {
  readonly nodes: readonly NodeInfo[];
  readonly byName: ReadonlyMap<string, NodeInfo>;
}

/** What a pod without requests counts for when nodes are compared: a tenth of a cpu and 200 MiB. */
const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

const known = new WeakMap<Pod, PodInfo>();

/** Objects of a cache are frozen: each is looked at once. */
export function podInfo(pod: Pod): PodInfo {
  let info = known.get(pod);
  if (!info) known.set(pod, (info = makePodInfo(pod)));
  return info;
}

function makePodInfo(pod: Pod): PodInfo {
  const requests = new Map<string, number>();
  for (const [name, amount] of Object.entries(podRequests(pod, { allocated: true }))) {
    const value = name === "cpu" ? quantityMilliValue(amount) : quantityValue(amount);
    if (value !== 0) requests.set(name, value);
  }
  // A container each that asks for nothing: as if it had asked for the default.
  let cpu = requests.get("cpu") ?? 0;
  let memory = requests.get("memory") ?? 0;
  for (const { resources } of pod.spec.containers) {
    if (resources?.requests?.["cpu"] === undefined) cpu += DEFAULT_MILLI_CPU;
    if (resources?.requests?.["memory"] === undefined) memory += DEFAULT_MEMORY;
  }
  return { pod, requests, scored: { cpu, memory }, ports: hostPorts(pod.spec), priority: pod.spec.priority ?? 0 };
}

function nodeAmounts(node: Node): AmountsByName {
  const amounts = new Map<string, number>();
  for (const [name, amount] of Object.entries(allocatable(node))) amounts.set(name, name === "cpu" ? quantityMilliValue(amount) : quantityValue(amount));
  return amounts;
}

const amountsOf = new WeakMap<Node, AmountsByName>();

/** A node with these pods on it. */
export function nodeInfo(node: Node, pods: readonly PodInfo[]): NodeInfo {
  let amounts = amountsOf.get(node);
  if (!amounts) amountsOf.set(node, (amounts = nodeAmounts(node)));
  const requested = new Map<string, number>();
  const scored = { cpu: 0, memory: 0 };
  const ports: HostPort[] = [];
  for (const pod of pods) {
    for (const [name, amount] of pod.requests) requested.set(name, (requested.get(name) ?? 0) + amount);
    scored.cpu += pod.scored.cpu;
    scored.memory += pod.scored.memory;
    ports.push(...pod.ports);
  }
  return { node, name: node.metadata.name ?? "", allocatable: amounts, pods, requested, scored, ports };
}

/** The same node with one pod more. */
export const withPod = (info: NodeInfo, pod: PodInfo): NodeInfo => nodeInfo(info.node, [...info.pods, pod]);

/** The same node without the pods of these uids. */
export const withoutPods = (info: NodeInfo, uids: ReadonlySet<string>): NodeInfo => nodeInfo(info.node, info.pods.filter(({ pod }) => !uids.has(pod.metadata.uid ?? "")));
