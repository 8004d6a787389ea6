// How a pod and its containers are confined. It refuses to know the profiles of a node.
import { boolean, int64, listAtomic, object, optional, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const SELinuxOptions = object("k8s.io.api.core.v1.SELinuxOptions", {
  user: optional(1, string(), "User part of the label."),
  role: optional(2, string(), "Role part of the label."),
  type: optional(3, string(), "Type part of the label."),
  level: optional(4, string(), "Level part of the label."),
});
export interface SELinuxOptions extends ValueIn<typeof SELinuxOptions> {}

export const WindowsSecurityContextOptions = object("k8s.io.api.core.v1.WindowsSecurityContextOptions", {
  gmsaCredentialSpecName: pointer(1, string(), "Name of the GMSA credential spec."),
  gmsaCredentialSpec: pointer(2, string(), "The GMSA credential spec itself, filled in by a webhook."),
  runAsUserName: pointer(3, string(), "The Windows user that runs the process."),
  hostProcess: pointer(4, boolean(), "Run in the host's process space; the same for all containers of a pod."),
});
export interface WindowsSecurityContextOptions extends ValueIn<typeof WindowsSecurityContextOptions> {}

export const SeccompProfile = object(
  "k8s.io.api.core.v1.SeccompProfile",
  {
    type: required(
      1,
      string({ enum: ["Localhost", "RuntimeDefault", "Unconfined"] }),
      "Localhost, RuntimeDefault or Unconfined.",
      { judgedByRule: true },
    ),
    localhostProfile: pointer(2, string(), "File below the kubelet's seccomp folder; only with Localhost."),
  },
  { unions: [{ discriminator: "type", fields: { localhostProfile: "LocalhostProfile" } }] },
);
export interface SeccompProfile extends ValueIn<typeof SeccompProfile> {}

export const AppArmorProfile = object(
  "k8s.io.api.core.v1.AppArmorProfile",
  {
    type: required(
      1,
      string({ enum: ["Localhost", "RuntimeDefault", "Unconfined"] }),
      "Localhost, RuntimeDefault or Unconfined.",
      { judgedByRule: true },
    ),
    localhostProfile: pointer(2, string(), "A profile loaded on the node; only with Localhost."),
  },
  { unions: [{ discriminator: "type", fields: { localhostProfile: "LocalhostProfile" } }] },
);
export interface AppArmorProfile extends ValueIn<typeof AppArmorProfile> {}

export const Capabilities = object("k8s.io.api.core.v1.Capabilities", {
  add: optional(1, listAtomic(string()), "Capabilities to add."),
  drop: optional(2, listAtomic(string()), "Capabilities to take away."),
});
export interface Capabilities extends ValueIn<typeof Capabilities> {}

export const SecurityContext = object("k8s.io.api.core.v1.SecurityContext", {
  capabilities: pointer(1, Capabilities, "Linux capabilities beside the runtime's own set."),
  privileged: pointer(2, boolean(), "As root on the host."),
  seLinuxOptions: pointer(3, SELinuxOptions, "SELinux label of the container."),
  windowsOptions: pointer(10, WindowsSecurityContextOptions, "Settings for Windows."),
  runAsUser: pointer(4, int64(), "UID of the first process; the image's if left out."),
  runAsGroup: pointer(8, int64(), "GID of the first process."),
  runAsNonRoot: pointer(5, boolean(), "Refuse to start as UID 0."),
  readOnlyRootFilesystem: pointer(6, boolean(), "Mount the root file system read-only."),
  allowPrivilegeEscalation: pointer(7, boolean(), "Whether a process may gain more rights than its parent."),
  procMount: pointer(9, string({ enum: ["Default", "Unmasked"] }), "How /proc is masked: Default or Unmasked.", {
    judgedByRule: true,
  }),
  seccompProfile: pointer(11, SeccompProfile, "Seccomp filter; wins over the pod's."),
  appArmorProfile: pointer(12, AppArmorProfile, "AppArmor profile; wins over the pod's."),
});
export interface SecurityContext extends ValueIn<typeof SecurityContext> {}

export const Sysctl = object("k8s.io.api.core.v1.Sysctl", {
  name: required(1, string(), "Name of the kernel parameter.", { judgedByRule: true }),
  value: required(2, string(), "Its value.", { demanded: false }),
});
export interface Sysctl extends ValueIn<typeof Sysctl> {}

export const PodSecurityContext = object("k8s.io.api.core.v1.PodSecurityContext", {
  seLinuxOptions: pointer(1, SELinuxOptions, "SELinux label of all containers."),
  windowsOptions: pointer(8, WindowsSecurityContextOptions, "Settings for Windows."),
  runAsUser: pointer(2, int64(), "UID of the first process of each container."),
  runAsGroup: pointer(6, int64(), "GID of the first process of each container."),
  runAsNonRoot: pointer(3, boolean(), "Refuse to start as UID 0."),
  supplementalGroups: optional(4, listAtomic(int64()), "Further groups of the first process."),
  supplementalGroupsPolicy: pointer(
    12,
    string({ enum: ["Merge", "Strict"] }),
    "Whether groups of the image count too: Merge or Strict.",
    { gate: "SupplementalGroupsPolicy", judgedByRule: true },
  ),
  fsGroup: pointer(5, int64(), "Group that owns the volumes that allow it."),
  sysctls: optional(7, listAtomic(Sysctl), "Kernel parameters of the pod."),
  fsGroupChangePolicy: pointer(
    9,
    string({ enum: ["Always", "OnRootMismatch"] }),
    "When ownership of volumes is changed: OnRootMismatch or Always.",
    { judgedByRule: true },
  ),
  seccompProfile: pointer(10, SeccompProfile, "Seccomp filter of all containers."),
  appArmorProfile: pointer(11, AppArmorProfile, "AppArmor profile of all containers."),
  seLinuxChangePolicy: pointer(13, string(), "How volumes get their label: MountOption or Recursive.", {
    gate: "SELinuxChangePolicy",
    judgedByRule: true,
  }),
});
export interface PodSecurityContext extends ValueIn<typeof PodSecurityContext> {}
