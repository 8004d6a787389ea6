// Containers as the runtime has them: creating, starting, stopping, listing, status. CRI messages.
// It refuses to configure (container-config.ts).
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bigInt64, bool, enumeration, int32, int64, string } from "../protobuf/scalar.ts";
import { ContainerConfig, ContainerMetadata, Mount, Signal } from "./container-config.ts";
import { ImageSpec } from "./image.ts";
import { ContainerResources } from "./resources.ts";
import { PodSandboxConfig } from "./sandbox-config.ts";

/** The sandbox's configuration is sent again, the same as at RunPodSandbox. */
export const CreateContainerRequest = message("runtime.v1.CreateContainerRequest", {
  podSandboxId: field(1, string),
  config: field(2, ContainerConfig),
  sandboxConfig: field(3, PodSandboxConfig),
});

export const CreateContainerResponse = message("runtime.v1.CreateContainerResponse", {
  containerId: field(1, string),
});

export const StartContainerRequest = message("runtime.v1.StartContainerRequest", {
  containerId: field(1, string),
});

export const StartContainerResponse = message("runtime.v1.StartContainerResponse", {});

/** `timeout` in seconds, then SIGKILL; 0 kills at once. Stopping twice is no error. */
export const StopContainerRequest = message("runtime.v1.StopContainerRequest", {
  containerId: field(1, string),
  timeout: field(2, int64),
});

export const StopContainerResponse = message("runtime.v1.StopContainerResponse", {});

/** A running container is killed first. Removing twice is no error. */
export const RemoveContainerRequest = message("runtime.v1.RemoveContainerRequest", {
  containerId: field(1, string),
});

export const RemoveContainerResponse = message("runtime.v1.RemoveContainerResponse", {});

/** After the kubelet moved the log file away. */
export const ReopenContainerLogRequest = message("runtime.v1.ReopenContainerLogRequest", {
  containerId: field(1, string),
});

export const ReopenContainerLogResponse = message("runtime.v1.ReopenContainerLogResponse", {});

export const ContainerState = enumeration({
  CONTAINER_CREATED: 0,
  CONTAINER_RUNNING: 1,
  CONTAINER_EXITED: 2,
  CONTAINER_UNKNOWN: 3,
});
export type ContainerState = keyof typeof ContainerState.numbers;

export const LinuxContainerUser = message("runtime.v1.LinuxContainerUser", {
  uid: field(1, int64),
  gid: field(2, int64),
  supplementalGroups: field(3, repeated(int64)),
});
export interface LinuxContainerUser extends MessageIn<typeof LinuxContainerUser> {}

export const ContainerUser = message("runtime.v1.ContainerUser", {
  linux: field(1, LinuxContainerUser),
});
export interface ContainerUser extends MessageIn<typeof ContainerUser> {}

/** Times are nanoseconds since 1970, 0 while not reached. `imageRef` has the digest, `imageId` the runtime's key. */
export const ContainerStatus = message("runtime.v1.ContainerStatus", {
  id: field(1, string),
  metadata: field(2, ContainerMetadata),
  state: field(3, ContainerState),
  createdAt: field(4, bigInt64),
  startedAt: field(5, bigInt64),
  finishedAt: field(6, bigInt64),
  exitCode: field(7, int32),
  image: field(8, ImageSpec),
  imageRef: field(9, string),
  reason: field(10, string),
  message: field(11, string),
  labels: field(12, map(string, string)),
  annotations: field(13, map(string, string)),
  mounts: field(14, repeated(Mount)),
  logPath: field(15, string),
  resources: field(16, ContainerResources),
  imageId: field(17, string),
  user: field(18, ContainerUser),
  stopSignal: field(19, Signal),
});
export interface ContainerStatus extends MessageIn<typeof ContainerStatus> {}

export const ContainerStatusRequest = message("runtime.v1.ContainerStatusRequest", {
  containerId: field(1, string),
  verbose: field(2, bool),
});

export const ContainerStatusResponse = message("runtime.v1.ContainerStatusResponse", {
  status: field(1, ContainerStatus),
  info: field(2, map(string, string)),
});

export const ContainerStateValue = message("runtime.v1.ContainerStateValue", {
  state: field(1, ContainerState),
});
export interface ContainerStateValue extends MessageIn<typeof ContainerStateValue> {}

/** All that is set must hold. Labels are matched whole. */
export const ContainerFilter = message("runtime.v1.ContainerFilter", {
  id: field(1, string),
  state: field(2, ContainerStateValue),
  podSandboxId: field(3, string),
  labelSelector: field(4, map(string, string)),
});
export interface ContainerFilter extends MessageIn<typeof ContainerFilter> {}

export const Container = message("runtime.v1.Container", {
  id: field(1, string),
  podSandboxId: field(2, string),
  metadata: field(3, ContainerMetadata),
  image: field(4, ImageSpec),
  imageRef: field(5, string),
  state: field(6, ContainerState),
  createdAt: field(7, bigInt64),
  labels: field(8, map(string, string)),
  annotations: field(9, map(string, string)),
  imageId: field(10, string),
});
export interface Container extends MessageIn<typeof Container> {}

export const ListContainersRequest = message("runtime.v1.ListContainersRequest", {
  filter: field(1, ContainerFilter),
});

export const ListContainersResponse = message("runtime.v1.ListContainersResponse", {
  containers: field(1, repeated(Container)),
});

export const StreamContainersRequest = message("runtime.v1.StreamContainersRequest", {
  filter: field(1, ContainerFilter),
});

export const StreamContainersResponse = message("runtime.v1.StreamContainersResponse", {
  containers: field(1, repeated(Container)),
});
