// How a pod and its containers are confined, as the CRI wants to hear it. Pure; it refuses to judge (admission does).
import type { Pod } from "../../resources/core/pod.ts";
import type { SeccompProfile } from "../../resources/core/pod/security-context.ts";
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

export function namespaceOptions(pod: Pod, targetId?: string): MessageInit<typeof NamespaceOption> {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  return {
    network: hostNetwork ? "NODE" : "POD",
    ipc: hostIPC ? "NODE" : "POD",
    pid: targetId ? "TARGET" : hostPID ? "NODE" : shareProcessNamespace ? "POD" : "CONTAINER",
    ...(targetId && { targetId }),
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
    ...(context.seccompProfile && { seccomp: seccomp(context.seccompProfile, seccompFolder) }),
  };
}

/** The container's own settings, and the pod's where it has none. */
export function containerSecurity(
  pod: Pod,
  container: AnyContainer,
  seccompFolder: string,
  targetId?: string,
): MessageInit<typeof LinuxContainerSecurityContext> {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const user = own.runAsUser ?? shared.runAsUser;
  const group = own.runAsGroup ?? shared.runAsGroup;
  const privileged = own.privileged ?? false;
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])];
  const unmasked = own.procMount === "Unmasked" || privileged;
  return {
    privileged,
    namespaceOptions: namespaceOptions(pod, targetId),
    ...(user !== undefined && { runAsUser: id(user) }),
    ...(group !== undefined && user !== undefined && { runAsGroup: id(group) }),
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    supplementalGroups: groups,
    supplementalGroupsPolicy: shared.supplementalGroupsPolicy === "Strict" ? "Strict" : "Merge",
    noNewPrivs: own.allowPrivilegeEscalation === false && !privileged,
    capabilities: { addCapabilities: own.capabilities?.add ?? [], dropCapabilities: own.capabilities?.drop ?? [] },
    seccomp: privileged
      ? { profileType: "Unconfined" }
      : seccomp(own.seccompProfile ?? shared.seccompProfile, seccompFolder),
    ...(!unmasked && { maskedPaths: MASKED, readonlyPaths: READ_ONLY }),
  };
}
