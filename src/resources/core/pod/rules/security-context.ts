// How a pod and its containers may be confined. It refuses to know the profiles of a node, and policy (PodSecurity is
// admission).
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { PodSecurityContext, SecurityContext } from "../security-context.ts";
import type { PodSpec } from "../spec.ts";
import { containersOf, descending } from "./spec-rule.ts";
import type { SpecRule } from "./spec-rule.ts";
import { windowsFaults } from "./windows.ts";

const MOST_ID = 2 ** 31 - 1;

function* idFaults(id: number | undefined, path: FieldPath): Generator<FieldError> {
  if (id !== undefined && (id < 0 || id > MOST_ID))
    yield fieldInvalid(path, id, `must be between 0 and ${MOST_ID}, inclusive`);
}

function* choiceFaults(value: string | undefined, choices: readonly string[], path: FieldPath): Generator<FieldError> {
  if (value !== undefined && !choices.includes(value)) yield fieldNotSupported(path, value, choices);
}

/** The longest path that Linux takes. */
const MOST_PROFILE = 4095;
const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string | undefined;
}

function* seccompFaults(profile: Profile | undefined, path: FieldPath): Generator<FieldError> {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  const at = path.child("localhostProfile");
  if (!type) yield fieldRequired(path.child("type"), "type is required when seccompProfile is set");
  else if (!PROFILES.includes(type)) yield fieldNotSupported(path.child("type"), type, PROFILES);
  if (type === "Localhost") {
    if (localhostProfile === undefined) yield fieldRequired(at, "must be set when seccomp type is Localhost");
    else yield* descending(at, localhostProfile);
  } else if (localhostProfile !== undefined) {
    yield fieldInvalid(at, profile, "can only be set when seccomp type is Localhost");
  }
}

function* appArmorFaults(profile: Profile | undefined, path: FieldPath): Generator<FieldError> {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  const at = path.child("localhostProfile");
  if (type === "Localhost") {
    if (localhostProfile === undefined) yield fieldRequired(at, "must be set when AppArmor type is Localhost");
    else if (localhostProfile.trim() !== localhostProfile) {
      yield fieldInvalid(at, localhostProfile, "must not be padded with whitespace");
    } else if (!localhostProfile) yield fieldRequired(at, "must be set when AppArmor type is Localhost");
    if (Buffer.byteLength(localhostProfile ?? "") > MOST_PROFILE) yield fieldTooLong(at, MOST_PROFILE);
  } else if (!type) yield fieldRequired(path.child("type"), "type is required when appArmorProfile is set");
  else if (!PROFILES.includes(type)) yield fieldNotSupported(path.child("type"), type, PROFILES);
  else if (localhostProfile !== undefined) {
    yield fieldInvalid(at, localhostProfile, "can only be set when AppArmor type is Localhost");
  }
}

/** Of one container. */
export function* securityContextFaults(
  context: SecurityContext,
  spec: PodSpec,
  path: FieldPath,
): Generator<FieldError> {
  const { allowPrivilegeEscalation, capabilities, privileged, procMount } = context;
  yield* idFaults(context.runAsUser, path.child("runAsUser"));
  yield* idFaults(context.runAsGroup, path.child("runAsGroup"));
  yield* choiceFaults(procMount, ["Default", "Unmasked"], path.child("procMount"));
  if (procMount === "Unmasked" && spec.hostUsers !== false) {
    yield fieldInvalid(path.child("procMount"), procMount, "`hostUsers` must be false to use `Unmasked`");
  }
  yield* seccompFaults(context.seccompProfile, path.child("seccompProfile"));
  if (allowPrivilegeEscalation === false) {
    if (privileged) {
      yield fieldInvalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
    if (capabilities?.add?.includes("CAP_SYS_ADMIN")) {
      yield fieldInvalid(
        path,
        context,
        "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
      );
    }
  }
  yield* windowsFaults(context.windowsOptions, path.child("windowsOptions"));
  yield* appArmorFaults(context.appArmorProfile, path.child("appArmorProfile"));
}

const SYSCTL = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL_FORM = new RegExp(`^${SYSCTL}$`);
const MOST_SYSCTL = 253;
/** Kernel parameters that belong to a namespace that the pod shares with its node. */
const IPC_SYSCTLS = /^(kernel\.(shm.*|msg.*|sem)|fs\.mqueue\..*)$/;

function* sysctlFaults(context: PodSecurityContext, spec: PodSpec, path: FieldPath): Generator<FieldError> {
  const seen = new Set<string>();
  for (const [i, { name }] of (context.sysctls ?? []).entries()) {
    const at = path.index(i).child("name");
    const dotted = name.replaceAll("/", ".");
    if (!name) yield fieldRequired(at);
    else if (name.length > MOST_SYSCTL || !SYSCTL_FORM.test(name)) {
      yield fieldInvalid(at, name, `must have at most ${MOST_SYSCTL} characters and match regex ^${SYSCTL}$`);
    } else if (seen.has(name)) yield fieldDuplicate(at, name);
    if (spec.hostNetwork && dotted.startsWith("net.")) {
      yield fieldInvalid(at, name, "may not be specified when 'hostNetwork' is true");
    }
    if (spec.hostIPC && IPC_SYSCTLS.test(dotted))
      yield fieldInvalid(at, name, "may not be specified when 'hostIPC' is true");
    seen.add(name);
  }
}

export const podSecurity: SpecRule = function* (spec, { path }) {
  const context = spec.securityContext ?? {};
  const at = path.child("securityContext");
  yield* idFaults(context.fsGroup, at.child("fsGroup"));
  yield* idFaults(context.runAsUser, at.child("runAsUser"));
  yield* idFaults(context.runAsGroup, at.child("runAsGroup"));
  for (const [i, group] of (context.supplementalGroups ?? []).entries()) {
    yield* idFaults(group, at.child("supplementalGroups").index(i));
  }
  if (spec.shareProcessNamespace && spec.hostPID) {
    // Upstream keeps these fields in the security context.
    const why = "ShareProcessNamespace and HostPID cannot both be enabled";
    yield fieldInvalid(at.child("shareProcessNamespace"), true, why);
  }
  yield* sysctlFaults(context, spec, at.child("sysctls"));
  yield* choiceFaults(context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], at.child("fsGroupChangePolicy"));
  yield* seccompFaults(context.seccompProfile, at.child("seccompProfile"));
  yield* windowsFaults(context.windowsOptions, at.child("windowsOptions"));
  yield* appArmorFaults(context.appArmorProfile, at.child("appArmorProfile"));
  yield* choiceFaults(context.supplementalGroupsPolicy, ["Merge", "Strict"], at.child("supplementalGroupsPolicy"));
  yield* choiceFaults(context.seLinuxChangePolicy, ["MountOption", "Recursive"], at.child("seLinuxChangePolicy"));
};

/** A pod with users of its own cannot share the node's namespaces. Upstream writes two of the names as in Go. */
export const hostUsers: SpecRule = function* (spec, { path, old, request }) {
  if (spec.hostUsers !== false) return;
  const why = "when `hostUsers` is false";
  if (spec.hostNetwork && !request.enabled("UserNamespacesHostNetworkSupport")) {
    yield fieldForbidden(path.child("hostNetwork"), why);
  }
  if (spec.hostPID) yield fieldForbidden(path.child("HostPID"), why);
  if (spec.hostIPC) yield fieldForbidden(path.child("HostIPC"), why);
  if (old) return;
  for (const { container, at } of containersOf(spec, path)) {
    if (container.volumeDevices?.length) yield fieldForbidden(at.child("volumeDevices"), why);
  }
};
