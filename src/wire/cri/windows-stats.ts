// What Windows containers and pods used, as CRI messages, so that no field of the CRI is lost.
// It refuses to be used by Kaji's own nodes, which run Linux.
import { field, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bigInt64, string } from "../protobuf/scalar.ts";
import { ContainerAttributes } from "./attributes.ts";
import { FilesystemIdentifier, UInt64Value } from "./usage.ts";

export const WindowsCpuUsage = message("runtime.v1.WindowsCpuUsage", {
  timestamp: field(1, bigInt64),
  usageCoreNanoSeconds: field(2, UInt64Value),
  usageNanoCores: field(3, UInt64Value),
});
export interface WindowsCpuUsage extends MessageIn<typeof WindowsCpuUsage> {}

export const WindowsMemoryUsage = message("runtime.v1.WindowsMemoryUsage", {
  timestamp: field(1, bigInt64),
  workingSetBytes: field(2, UInt64Value),
  availableBytes: field(3, UInt64Value),
  pageFaults: field(4, UInt64Value),
  commitMemoryBytes: field(5, UInt64Value),
});
export interface WindowsMemoryUsage extends MessageIn<typeof WindowsMemoryUsage> {}

export const WindowsFilesystemUsage = message("runtime.v1.WindowsFilesystemUsage", {
  timestamp: field(1, bigInt64),
  fsId: field(2, FilesystemIdentifier),
  usedBytes: field(3, UInt64Value),
});
export interface WindowsFilesystemUsage extends MessageIn<typeof WindowsFilesystemUsage> {}

export const WindowsNetworkInterfaceUsage = message("runtime.v1.WindowsNetworkInterfaceUsage", {
  name: field(1, string),
  rxBytes: field(2, UInt64Value),
  rxPacketsDropped: field(3, UInt64Value),
  txBytes: field(4, UInt64Value),
  txPacketsDropped: field(5, UInt64Value),
});
export interface WindowsNetworkInterfaceUsage extends MessageIn<typeof WindowsNetworkInterfaceUsage> {}

export const WindowsNetworkUsage = message("runtime.v1.WindowsNetworkUsage", {
  timestamp: field(1, bigInt64),
  defaultInterface: field(2, WindowsNetworkInterfaceUsage),
  interfaces: field(3, repeated(WindowsNetworkInterfaceUsage)),
});
export interface WindowsNetworkUsage extends MessageIn<typeof WindowsNetworkUsage> {}

export const WindowsProcessUsage = message("runtime.v1.WindowsProcessUsage", {
  timestamp: field(1, bigInt64),
  processCount: field(2, UInt64Value),
});
export interface WindowsProcessUsage extends MessageIn<typeof WindowsProcessUsage> {}

export const WindowsContainerStats = message("runtime.v1.WindowsContainerStats", {
  attributes: field(1, ContainerAttributes),
  cpu: field(2, WindowsCpuUsage),
  memory: field(3, WindowsMemoryUsage),
  writableLayer: field(4, WindowsFilesystemUsage),
});
export interface WindowsContainerStats extends MessageIn<typeof WindowsContainerStats> {}

export const WindowsPodSandboxStats = message("runtime.v1.WindowsPodSandboxStats", {
  cpu: field(1, WindowsCpuUsage),
  memory: field(2, WindowsMemoryUsage),
  network: field(3, WindowsNetworkUsage),
  process: field(4, WindowsProcessUsage),
  containers: field(5, repeated(WindowsContainerStats)),
});
export interface WindowsPodSandboxStats extends MessageIn<typeof WindowsPodSandboxStats> {}
