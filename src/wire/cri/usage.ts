// Single figures of use: processor, memory, disk, network, pressure. CRI messages.
// It refuses to say whose they are (stats.ts).
import { field, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bigInt64, double, string, uint64 } from "../protobuf/scalar.ts";

/** A figure that may be unknown. */
export const UInt64Value = message("runtime.v1.UInt64Value", {
  value: field(1, uint64),
});
export interface UInt64Value extends MessageIn<typeof UInt64Value> {}

/** Pressure: total stall in nanoseconds, averages in percent over 10, 60 and 300 s. */
export const PsiData = message("runtime.v1.PsiData", {
  total: field(1, uint64),
  avg10: field(2, double),
  avg60: field(3, double),
  avg300: field(4, double),
});
export interface PsiData extends MessageIn<typeof PsiData> {}

export const PsiStats = message("runtime.v1.PsiStats", {
  full: field(1, PsiData),
  some: field(2, PsiData),
});
export interface PsiStats extends MessageIn<typeof PsiStats> {}

/** Counter in nanoseconds of a core; `usageNanoCores` is the runtime's own rate, often absent. */
export const CpuUsage = message("runtime.v1.CpuUsage", {
  timestamp: field(1, bigInt64),
  usageCoreNanoSeconds: field(2, UInt64Value),
  usageNanoCores: field(3, UInt64Value),
  psi: field(4, PsiStats),
});
export interface CpuUsage extends MessageIn<typeof CpuUsage> {}

export const MemoryUsage = message("runtime.v1.MemoryUsage", {
  timestamp: field(1, bigInt64),
  workingSetBytes: field(2, UInt64Value),
  availableBytes: field(3, UInt64Value),
  usageBytes: field(4, UInt64Value),
  rssBytes: field(5, UInt64Value),
  pageFaults: field(6, UInt64Value),
  majorPageFaults: field(7, UInt64Value),
  psi: field(8, PsiStats),
});
export interface MemoryUsage extends MessageIn<typeof MemoryUsage> {}

export const IoUsage = message("runtime.v1.IoUsage", {
  timestamp: field(1, bigInt64),
  psi: field(2, PsiStats),
});
export interface IoUsage extends MessageIn<typeof IoUsage> {}

export const SwapUsage = message("runtime.v1.SwapUsage", {
  timestamp: field(1, bigInt64),
  swapAvailableBytes: field(2, UInt64Value),
  swapUsageBytes: field(3, UInt64Value),
});
export interface SwapUsage extends MessageIn<typeof SwapUsage> {}

export const FilesystemIdentifier = message("runtime.v1.FilesystemIdentifier", {
  mountpoint: field(1, string),
});
export interface FilesystemIdentifier extends MessageIn<typeof FilesystemIdentifier> {}

/** Bytes and inodes of one file system, known by its mount point. */
export const FilesystemUsage = message("runtime.v1.FilesystemUsage", {
  timestamp: field(1, bigInt64),
  fsId: field(2, FilesystemIdentifier),
  usedBytes: field(3, UInt64Value),
  inodesUsed: field(4, UInt64Value),
});
export interface FilesystemUsage extends MessageIn<typeof FilesystemUsage> {}

export const NetworkInterfaceUsage = message("runtime.v1.NetworkInterfaceUsage", {
  name: field(1, string),
  rxBytes: field(2, UInt64Value),
  rxErrors: field(3, UInt64Value),
  txBytes: field(4, UInt64Value),
  txErrors: field(5, UInt64Value),
});
export interface NetworkInterfaceUsage extends MessageIn<typeof NetworkInterfaceUsage> {}

export const NetworkUsage = message("runtime.v1.NetworkUsage", {
  timestamp: field(1, bigInt64),
  defaultInterface: field(2, NetworkInterfaceUsage),
  interfaces: field(3, repeated(NetworkInterfaceUsage)),
});
export interface NetworkUsage extends MessageIn<typeof NetworkUsage> {}

export const ProcessUsage = message("runtime.v1.ProcessUsage", {
  timestamp: field(1, bigInt64),
  processCount: field(2, UInt64Value),
});
export interface ProcessUsage extends MessageIn<typeof ProcessUsage> {}
