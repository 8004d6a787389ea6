// What containers and pods used: CRI messages around the figures of usage.ts.
// It refuses to be the Prometheus metrics (metrics.ts).
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { string } from "../protobuf/scalar.ts";
import { ContainerAttributes, PodSandboxAttributes } from "./attributes.ts";
import { CpuUsage, FilesystemUsage, IoUsage, MemoryUsage, NetworkUsage, ProcessUsage, SwapUsage } from "./usage.ts";
import { WindowsPodSandboxStats } from "./windows-stats.ts";

/** Of one container, at the time in each figure. */
export const ContainerStats = message("runtime.v1.ContainerStats", {
  attributes: field(1, ContainerAttributes),
  cpu: field(2, CpuUsage),
  memory: field(3, MemoryUsage),
  writableLayer: field(4, FilesystemUsage),
  swap: field(5, SwapUsage),
  io: field(6, IoUsage),
});
export interface ContainerStats extends MessageIn<typeof ContainerStats> {}

export const ContainerStatsRequest = message("runtime.v1.ContainerStatsRequest", {
  containerId: field(1, string),
});

export const ContainerStatsResponse = message("runtime.v1.ContainerStatsResponse", {
  stats: field(1, ContainerStats),
});

export const ContainerStatsFilter = message("runtime.v1.ContainerStatsFilter", {
  id: field(1, string),
  podSandboxId: field(2, string),
  labelSelector: field(3, map(string, string)),
});
export interface ContainerStatsFilter extends MessageIn<typeof ContainerStatsFilter> {}

export const ListContainerStatsRequest = message("runtime.v1.ListContainerStatsRequest", {
  filter: field(1, ContainerStatsFilter),
});

export const ListContainerStatsResponse = message("runtime.v1.ListContainerStatsResponse", {
  stats: field(1, repeated(ContainerStats)),
});

export const StreamContainerStatsRequest = message("runtime.v1.StreamContainerStatsRequest", {
  filter: field(1, ContainerStatsFilter),
});

export const StreamContainerStatsResponse = message("runtime.v1.StreamContainerStatsResponse", {
  containerStats: field(1, repeated(ContainerStats)),
});

export const LinuxPodSandboxStats = message("runtime.v1.LinuxPodSandboxStats", {
  cpu: field(1, CpuUsage),
  memory: field(2, MemoryUsage),
  network: field(3, NetworkUsage),
  process: field(4, ProcessUsage),
  containers: field(5, repeated(ContainerStats)),
  io: field(6, IoUsage),
});
export interface LinuxPodSandboxStats extends MessageIn<typeof LinuxPodSandboxStats> {}

/** Of a whole pod, with its containers. */
export const PodSandboxStats = message("runtime.v1.PodSandboxStats", {
  attributes: field(1, PodSandboxAttributes),
  linux: field(2, LinuxPodSandboxStats),
  windows: field(3, WindowsPodSandboxStats),
});
export interface PodSandboxStats extends MessageIn<typeof PodSandboxStats> {}

export const PodSandboxStatsRequest = message("runtime.v1.PodSandboxStatsRequest", {
  podSandboxId: field(1, string),
});

export const PodSandboxStatsResponse = message("runtime.v1.PodSandboxStatsResponse", {
  stats: field(1, PodSandboxStats),
});

export const PodSandboxStatsFilter = message("runtime.v1.PodSandboxStatsFilter", {
  id: field(1, string),
  labelSelector: field(2, map(string, string)),
});
export interface PodSandboxStatsFilter extends MessageIn<typeof PodSandboxStatsFilter> {}

export const ListPodSandboxStatsRequest = message("runtime.v1.ListPodSandboxStatsRequest", {
  filter: field(1, PodSandboxStatsFilter),
});

export const ListPodSandboxStatsResponse = message("runtime.v1.ListPodSandboxStatsResponse", {
  stats: field(1, repeated(PodSandboxStats)),
});

export const StreamPodSandboxStatsRequest = message("runtime.v1.StreamPodSandboxStatsRequest", {
  filter: field(1, PodSandboxStatsFilter),
});

export const StreamPodSandboxStatsResponse = message("runtime.v1.StreamPodSandboxStatsResponse", {
  podSandboxStats: field(1, repeated(PodSandboxStats)),
});
