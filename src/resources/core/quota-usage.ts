// What one object counts for in quotas, and which quotas it falls under. It refuses to add objects up: admission
// charges one at a time, the quota controller counts them all.
// Specification: "Resource Quotas".
import { addQuantity, quantity } from "../../base/quantity.ts";
import type { Quantity } from "../../base/quantity.ts";
import { parseTime } from "../../base/timestamp.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { PersistentVolumeClaim } from "./persistent-volume-claim-object.ts";
import type { Pod } from "./pod.ts";
import { qosClass } from "./pod/qos.ts";
import { podLimits, podRequests } from "./pod/requests.ts";
import type { PodAmounts } from "./pod/requests.ts";
import type { ResourceList } from "./pod/resources.ts";
import type { ResourceQuota } from "./resource-quota.ts";
import type { Service } from "./service.ts";

/** Amounts by the names that quotas use. */
export type Usage = Readonly<Record<string, Quantity>>;

export interface KindName {
  readonly group: string;
  readonly plural: string;
}

const ONE = quantity("1");

/** Kinds that quotas counted before there was `count/…`. */
const OLD_NAMES = ["configmaps", "replicationcontrollers", "resourcequotas", "secrets"];

const isKind = ({ group, plural }: KindName, name: string) => group === "" && plural === name;

/** `count/deployments.apps`, `count/pods`. */
export const countName = ({ group, plural }: KindName): string => `count/${plural}${group && `.${group}`}`;

/** What the object counts for. `now`: milliseconds; a pod whose grace is over counts as gone. */
export function usageOf(kind: KindName, object: KubeObject, now: number): Usage {
  if (isKind(kind, "pods")) return podUsage(object as Pod, now);
  if (isKind(kind, "services")) return serviceUsage(object as Service);
  if (isKind(kind, "persistentvolumeclaims")) return claimUsage(object as PersistentVolumeClaim);
  const old = kind.group === "" && OLD_NAMES.includes(kind.plural);
  return { [countName(kind)]: ONE, ...(old && { [kind.plural]: ONE }) };
}

// Pods

/** Resources of pods that have names of their own in quotas. */
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const POD_NAMES = new Set([
  ...["pods", "count/pods", ...COMPUTE],
  ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
]);

/** Names with a domain of their own, which nodes advertise. */
const isExtended = (name: string) =>
  name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
const isExtendedInQuota = (name: string) => name.startsWith("requests.") && isExtended(name.slice("requests.".length));

export function podUsage(pod: Pod, now: number): Usage {
  const counted = { "count/pods": ONE };
  if (hasEnded(pod, now)) return counted;
  return { ...counted, pods: ONE, ...computeUsage(podRequests(pod, { allocated: true }), podLimits(pod)) };
}

/** Ended pods hold nothing any more, nor do those whose deletion is overdue: their node may be lost. */
function hasEnded({ status, metadata }: Pod, now: number): boolean {
  const phase = status?.phase;
  if (phase === "Succeeded" || phase === "Failed") return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return now > parseTime(deletionTimestamp).ms + deletionGracePeriodSeconds * 1000;
}

function computeUsage(requests: Usage, limits: Usage): Usage {
  const used: Record<string, Quantity> = {};
  for (const [name, amount] of Object.entries(requests)) {
    const plain = COMPUTE.includes(name) || name.startsWith("hugepages-");
    if (plain) used[name] = amount;
    if (plain || isExtended(name)) used[`requests.${name}`] = amount;
  }
  for (const name of COMPUTE) {
    const limit = limits[name];
    if (limit !== undefined) used[`limits.${name}`] = limit;
  }
  return used;
}

/** Names that, once in a quota, every container must state. */
const DEMANDED = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/** Which containers leave out what these quota names demand: `limits.memory for: a,b; …`; "" for none. */
export function missingAmounts(pod: PodAmounts, names: readonly string[]): string {
  const amounts = (list: ResourceList | undefined): Usage =>
    Object.fromEntries(Object.entries(list ?? {}).map(([name, amount]) => [name, quantity(amount)]));
  const whole = computeUsage(amounts(pod.spec.resources?.requests), amounts(pod.spec.resources?.limits));
  const demanded = names.filter((name) => DEMANDED.includes(name) && whole[name] === undefined).sort();
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ name = "", resources }) => ({
    name,
    usage: computeUsage(amounts(resources?.requests), amounts(resources?.limits)),
  }));
  return demanded
    .map((wanted) => {
      const without = containers.filter(({ usage }) => usage[wanted] === undefined).map(({ name }) => name);
      return without.length === 0 ? "" : `${wanted} for: ${[...new Set(without)].sort().join(",")}`;
    })
    .filter((line) => line !== "")
    .join("; ");
}

// Services and claims

