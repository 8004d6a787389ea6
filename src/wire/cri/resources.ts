// What a container or a pod may use: CRI messages for limits and their updates.
// It refuses to say what was used (stats.ts).
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { int64, string, uint32, uint64 } from "../protobuf/scalar.ts";

/** `pageSize` such as `2MB`, `limit` in bytes. */
export const HugepageLimit = message("runtime.v1.HugepageLimit", {
  pageSize: field(1, string),
  limit: field(2, uint64),
});
export interface HugepageLimit extends MessageIn<typeof HugepageLimit> {}

/** Periods and quotas are microseconds, memory is bytes; 0 means unset. `unified` is cgroup v2, key by key. */
export const LinuxContainerResources = message("runtime.v1.LinuxContainerResources", {
  cpuPeriod: field(1, int64),
  cpuQuota: field(2, int64),
  cpuShares: field(3, int64),
  memoryLimitInBytes: field(4, int64),
  oomScoreAdj: field(5, int64),
  cpusetCpus: field(6, string),
  cpusetMems: field(7, string),
  hugepageLimits: field(8, repeated(HugepageLimit)),
  unified: field(9, map(string, string)),
  memorySwapLimitInBytes: field(10, int64),
});
export interface LinuxContainerResources extends MessageIn<typeof LinuxContainerResources> {}

export const WindowsCpuGroupAffinity = message("runtime.v1.WindowsCpuGroupAffinity", {
  cpuMask: field(1, uint64),
  cpuGroup: field(2, uint32),
});
export interface WindowsCpuGroupAffinity extends MessageIn<typeof WindowsCpuGroupAffinity> {}

export const WindowsContainerResources = message("runtime.v1.WindowsContainerResources", {
  cpuShares: field(1, int64),
  cpuCount: field(2, int64),
  cpuMaximum: field(3, int64),
  memoryLimitInBytes: field(4, int64),
  rootfsSizeInBytes: field(5, int64),
  affinityCpus: field(6, repeated(WindowsCpuGroupAffinity)),
});
export interface WindowsContainerResources extends MessageIn<typeof WindowsContainerResources> {}

/** What is in force, read back from the runtime. */
export const ContainerResources = message("runtime.v1.ContainerResources", {
  linux: field(1, LinuxContainerResources),
  windows: field(2, WindowsContainerResources),
});
export interface ContainerResources extends MessageIn<typeof ContainerResources> {}

/** Changes a running container; fields at zero stay as they are. */
export const UpdateContainerResourcesRequest = message("runtime.v1.UpdateContainerResourcesRequest", {
  containerId: field(1, string),
  linux: field(2, LinuxContainerResources),
  windows: field(3, WindowsContainerResources),
  annotations: field(4, map(string, string)),
});

export const UpdateContainerResourcesResponse = message("runtime.v1.UpdateContainerResourcesResponse", {});

/** Tells the runtime what the whole pod may use; cgroups are the kubelet's own. */
export const UpdatePodSandboxResourcesRequest = message("runtime.v1.UpdatePodSandboxResourcesRequest", {
  podSandboxId: field(1, string),
  overhead: field(2, LinuxContainerResources),
  resources: field(3, LinuxContainerResources),
});

export const UpdatePodSandboxResourcesResponse = message("runtime.v1.UpdatePodSandboxResourcesResponse", {});
