// Whether this node takes a pod that was put on it: system, node affinity, ports, room. Pure, in upstream's words. It
// refuses to look at taints that only keep the scheduler away.
import {
  addQuantity,
  compareQuantity,
  quantityMilliValue,
  quantityValue,
  subtractQuantity,
} from "../../base/quantity.ts";
import type { Quantity } from "../../base/quantity.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { hostPorts, portsConflict } from "../../resources/core/pod/host-ports.ts";
import { nodeFits } from "../../resources/core/pod/node-affinity.ts";
import { isTerminal } from "../../resources/core/pod/readiness.ts";
import { qosClass } from "../../resources/core/pod/qos.ts";
import { podRequests } from "../../resources/core/pod/requests.ts";
import { SAFE_SYSCTLS, dottedSysctl } from "../../resources/core/pod/sysctls.ts";
import { toleratesAny } from "../../resources/core/pod/tolerations.ts";
import type { NodeStatus } from "../../resources/core/node/status.ts";
import type { NodeFacts, Pressure } from "../node/facts.ts";
import { isCritical } from "../node/shortages.ts";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export interface AdmissionFacts {
  readonly facts: Pick<NodeFacts, "name" | "os" | "allocatable" | "hasAppArmor">;
  /** Of the Node object. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the runtime can do, by the Node object. */
  readonly features?: NodeStatus["features"];
  /** Pods that the node has taken. */
  readonly others: readonly Pod[];
  /** What the node is short of. */
  readonly pressure?: Pressure | undefined;
}

/** Pods that had begun here before are not judged again. */
export function admit(pod: Pod, { facts, labels, others, pressure, features }: AdmissionFacts): Refusal | undefined {
  if (pod.status.startTime !== undefined || isTerminal(pod) || pod.metadata.deletionTimestamp !== undefined)
    return undefined;
  const short = underPressure(pod, pressure);
  if (short) return short;
  if (pod.spec.os && pod.spec.os.name !== facts.os) {
    return { reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS" };
  }
  const sysctl = forbiddenSysctl(pod);
  if (sysctl !== undefined) return { reason: "SysctlForbidden", message: `forbidden sysctl: ${sysctl}` };
  const active = others.filter((other) => !isTerminal(other));
  const unable = beyondNode(pod, { facts, features });
  if (unable) return unable;
  const room = noRoom(pod, active, facts);
  if (room) return room;
  if (!nodeFits(pod.spec, { metadata: { name: facts.name, labels } })) {
    return predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  }
  const taken = active.flatMap(({ spec }) => hostPorts(spec));
  if (hostPorts(pod.spec).some((port) => taken.some((other) => portsConflict(port, other)))) {
    return predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  }
  return undefined;
}

/** A pod that would run with less protection than it asked for does not run. */
function beyondNode(
  { spec }: Pod,
  { facts, features }: Pick<AdmissionFacts, "facts" | "features">,
): Refusal | undefined {
  if (spec.securityContext?.supplementalGroupsPolicy === "Strict" && !features?.supplementalGroupsPolicy) {
    const message = "SupplementalGroupsPolicy=Strict is not supported in this node";
    return { reason: "SupplementalGroupsPolicyNotSupported", message };
  }
  const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const profiles = [spec.securityContext, ...all.map((one) => one.securityContext)].map((one) => one?.appArmorProfile);
  const isRequired = profiles.some((profile) => profile !== undefined && profile.type !== "Unconfined");
  if (isRequired && facts.hasAppArmor === false)
    return { reason: "AppArmor", message: "Cannot enforce AppArmor: AppArmor is not enabled on the host" };
  return undefined;
}

const predicate = (name: string, why: string): Refusal => ({
  reason: name,
  message: `Predicate ${name} failed: ${why}`,
});

const CONDITIONS = [
  ["memory", "MemoryPressure"],
  ["disk", "DiskPressure"],
  ["pids", "PIDPressure"],
] as const;

/** A node that is short takes what the cluster itself needs; short of memory alone, also who says how much it needs. */
function underPressure(pod: Pod, pressure: Pressure | undefined): Refusal | undefined {
  const names = CONDITIONS.filter(([of]) => pressure?.[of]).map(([, name]) => name);
  if (names.length === 0 || isCritical(pod)) return undefined;
  if (names.length === 1 && names[0] === "MemoryPressure") {
    const taint = { key: "node.kubernetes.io/memory-pressure", value: "", effect: "NoSchedule" } as const;
    if (qosClass(pod) !== "BestEffort" || toleratesAny(pod.spec.tolerations, taint)) return undefined;
  }
  return { reason: "Evicted", message: `The node had condition: [${names.join(" ")}]. ` };
}

/** A kernel parameter that would not be the pod's own, and why. */
function forbiddenSysctl({ spec }: Pod): string | undefined {
  for (const { name: text } of spec.securityContext?.sysctls ?? []) {
    const name = dottedSysctl(text);
    if (!Object.hasOwn(SAFE_SYSCTLS, name)) return `${JSON.stringify(name)} not allowlisted`;
    const { namespace } = SAFE_SYSCTLS[name]!;
    if (namespace === "IPC" ? spec.hostIPC : spec.hostNetwork)
      return `${JSON.stringify(name)} not allowed with host ${namespace} enabled`;
  }
  return undefined;
}

/** Resources that the node does not know are nobody's to refuse. */
function noRoom(pod: Pod, others: readonly Pod[], { allocatable }: AdmissionFacts["facts"]): Refusal | undefined {
  const wanted = podRequests({ spec: pod.spec });
  const used: Record<string, Quantity> = {};
  for (const { spec } of others) {
    for (const [name, amount] of Object.entries(podRequests({ spec }))) {
      used[name] = used[name] ? addQuantity(used[name], amount) : amount;
    }
  }
  const pods = Number(allocatable["pods"] ?? Infinity);
  if (others.length + 1 > pods) return outOf("pods", 1, others.length, pods);
  for (const [name, amount] of Object.entries(wanted)) {
    const capacity = allocatable[name];
    if (capacity === undefined || amount.isZero()) continue;
    const taken = used[name];
    const free = taken ? subtractQuantity(capacity, taken) : capacity;
    if (compareQuantity(amount, free) <= 0) continue;
    const figure = name === "cpu" ? quantityMilliValue : quantityValue;
    return outOf(name, figure(amount), taken ? figure(taken) : 0, figure(capacity));
  }
  return undefined;
}

/** Why a pod on this node cannot have the amounts that it asks for: never, or not now. */
export function refuseResize(
  pod: Pod,
  others: readonly Pod[],
  allocatable: AdmissionFacts["facts"]["allocatable"],
): { readonly reason: "Deferred" | "Infeasible"; readonly message: string } | undefined {
  for (const [name, amount] of Object.entries(podRequests({ spec: pod.spec }))) {
    const capacity = allocatable[name];
    if (capacity === undefined || compareQuantity(amount, capacity) <= 0) continue;
    const figure = name === "cpu" ? quantityMilliValue : quantityValue;
    const figures = `requested: ${figure(amount)}, capacity: ${figure(capacity)}`;
    return { reason: "Infeasible", message: `Node didn't have enough capacity: ${name}, ${figures}` };
  }
  const active = others.filter((other) => !isTerminal(other));
  const room = noRoom(pod, active, { name: "", os: "linux", allocatable });
  return room && { reason: "Deferred", message: room.message };
}

const outOf = (name: string, requested: number, used: number, capacity: number): Refusal => ({
  reason: `OutOf${name}`,
  message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});
