// What the kubelet asks of a pod sandbox, as CRI messages.
// It refuses to be the calls about sandboxes (sandbox.ts).
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { enumeration, int32, string, uint32 } from "../protobuf/scalar.ts";
import { LinuxContainerResources } from "./resources.ts";
import { LinuxSandboxSecurityContext } from "./security.ts";
import { WindowsPodSandboxConfig } from "./windows.ts";

/** The pod's name, and which try of a sandbox for it this is. Together unique among living sandboxes. */
export const PodSandboxMetadata = message("runtime.v1.PodSandboxMetadata", {
  name: field(1, string),
  uid: field(2, string),
  namespace: field(3, string),
  attempt: field(4, uint32),
});
export interface PodSandboxMetadata extends MessageIn<typeof PodSandboxMetadata> {}

/** Becomes the pod's /etc/resolv.conf. */
export const DNSConfig = message("runtime.v1.DNSConfig", {
  servers: field(1, repeated(string)),
  searches: field(2, repeated(string)),
  options: field(3, repeated(string)),
});
export interface DNSConfig extends MessageIn<typeof DNSConfig> {}

export const Protocol = enumeration({ TCP: 0, UDP: 1, SCTP: 2 });
export type Protocol = keyof typeof Protocol.numbers;

/** `hostPort` 0 maps nothing. */
export const PortMapping = message("runtime.v1.PortMapping", {
  protocol: field(1, Protocol),
  containerPort: field(2, int32),
  hostPort: field(3, int32),
  hostIp: field(4, string),
});
export interface PortMapping extends MessageIn<typeof PortMapping> {}

/** `cgroupParent` is a cgroupfs path, or a slice name with the systemd driver. */
export const LinuxPodSandboxConfig = message("runtime.v1.LinuxPodSandboxConfig", {
  cgroupParent: field(1, string),
  securityContext: field(2, LinuxSandboxSecurityContext),
  sysctls: field(3, map(string, string)),
  overhead: field(4, LinuxContainerResources),
  resources: field(5, LinuxContainerResources),
});
export interface LinuxPodSandboxConfig extends MessageIn<typeof LinuxPodSandboxConfig> {}

/** `logDirectory` holds the logs of all containers; labels come back in lists, annotations reach CNI and OCI hooks. */
export const PodSandboxConfig = message("runtime.v1.PodSandboxConfig", {
  metadata: field(1, PodSandboxMetadata),
  hostname: field(2, string),
  logDirectory: field(3, string),
  dnsConfig: field(4, DNSConfig),
  portMappings: field(5, repeated(PortMapping)),
  labels: field(6, map(string, string)),
  annotations: field(7, map(string, string)),
  linux: field(8, LinuxPodSandboxConfig),
  windows: field(9, WindowsPodSandboxConfig),
});
export interface PodSandboxConfig extends MessageIn<typeof PodSandboxConfig> {}
