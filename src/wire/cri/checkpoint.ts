// Freezing containers and pods to files and back, as CRI messages.
// It refuses to know the files' format.
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { int64, string } from "../protobuf/scalar.ts";
import { ContainerConfig } from "./container-config.ts";
import { PodSandboxConfig } from "./sandbox-config.ts";

/** Writes a tar archive to `location`. `timeout` in seconds. */
export const CheckpointContainerRequest = message("runtime.v1.CheckpointContainerRequest", {
  containerId: field(1, string),
  location: field(2, string),
  timeout: field(3, int64),
});

export const CheckpointContainerResponse = message("runtime.v1.CheckpointContainerResponse", {});

export const CheckpointPodRequest = message("runtime.v1.CheckpointPodRequest", {
  podSandboxId: field(1, string),
  outputPath: field(2, string),
  containerIds: field(3, repeated(string)),
  options: field(4, map(string, string)),
});

export const CheckpointPodResponse = message("runtime.v1.CheckpointPodResponse", {});

/** Names and addresses come from the configurations, not from the checkpoint. */
export const RestorePodRequest = message("runtime.v1.RestorePodRequest", {
  checkpointPath: field(1, string),
  config: field(2, PodSandboxConfig),
  runtimeHandler: field(3, string),
  options: field(4, map(string, string)),
  containerConfigs: field(5, repeated(ContainerConfig)),
});

export const RestoredContainer = message("runtime.v1.RestoredContainer", {
  name: field(1, string),
  containerId: field(2, string),
});
export interface RestoredContainer extends MessageIn<typeof RestoredContainer> {}

export const RestorePodResponse = message("runtime.v1.RestorePodResponse", {
  podSandboxId: field(1, string),
  restoredContainers: field(2, repeated(RestoredContainer)),
});
