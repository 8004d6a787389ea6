// Pod sandboxes as the runtime has them: running, stopping, listing, status. CRI messages.
// It refuses to configure (sandbox-config.ts).
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bigInt64, bool, enumeration, string } from "../protobuf/scalar.ts";
import { ContainerStatus } from "./container.ts";
import { PodSandboxConfig, PodSandboxMetadata } from "./sandbox-config.ts";
import { NamespaceOption } from "./security.ts";

/** Creates and starts; answers when the network is ready. `runtimeHandler` is "" or a RuntimeClass' handler. */
export const RunPodSandboxRequest = message("runtime.v1.RunPodSandboxRequest", {
  config: field(1, PodSandboxConfig),
  runtimeHandler: field(2, string),
});

export const RunPodSandboxResponse = message("runtime.v1.RunPodSandboxResponse", {
  podSandboxId: field(1, string),
});

/** Ends every process of the pod and frees its address. Stopping twice is no error. */
export const StopPodSandboxRequest = message("runtime.v1.StopPodSandboxRequest", {
  podSandboxId: field(1, string),
});

export const StopPodSandboxResponse = message("runtime.v1.StopPodSandboxResponse", {});

/** Forgets a stopped sandbox and its containers. Removing twice is no error. */
export const RemovePodSandboxRequest = message("runtime.v1.RemovePodSandboxRequest", {
  podSandboxId: field(1, string),
});

export const RemovePodSandboxResponse = message("runtime.v1.RemovePodSandboxResponse", {});

export const PodSandboxState = enumeration({ SANDBOX_READY: 0, SANDBOX_NOTREADY: 1 });
export type PodSandboxState = keyof typeof PodSandboxState.numbers;

export const PodIP = message("runtime.v1.PodIP", {
  ip: field(1, string),
});
export interface PodIP extends MessageIn<typeof PodIP> {}

/** The first address here, others (dual stack) in `additionalIps`. Empty for pods in the host's network. */
export const PodSandboxNetworkStatus = message("runtime.v1.PodSandboxNetworkStatus", {
  ip: field(1, string),
  additionalIps: field(2, repeated(PodIP)),
});
export interface PodSandboxNetworkStatus extends MessageIn<typeof PodSandboxNetworkStatus> {}

export const Namespace = message("runtime.v1.Namespace", {
  options: field(2, NamespaceOption),
});
export interface Namespace extends MessageIn<typeof Namespace> {}

export const LinuxPodSandboxStatus = message("runtime.v1.LinuxPodSandboxStatus", {
  namespaces: field(1, Namespace),
});
export interface LinuxPodSandboxStatus extends MessageIn<typeof LinuxPodSandboxStatus> {}

/** `createdAt` is nanoseconds since 1970. */
export const PodSandboxStatus = message("runtime.v1.PodSandboxStatus", {
  id: field(1, string),
  metadata: field(2, PodSandboxMetadata),
  state: field(3, PodSandboxState),
  createdAt: field(4, bigInt64),
  network: field(5, PodSandboxNetworkStatus),
  linux: field(6, LinuxPodSandboxStatus),
  labels: field(7, map(string, string)),
  annotations: field(8, map(string, string)),
  runtimeHandler: field(9, string),
});
export interface PodSandboxStatus extends MessageIn<typeof PodSandboxStatus> {}

export const PodSandboxStatusRequest = message("runtime.v1.PodSandboxStatusRequest", {
  podSandboxId: field(1, string),
  verbose: field(2, bool),
});

/** `info` only when `verbose` was asked: the runtime's own JSON by key. */
export const PodSandboxStatusResponse = message("runtime.v1.PodSandboxStatusResponse", {
  status: field(1, PodSandboxStatus),
  info: field(2, map(string, string)),
  containersStatuses: field(3, repeated(ContainerStatus)),
  timestamp: field(4, bigInt64),
});

export const PodSandboxStateValue = message("runtime.v1.PodSandboxStateValue", {
  state: field(1, PodSandboxState),
});
export interface PodSandboxStateValue extends MessageIn<typeof PodSandboxStateValue> {}

/** All that is set must hold. Labels are matched whole. */
export const PodSandboxFilter = message("runtime.v1.PodSandboxFilter", {
  id: field(1, string),
  state: field(2, PodSandboxStateValue),
  labelSelector: field(3, map(string, string)),
});
export interface PodSandboxFilter extends MessageIn<typeof PodSandboxFilter> {}

export const PodSandbox = message("runtime.v1.PodSandbox", {
  id: field(1, string),
  metadata: field(2, PodSandboxMetadata),
  state: field(3, PodSandboxState),
  createdAt: field(4, bigInt64),
  labels: field(5, map(string, string)),
  annotations: field(6, map(string, string)),
  runtimeHandler: field(7, string),
});
export interface PodSandbox extends MessageIn<typeof PodSandbox> {}

export const ListPodSandboxRequest = message("runtime.v1.ListPodSandboxRequest", {
  filter: field(1, PodSandboxFilter),
});

export const ListPodSandboxResponse = message("runtime.v1.ListPodSandboxResponse", {
  items: field(1, repeated(PodSandbox)),
});

export const StreamPodSandboxesRequest = message("runtime.v1.StreamPodSandboxesRequest", {
  filter: field(1, PodSandboxFilter),
});

export const StreamPodSandboxesResponse = message("runtime.v1.StreamPodSandboxesResponse", {
  podSandboxes: field(1, repeated(PodSandbox)),
});
