// What became of each container of a pod. It refuses to judge (see readiness.ts).
import {
  boolean,
  int32,
  int64,
  listAtomic,
  listMap,
  map,
  object,
  optional,
  pointer,
  quantity,
  required,
  string,
  time,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { ResourceRequirements } from "./resources.ts";
import { Signal } from "./signal.ts";

export const ContainerStateWaiting = object("k8s.io.api.core.v1.ContainerStateWaiting", {
  reason: optional(1, string(), "Why it is not running, in one word."),
  message: optional(2, string(), "Why it is not running, in a sentence."),
});
export interface ContainerStateWaiting extends ValueIn<typeof ContainerStateWaiting> {}

export const ContainerStateRunning = object("k8s.io.api.core.v1.ContainerStateRunning", {
  startedAt: optional(1, time(), "When it was started."),
});
export interface ContainerStateRunning extends ValueIn<typeof ContainerStateRunning> {}

export const ContainerStateTerminated = object("k8s.io.api.core.v1.ContainerStateTerminated", {
  exitCode: required(1, int32(), "Its exit code."),
  signal: optional(2, int32(), "The signal that ended it."),
  reason: optional(3, string(), "Why it ended, in one word."),
  message: optional(4, string(), "What it left as its last message."),
  startedAt: optional(5, time(), "When it was started."),
  finishedAt: optional(6, time(), "When it ended."),
  containerID: optional(7, string(), "Its id, with the runtime in front."),
});
export interface ContainerStateTerminated extends ValueIn<typeof ContainerStateTerminated> {}

export const ContainerState = object("k8s.io.api.core.v1.ContainerState", {
  waiting: pointer(1, ContainerStateWaiting, "It is not running yet."),
  running: pointer(2, ContainerStateRunning, "It runs."),
  terminated: pointer(3, ContainerStateTerminated, "It has ended."),
});
export interface ContainerState extends ValueIn<typeof ContainerState> {}

export const ImageVolumeStatus = object("k8s.io.api.core.v1.ImageVolumeStatus", {
  imageRef: required(1, string(), "The image that is mounted, by digest.", { demanded: false, always: false }),
});
export interface ImageVolumeStatus extends ValueIn<typeof ImageVolumeStatus> {}

export const VolumeStatus = object("k8s.io.api.core.v1.VolumeStatus", {
  image: pointer(1, ImageVolumeStatus, "Of an image volume.", { gate: "ImageVolumeWithDigest" }),
});
export interface VolumeStatus extends ValueIn<typeof VolumeStatus> {}

export const VolumeMountStatus = object("k8s.io.api.core.v1.VolumeMountStatus", {
  name: required(1, string(), "The volume.", { demanded: false }),
  mountPath: required(2, string(), "Where it is mounted.", { demanded: false }),
  readOnly: optional(3, boolean(), "Whether it is read-only."),
  recursiveReadOnly: pointer(4, string(), "Whether mounts below are read-only: Disabled or Enabled."),
  volumeStatus: pointer(5, VolumeStatus, "What is mounted."),
});
export interface VolumeMountStatus extends ValueIn<typeof VolumeMountStatus> {}

export const LinuxContainerUser = object("k8s.io.api.core.v1.LinuxContainerUser", {
  uid: required(1, int64(), "UID of the first process."),
  gid: required(2, int64(), "GID of the first process."),
  supplementalGroups: optional(3, listAtomic(int64()), "Further groups of the first process."),
});
export interface LinuxContainerUser extends ValueIn<typeof LinuxContainerUser> {}

export const ContainerUser = object("k8s.io.api.core.v1.ContainerUser", {
  linux: pointer(1, LinuxContainerUser, "On Linux."),
});
export interface ContainerUser extends ValueIn<typeof ContainerUser> {}

export const ResourceHealth = object("k8s.io.api.core.v1.ResourceHealth", {
  resourceID: required(1, string(), "Which device.", { demanded: false }),
  health: optional(2, string(), "Healthy, Unhealthy or Unknown."),
  message: pointer(6, string(), "Why.", { gate: "ResourceHealthStatusMessage" }),
});
export interface ResourceHealth extends ValueIn<typeof ResourceHealth> {}

export const ResourceStatus = object("k8s.io.api.core.v1.ResourceStatus", {
  name: required(1, string(), "The resource, or claim:name/request.", { demanded: false }),
  resources: optional(2, listMap(ResourceHealth, ["resourceID"]), "The health of each device.", { judgedByRule: true }),
});
export interface ResourceStatus extends ValueIn<typeof ResourceStatus> {}

export const ContainerStatus = object("k8s.io.api.core.v1.ContainerStatus", {
  name: required(1, string(), "The container.", { demanded: false }),
  state: optional(2, ContainerState, "What it is doing now."),
  lastState: optional(3, ContainerState, "How it ended the last time."),
  ready: required(4, boolean(), "Whether it passes its readiness probe."),
  restartCount: required(5, int32(), "How often it was started again."),
  image: required(6, string(), "The image that runs.", { demanded: false }),
  imageID: required(7, string(), "The image's id.", { demanded: false }),
  containerID: optional(8, string(), "Its id, with the runtime in front."),
  started: pointer(9, boolean(), "Whether it has passed its startup probe and post-start hook."),
  allocatedResources: optional(10, map(quantity()), "What the node has set aside for it."),
  resources: pointer(11, ResourceRequirements, "What the runtime has set for it.", {
    gate: "InPlacePodVerticalScaling",
  }),
  volumeMounts: optional(12, listMap(VolumeMountStatus, ["mountPath"]), "The state of its mounts.", {
    merge: { strategy: ["merge"], key: "mountPath" },
    judgedByRule: true,
  }),
  user: pointer(13, ContainerUser, "Which user runs it.", { gate: "SupplementalGroupsPolicy" }),
  allocatedResourcesStatus: optional(14, listMap(ResourceStatus, ["name"]), "The health of its devices.", {
    merge: { strategy: ["merge"], key: "name" },
    gate: "ResourceHealthStatus",
    judgedByRule: true,
  }),
  stopSignal: pointer(15, Signal, "The signal that ends it.", { gate: "ContainerStopSignals", judgedByRule: true }),
});
export interface ContainerStatus extends ValueIn<typeof ContainerStatus> {}
