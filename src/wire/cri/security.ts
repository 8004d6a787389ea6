// Who a process is and what it may do: namespaces, users, capabilities, profiles, as CRI messages.
// It refuses to judge (admission does).
import { field, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bool, enumeration, int64, string, uint32 } from "../protobuf/scalar.ts";

/** A number that may be absent: uid 0 is not "no uid". */
export const Int64Value = message("runtime.v1.Int64Value", {
  value: field(1, int64),
});
export interface Int64Value extends MessageIn<typeof Int64Value> {}

/** Whose namespace: of the pod, of the container alone, of the node, of another container (`targetId`). */
export const NamespaceMode = enumeration({ POD: 0, CONTAINER: 1, NODE: 2, TARGET: 3 });
export type NamespaceMode = keyof typeof NamespaceMode.numbers;

/** `length` ids from `containerId` on are those from `hostId` on. */
export const IDMapping = message("runtime.v1.IDMapping", {
  hostId: field(1, uint32),
  containerId: field(2, uint32),
  length: field(3, uint32),
});
export interface IDMapping extends MessageIn<typeof IDMapping> {}

export const UserNamespace = message("runtime.v1.UserNamespace", {
  mode: field(1, NamespaceMode),
  uids: field(2, repeated(IDMapping)),
  gids: field(3, repeated(IDMapping)),
});
export interface UserNamespace extends MessageIn<typeof UserNamespace> {}

/** The zero is POD, so a container without options shares with its pod; PID is CONTAINER by Kubernetes' default. */
export const NamespaceOption = message("runtime.v1.NamespaceOption", {
  network: field(1, NamespaceMode),
  pid: field(2, NamespaceMode),
  ipc: field(3, NamespaceMode),
  targetId: field(4, string),
  usernsOptions: field(5, UserNamespace),
});
export interface NamespaceOption extends MessageIn<typeof NamespaceOption> {}

export const SupplementalGroupsPolicy = enumeration({ Merge: 0, Strict: 1 });
export type SupplementalGroupsPolicy = keyof typeof SupplementalGroupsPolicy.numbers;

export const SELinuxOption = message("runtime.v1.SELinuxOption", {
  user: field(1, string),
  role: field(2, string),
  type: field(3, string),
  level: field(4, string),
});
export interface SELinuxOption extends MessageIn<typeof SELinuxOption> {}

export const SecurityProfileType = enumeration({ RuntimeDefault: 0, Unconfined: 1, Localhost: 2 });
export type SecurityProfileType = keyof typeof SecurityProfileType.numbers;

/** `localhostRef` is a file on the node (seccomp) or a loaded name (AppArmor), for Localhost only. */
export const SecurityProfile = message("runtime.v1.SecurityProfile", {
  profileType: field(1, SecurityProfileType),
  localhostRef: field(2, string),
});
export interface SecurityProfile extends MessageIn<typeof SecurityProfile> {}

/** Names without `CAP_`; `ALL` is a name too. */
export const Capability = message("runtime.v1.Capability", {
  addCapabilities: field(1, repeated(string)),
  dropCapabilities: field(2, repeated(string)),
  addAmbientCapabilities: field(3, repeated(string)),
});
export interface Capability extends MessageIn<typeof Capability> {}

/** Of the sandbox's own process. `runAsGroup` needs `runAsUser`. */
export const LinuxSandboxSecurityContext = message("runtime.v1.LinuxSandboxSecurityContext", {
  namespaceOptions: field(1, NamespaceOption),
  selinuxOptions: field(2, SELinuxOption),
  runAsUser: field(3, Int64Value),
  runAsGroup: field(8, Int64Value),
  readonlyRootfs: field(4, bool),
  supplementalGroups: field(5, repeated(int64)),
  supplementalGroupsPolicy: field(11, SupplementalGroupsPolicy),
  privileged: field(6, bool),
  seccomp: field(9, SecurityProfile),
  apparmor: field(10, SecurityProfile),
  seccompProfilePath: field(7, string),
});
export interface LinuxSandboxSecurityContext extends MessageIn<typeof LinuxSandboxSecurityContext> {}

/** `maskedPaths` and `readonlyPaths` are given by the kubelet, the runtime adds none of its own. */
export const LinuxContainerSecurityContext = message("runtime.v1.LinuxContainerSecurityContext", {
  capabilities: field(1, Capability),
  privileged: field(2, bool),
  namespaceOptions: field(3, NamespaceOption),
  selinuxOptions: field(4, SELinuxOption),
  runAsUser: field(5, Int64Value),
  runAsGroup: field(12, Int64Value),
  runAsUsername: field(6, string),
  readonlyRootfs: field(7, bool),
  supplementalGroups: field(8, repeated(int64)),
  supplementalGroupsPolicy: field(17, SupplementalGroupsPolicy),
  noNewPrivs: field(11, bool),
  maskedPaths: field(13, repeated(string)),
  readonlyPaths: field(14, repeated(string)),
  seccomp: field(15, SecurityProfile),
  apparmor: field(16, SecurityProfile),
  apparmorProfile: field(9, string),
  seccompProfilePath: field(10, string),
});
export interface LinuxContainerSecurityContext extends MessageIn<typeof LinuxContainerSecurityContext> {}
