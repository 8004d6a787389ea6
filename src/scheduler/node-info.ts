// A node with the pods on it and what they take of its amounts, and a pod with what is asked of it again and again.
// Values never change: a pod more makes a new NodeInfo. It refuses to know more than one node (snapshot.ts).
import { quantityMilliValue, quantityValue } from "../base/quantity.ts";
import type { Node } from "../resources/core/node.ts";
import { allocatable } from "../resources/core/node/readiness.ts";
import type { Pod } from "../resources/core/pod.ts";
import type { HostPort } from "../resources/core/pod/host-ports.ts";
import { hostPorts } from "../resources/core/pod/host-ports.ts";
import { podRequests } from "../resources/core/pod/requests.ts";
import type { ClaimUse } from "../resources/core/persistent-volume/binding.ts";
import { claimsOf } from "../resources/core/persistent-volume/binding.ts";
import type { BorneTerm } from "./pod-terms.ts";
import { borneTerms } from "./pod-terms.ts";

/** Amounts: cpu in thousandths, memory and ephemeral storage in bytes, all else by name in whole units. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
  readonly others: ReadonlyMap<string, number>;
}

/** cpu and memory as scoring counts them: containers that ask for none count as a little. */
export interface Scored {
  readonly cpu: number;
  readonly memory: number;
}

/** A pod with what is asked of it again and again. */
export interface PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  readonly requests: Amounts;
  readonly scored: Scored;
  readonly ports: readonly HostPort[];
  readonly priority: number;
  /** What its affinity and anti-affinity ask of other pods, once it is placed. */
  readonly terms: readonly BorneTerm[];
  /** The claims to volumes that it names. */
  readonly claims: readonly ClaimUse[];
}

export interface Free {
  readonly pods: number;
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
}

export interface NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly allocatable: Amounts;
  /** Neither cordoned nor tainted. */
  readonly isOpen: boolean;
  readonly pods: readonly PodInfo[];
  readonly requested: Amounts;
  /** What is left, below zero where too much is taken. By itself, for the filters ask every node for it. */
  readonly free: Free;
  readonly scored: Scored;
  readonly ports: readonly HostPort[];
}

const NONE: ReadonlyMap<string, number> = new Map();
const NO_AMOUNTS: Amounts = { cpu: 0, memory: 0, storage: 0, others: NONE };
const NO_PORTS: readonly HostPort[] = [];
const DEFAULT_MAX_PODS = 110;

/** What a container without requests counts for when nodes are compared: a tenth of a cpu and 200 MiB. */
const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

const known = new WeakMap<Pod, PodInfo>();

/** Objects of a cache are frozen: each is looked at once. */
export function podInfo(pod: Pod): PodInfo {
  let info = known.get(pod);
  if (!info) known.set(pod, (info = makePodInfo(pod)));
  return info;
}

type Amount = Parameters<typeof quantityValue>[0];

function amountsOf(list: Readonly<Record<string, Amount>>): Amounts {
  let [cpu, memory, storage] = [0, 0, 0];
  let others: Map<string, number> | undefined;
  for (const name in list) {
    const amount = list[name]!;
    if (name === "cpu") cpu = quantityMilliValue(amount);
    else if (name === "memory") memory = quantityValue(amount);
    else if (name === "ephemeral-storage") storage = quantityValue(amount);
    else (others ??= new Map()).set(name, quantityValue(amount));
  }
  return { cpu, memory, storage, others: others ?? NONE };
}

function makePodInfo(pod: Pod): PodInfo {
  const requests = amountsOf(podRequests(pod, { allocated: true }));
  // A container that asks for nothing: as if it had asked for the default.
  let { cpu, memory } = requests;
  for (const { resources } of pod.spec.containers) {
    if (resources?.requests?.["cpu"] === undefined) cpu += DEFAULT_MILLI_CPU;
    if (resources?.requests?.["memory"] === undefined) memory += DEFAULT_MEMORY;
  }
  return {
    pod,
    uid: pod.metadata.uid ?? "",
    requests,
    scored: { cpu, memory },
    ports: hostPorts(pod.spec),
    priority: pod.spec.priority ?? 0,
    terms: borneTerms(pod),
    claims: claimsOf(pod),
  };
}

const nodeAmounts = new WeakMap<Node, Amounts>();

function allocatableOf(node: Node): Amounts {
  let amounts = nodeAmounts.get(node);
  if (!amounts) nodeAmounts.set(node, (amounts = amountsOf(allocatable(node))));
  return amounts;
}

function plus(a: Amounts, b: Amounts): Amounts {
  let { others } = a;
  if (b.others.size > 0) {
    const sum = new Map(others);
    for (const [name, amount] of b.others) sum.set(name, (sum.get(name) ?? 0) + amount);
    others = sum;
  }
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory, storage: a.storage + b.storage, others };
}

/** A node with these pods on it. */
export function nodeInfo(node: Node, pods: readonly PodInfo[]): NodeInfo {
  const amounts = allocatableOf(node);
  let requested = NO_AMOUNTS;
  let [cpu, memory] = [0, 0];
  let ports = NO_PORTS;
  for (const pod of pods) {
    requested = plus(requested, pod.requests);
    cpu += pod.scored.cpu;
    memory += pod.scored.memory;
    if (pod.ports.length > 0) ports = [...ports, ...pod.ports];
  }
  const name = node.metadata.name ?? "";
  const isOpen = !node.spec.unschedulable && !node.spec.taints?.length;
  const free: Free = {
    pods: (amounts.others.get("pods") ?? DEFAULT_MAX_PODS) - pods.length,
    cpu: amounts.cpu - requested.cpu,
    memory: amounts.memory - requested.memory,
    storage: amounts.storage - requested.storage,
  };
  return { node, name, isOpen, free, allocatable: amounts, pods, requested, scored: { cpu, memory }, ports };
}

/** The same node with one pod more. */
export const withPod = (info: NodeInfo, pod: PodInfo): NodeInfo => ({
  node: info.node,
  name: info.name,
  isOpen: info.isOpen,
  free: {
    pods: info.free.pods - 1,
    cpu: info.free.cpu - pod.requests.cpu,
    memory: info.free.memory - pod.requests.memory,
    storage: info.free.storage - pod.requests.storage,
  },
  allocatable: info.allocatable,
  pods: [...info.pods, pod],
  requested: plus(info.requested, pod.requests),
  scored: { cpu: info.scored.cpu + pod.scored.cpu, memory: info.scored.memory + pod.scored.memory },
  ports: pod.ports.length > 0 ? [...info.ports, ...pod.ports] : info.ports,
});

/** The same node without the pods of these uids. */
export const withoutPods = (info: NodeInfo, uids: ReadonlySet<string>): NodeInfo =>
  nodeInfo(
    info.node,
    info.pods.filter(({ uid }) => !uids.has(uid)),
  );
