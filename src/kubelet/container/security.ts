// How a pod and its containers are confined, as the CRI wants to hear it. Pure; it refuses to judge (admission does).
import type { Pod } from "../../resources/core/pod.ts";
import type { AppArmorProfile, SeccompProfile, SELinuxOptions } from "../../resources/core/pod/security-context.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import type {
  LinuxContainerSecurityContext,
  LinuxSandboxSecurityContext,
  NamespaceOption,
  SecurityProfile,
} from "../../wire/cri/security.ts";
import type { AnyContainer } from "../parts.ts";

/** Hidden and read-only parts of /proc and /sys, unless the container asks for them unmasked. */
const MASKED = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

function namespaceOptions(pod: Pod): MessageInit<typeof NamespaceOption> {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  return {
    network: hostNetwork ? "NODE" : "POD",
    ipc: hostIPC ? "NODE" : "POD",
    pid: hostPID ? "NODE" : shareProcessNamespace ? "POD" : "CONTAINER",
  };
}

function seccomp(profile: SeccompProfile | undefined, folder: string): MessageInit<typeof SecurityProfile> {
  switch (profile?.type) {
    case "RuntimeDefault":
      return { profileType: "RuntimeDefault" };
    case "Localhost":
      return { profileType: "Localhost", localhostRef: `${folder}/${profile.localhostProfile ?? ""}` };
    default:
      return { profileType: "Unconfined" };
  }
}

function apparmor(profile: AppArmorProfile | undefined): { readonly apparmor?: MessageInit<typeof SecurityProfile> } {
  switch (profile?.type) {
    case "RuntimeDefault":
      return { apparmor: { profileType: "RuntimeDefault" } };
    case "Unconfined":
      return { apparmor: { profileType: "Unconfined" } };
    case "Localhost":
      return { apparmor: { profileType: "Localhost", localhostRef: profile.localhostProfile ?? "" } };
    default:
      return {};
  }
}

const selinux = (options: SELinuxOptions | undefined) =>
  options === undefined
    ? {}
    : { selinuxOptions: { user: options.user, role: options.role, type: options.type, level: options.level } };

const id = (value: number | undefined) => (value === undefined ? {} : { value });

export function sandboxSecurity(pod: Pod, seccompFolder: string): MessageInit<typeof LinuxSandboxSecurityContext> {
  const context = pod.spec.securityContext ?? {};
  const groups = [...(context.supplementalGroups ?? []), ...(context.fsGroup === undefined ? [] : [context.fsGroup])];
  const privileged = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some(
    (c) => c.securityContext?.privileged,
  );
  return {
    namespaceOptions: namespaceOptions(pod),
    privileged,
    seccomp: { profileType: "RuntimeDefault" },
    supplementalGroups: groups,
    ...(context.runAsUser !== undefined && { runAsUser: id(context.runAsUser) }),
    ...(context.runAsGroup !== undefined && context.runAsUser !== undefined && { runAsGroup: id(context.runAsGroup) }),
    ...selinux(context.seLinuxOptions),
    ...(context.seccompProfile && { seccomp: seccomp(context.seccompProfile, seccompFolder) }),
  };
}

/** The user that an image runs as: a number where it says one. */
export interface ImageUser {
  readonly uid?: number | undefined;
  readonly username?: string | undefined;
}

/** A group is set only together with a user: the image's where the pod names none. */
export const wantsImageUser = ({ spec: { securityContext: shared } }: Pod, { securityContext: own }: AnyContainer) =>
  (own?.runAsGroup ?? shared?.runAsGroup) !== undefined && (own?.runAsUser ?? shared?.runAsUser) === undefined;

/** The container's own settings, and the pod's where it has none. */
export function containerSecurity(
  pod: Pod,
  container: AnyContainer,
  { seccompFolder, imageUser }: { readonly seccompFolder: string; readonly imageUser?: ImageUser | undefined },
): MessageInit<typeof LinuxContainerSecurityContext> {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const asked = own.runAsUser ?? shared.runAsUser;
  const username = asked === undefined && imageUser?.uid === undefined ? imageUser?.username : undefined;
  const user = asked ?? (imageUser === undefined || username ? undefined : (imageUser.uid ?? 0));
  const group = own.runAsGroup ?? shared.runAsGroup;
  const privileged = own.privileged ?? false;
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])];
  const unmasked = own.procMount === "Unmasked" || privileged;
  return {
    privileged,
    namespaceOptions: namespaceOptions(pod),
    ...(user !== undefined && { runAsUser: id(user) }),
    ...(username && { runAsUsername: username }),
    ...(group !== undefined && (user !== undefined || username) && { runAsGroup: id(group) }),
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    supplementalGroups: groups,
    supplementalGroupsPolicy: shared.supplementalGroupsPolicy === "Strict" ? "Strict" : "Merge",
    noNewPrivs: own.allowPrivilegeEscalation === false && !privileged,
    capabilities: { addCapabilities: own.capabilities?.add ?? [], dropCapabilities: own.capabilities?.drop ?? [] },
    seccomp: privileged
      ? { profileType: "Unconfined" }
      : seccomp(own.seccompProfile ?? shared.seccompProfile, seccompFolder),
    ...apparmor(own.appArmorProfile ?? shared.appArmorProfile),
    ...selinux(own.seLinuxOptions ?? shared.seLinuxOptions),
    ...(!unmasked && { maskedPaths: MASKED, readonlyPaths: READ_ONLY }),
  };
}
