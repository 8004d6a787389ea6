// A container's requests and limits as the kernel's figures. Pure; it refuses to know cgroup files.
import { quantityMilliValue, quantityValue } from "../../base/quantity.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { qosClass } from "../../resources/core/pod/qos.ts";
import { podLimits, podRequests } from "../../resources/core/pod/requests.ts";
import type { ResourceRequirements } from "../../resources/core/pod/resources.ts";
import type { LinuxContainerResources } from "../../wire/cri/resources.ts";

/** 100 ms, over which a cpu limit is counted. */
const PERIOD_US = 100_000;
const MIN_QUOTA_US = 1000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;

/** 1024 shares for a cpu; the least there is for no request. */
export const sharesOf = (milli: number): number =>
  milli === 0 ? MIN_SHARES : Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((milli * 1024) / 1000)));

const quotaOf = (milli: number): number =>
  milli === 0 ? 0 : Math.max(MIN_QUOTA_US, Math.floor((milli * PERIOD_US) / 1000));

/**
 * How likely the kernel is to choose the container when memory is short: the more it asked for, the less; a sidecar no more
 * than any container that needs it.
 */
export function oomScoreAdj(pod: Pod, memoryRequest: number, nodeMemory: number, isSidecar = false): number {
  if (pod.spec.priorityClassName === "system-node-critical") return -997;
  switch (qosClass(pod)) {
    case "Guaranteed":
      return -997;
    case "BestEffort":
      return 1000;
    case "Burstable": {
      const own = pod.spec.containers.map(({ resources }) => whole(resources?.requests, "memory"));
      const asked = (isSidecar ? Math.max(memoryRequest, Math.min(...own)) : memoryRequest) + unclaimedShare(pod);
      const score = 1000 - Math.floor((1000 * asked) / Math.max(1, nodeMemory));
      // Never as safe as a guaranteed one, never as exposed as one that asked for nothing.
      return Math.min(999, Math.max(3, score));
    }
  }
}

/** What a pod asked for as a whole and none of its containers, in equal parts. */
function unclaimedShare({ spec: { resources, ...spec } }: Pod): number {
  const memory = whole(resources?.requests, "memory");
  if (memory === 0) return 0;
  const claimed = podRequests({ spec }, { withoutOverhead: true })["memory"];
  const count = spec.containers.length + (spec.initContainers?.length ?? 0);
  return Math.floor(Math.max(0, memory - (claimed ? quantityValue(claimed) : 0)) / count);
}

export interface NodeAmounts {
  readonly milliCpu: number;
  readonly memoryBytes: number;
  readonly ephemeralBytes: number;
}

/** The node's amounts out of its capacity, or of what it gives to pods. */
export const nodeAmounts = (list: Readonly<Record<string, string>>): NodeAmounts => ({
  milliCpu: milli(list, "cpu"),
  memoryBytes: whole(list, "memory"),
  ephemeralBytes: whole(list, "ephemeral-storage"),
});

const milli = (list: Readonly<Record<string, string>> | undefined, name: string) =>
  list?.[name] === undefined ? 0 : quantityMilliValue(list[name]);
const whole = (list: Readonly<Record<string, string>> | undefined, name: string) =>
  list?.[name] === undefined ? 0 : quantityValue(list[name]);

export function containerResources(
  pod: Pod,
  resources: ResourceRequirements | undefined,
  node: NodeAmounts,
  isSidecar = false,
): Partial<LinuxContainerResources> {
  const { requests, limits: own } = resources ?? {};
  // Who has no limit has the pod's, and can see so.
  const limits = { ...pod.spec.resources?.limits, ...own };
  const cpuRequest = requests?.["cpu"] === undefined ? milli(limits, "cpu") : milli(requests, "cpu");
  const quota = quotaOf(milli(limits, "cpu"));
  const memory = whole(limits, "memory");
  return {
    cpuShares: sharesOf(cpuRequest),
    ...(quota > 0 && { cpuQuota: quota, cpuPeriod: PERIOD_US }),
    ...(memory > 0 && { memoryLimitInBytes: memory, memorySwapLimitInBytes: memory }),
    oomScoreAdj: oomScoreAdj(pod, whole(requests, "memory"), node.memoryBytes, isSidecar),
  };
}

/**
 * The sums of a pod, for its group and the runtime's accounting. A limit is one only when every container has it, or
 * the pod itself.
 */
export function podResources(pod: Pod): Partial<LinuxContainerResources> {
  const requests = podRequests(pod);
  const limits = podLimits(pod);
  const { spec } = pod;
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  const limited = (name: "cpu" | "memory") =>
    spec.resources?.limits?.[name] !== undefined ||
    all.every(({ resources }) => resources?.limits?.[name] !== undefined);
  return {
    cpuShares: sharesOf(requests["cpu"] ? quantityMilliValue(requests["cpu"]) : 0),
    cpuPeriod: PERIOD_US,
    cpuQuota: limited("cpu") && limits["cpu"] ? quotaOf(quantityMilliValue(limits["cpu"])) : 0,
    memoryLimitInBytes: limited("memory") && limits["memory"] ? quantityValue(limits["memory"]) : 0,
  };
}

/** Where the pod's containers stand in the tree of cgroups. */
export function cgroupParent(root: string, pod: Pod): string {
  const qos = qosClass(pod);
  const tier = qos === "Guaranteed" ? "" : `/${qos.toLowerCase()}`;
  return `${root}/kubepods${tier}/pod${pod.metadata.uid}`;
}