function serviceUsage({ spec }: Service): Usage {
  const count = (amount: number) => quantity(String(amount));
  const ports = spec.ports ?? [];
  const balanced = spec.type === "LoadBalancer";
  const allocates = spec.type === "NodePort" || (balanced && spec.allocateLoadBalancerNodePorts !== false);
  const given = balanced ? ports.filter(({ nodePort }) => nodePort).length : 0;
  return {
    "count/services": ONE,
    services: ONE,
    "services.nodeports": count(allocates ? ports.length : given),
    "services.loadbalancers": count(balanced ? 1 : 0),
  };
}

const CLASS_SUFFIX = ".storageclass.storage.k8s.io/";

function claimUsage({ spec, status }: PersistentVolumeClaim): Usage {
  const asked = spec?.resources?.requests?.["storage"];
  const given = status?.allocatedResources?.["storage"];
  // While a claim grows or shrinks, the larger figure counts.
  const amounts = [asked, given].filter((one) => one !== undefined).map((one) => quantity(one));
  const storage = amounts.sort((a, b) => b.compare(a))[0];
  const name = spec?.storageClassName ?? "";
  return {
    "count/persistentvolumeclaims": ONE,
    persistentvolumeclaims: ONE,
    ...(storage && { "requests.storage": storage }),
    ...(name && { [`${name}${CLASS_SUFFIX}persistentvolumeclaims`]: ONE }),
    ...(name && storage && { [`${name}${CLASS_SUFFIX}requests.storage`]: storage }),
  };
}

// Which quotas

/** Those of `names` that objects of the kind are counted under. */
export function countedNames(kind: KindName, names: readonly string[]): readonly string[] {
  return names.filter((name) => counts(kind, name));
}

function counts(kind: KindName, name: string): boolean {
  if (name === countName(kind)) return true;
  if (kind.group !== "") return false;
  switch (kind.plural) {
    case "pods":
      return POD_NAMES.has(name) || /^(requests\.)?hugepages-/.test(name) || isExtendedInQuota(name);
    case "services":
      return name === "services" || name === "services.nodeports" || name === "services.loadbalancers";
    case "persistentvolumeclaims":
      return name === "persistentvolumeclaims" || name === "requests.storage" || name.includes(CLASS_SUFFIX);
    default:
      return name === kind.plural && OLD_NAMES.includes(name);
  }
}

interface Requirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

const requirementsOf = ({ spec }: ResourceQuota): readonly Requirement[] => [
  ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" })),
  ...(spec.scopeSelector?.matchExpressions ?? []),
];

/** Whether the object falls under the quota: its status limits something of the kind, and all scopes hold. */
export function fallsUnder(quota: ResourceQuota, kind: KindName, object: KubeObject): boolean {
  if (countedNames(kind, Object.keys(quota.status?.hard ?? {})).length === 0) return false;
  return requirementsOf(quota).every((requirement) => inScope(requirement, kind, object));
}

function inScope({ scopeName, operator, values = [] }: Requirement, kind: KindName, object: KubeObject): boolean {
  if (isKind(kind, "persistentvolumeclaims") && scopeName === "VolumeAttributesClass") {
    const { spec } = object as PersistentVolumeClaim;
    return named(spec?.volumeAttributesClassName ?? "", operator, values);
  }
  if (!isKind(kind, "pods")) return false;
  const pod = object as Pod;
  const { activeDeadlineSeconds, priorityClassName = "" } = pod.spec;
  switch (scopeName) {
    case "Terminating":
      return activeDeadlineSeconds !== undefined && activeDeadlineSeconds >= 0;
    case "NotTerminating":
      return activeDeadlineSeconds === undefined;
    case "BestEffort":
      return qosClass(pod) === "BestEffort";
    case "NotBestEffort":
      return qosClass(pod) !== "BestEffort";
    case "PriorityClass":
      return named(priorityClassName, operator, values);
    case "CrossNamespacePodAffinity":
      return reachesAcross(pod);
    default:
      return false;
  }
}

function named(name: string, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case "In":
      return name !== "" && values.includes(name);
    case "NotIn":
      return name === "" || !values.includes(name);
    case "Exists":
      return name !== "";
    default:
      return name === "";
  }
}

/** Whether an affinity term looks at pods of other namespaces. */
function reachesAcross({ spec }: Pod): boolean {
  return [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some(({ namespaces, namespaceSelector }) => (namespaces ?? []).length > 0 || namespaceSelector !== undefined),
  );
}

/** `a + b`, name by name. */
export function sumUsage(a: Usage, b: Usage): Usage {
  const sum: Record<string, Quantity> = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const present = sum[name];
    sum[name] = present === undefined ? amount : addQuantity(present, amount);
  }
  return sum;
}
