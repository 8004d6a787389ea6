// The runtime itself: version, status, features, configuration. CRI messages.
// It refuses to speak of pods or images.
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bool, enumeration, string } from "../protobuf/scalar.ts";

/** The kubelet sends its API version, `0.1.0`. */
export const VersionRequest = message("runtime.v1.VersionRequest", {
  version: field(1, string),
});

export const VersionResponse = message("runtime.v1.VersionResponse", {
  version: field(1, string),
  runtimeName: field(2, string),
  runtimeVersion: field(3, string),
  runtimeApiVersion: field(4, string),
});

/** `RuntimeReady` and `NetworkReady` are required ones. */
export const RuntimeCondition = message("runtime.v1.RuntimeCondition", {
  type: field(1, string),
  status: field(2, bool),
  reason: field(3, string),
  message: field(4, string),
});
export interface RuntimeCondition extends MessageIn<typeof RuntimeCondition> {}

export const RuntimeStatus = message("runtime.v1.RuntimeStatus", {
  conditions: field(1, repeated(RuntimeCondition)),
});
export interface RuntimeStatus extends MessageIn<typeof RuntimeStatus> {}

/** `verbose` fills `info` with the runtime's configuration. */
export const StatusRequest = message("runtime.v1.StatusRequest", {
  verbose: field(1, bool),
});

/** What a handler can do that not all can. */
export const RuntimeHandlerFeatures = message("runtime.v1.RuntimeHandlerFeatures", {
  recursiveReadOnlyMounts: field(1, bool),
  userNamespaces: field(2, bool),
});
export interface RuntimeHandlerFeatures extends MessageIn<typeof RuntimeHandlerFeatures> {}

export const RuntimeHandler = message("runtime.v1.RuntimeHandler", {
  name: field(1, string),
  features: field(2, RuntimeHandlerFeatures),
});
export interface RuntimeHandler extends MessageIn<typeof RuntimeHandler> {}

export const RuntimeFeatures = message("runtime.v1.RuntimeFeatures", {
  supplementalGroupsPolicy: field(1, bool),
  userNamespacesHostNetwork: field(2, bool),
  mountOptions: field(3, bool),
});
export interface RuntimeFeatures extends MessageIn<typeof RuntimeFeatures> {}

export const StatusResponse = message("runtime.v1.StatusResponse", {
  status: field(1, RuntimeStatus),
  info: field(2, map(string, string)),
  runtimeHandlers: field(3, repeated(RuntimeHandler)),
  features: field(4, RuntimeFeatures),
});

/** The pods' addresses, for runtimes that write CNI configuration from a template. */
export const NetworkConfig = message("runtime.v1.NetworkConfig", {
  podCidr: field(1, string),
});
export interface NetworkConfig extends MessageIn<typeof NetworkConfig> {}

export const RuntimeConfig = message("runtime.v1.RuntimeConfig", {
  networkConfig: field(1, NetworkConfig),
});
export interface RuntimeConfig extends MessageIn<typeof RuntimeConfig> {}

/** Sent when the node gets its pod range. */
export const UpdateRuntimeConfigRequest = message("runtime.v1.UpdateRuntimeConfigRequest", {
  runtimeConfig: field(1, RuntimeConfig),
});

export const UpdateRuntimeConfigResponse = message("runtime.v1.UpdateRuntimeConfigResponse", {});

/** Who makes cgroups; kubelet and runtime must agree. */
export const CgroupDriver = enumeration({ SYSTEMD: 0, CGROUPFS: 1 });
export type CgroupDriver = keyof typeof CgroupDriver.numbers;

export const LinuxRuntimeConfiguration = message("runtime.v1.LinuxRuntimeConfiguration", {
  cgroupDriver: field(1, CgroupDriver),
});
export interface LinuxRuntimeConfiguration extends MessageIn<typeof LinuxRuntimeConfiguration> {}

export const RuntimeConfigRequest = message("runtime.v1.RuntimeConfigRequest", {});

export const RuntimeConfigResponse = message("runtime.v1.RuntimeConfigResponse", {
  linux: field(1, LinuxRuntimeConfiguration),
});
