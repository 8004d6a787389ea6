// The controls of the level "baseline", by their identifiers' order: known ways out of a container. It refuses to
// harden.
import type { Lifecycle } from "../../../resources/core/pod/lifecycle.ts";
import type { Probe } from "../../../resources/core/pod/probe.ts";
import type { SELinuxOptions } from "../../../resources/core/pod/security-context.ts";
import { SAFE_SYSCTLS } from "../../../resources/core/pod/sysctls.ts";
import {
  containersOf,
  containerText,
  exemptInUserNamespace,
  namesWhere,
  plural,
  quoted,
  settersText,
  sortedSet,
} from "./check.ts";
import type { AnyContainer, Check, PodLike, Violation } from "./check.ts";

const APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/";
const APPARMOR_ALLOWED = /^(|runtime\/default|localhost\/.*)$/;

const appArmorProfile: Check = {
  id: "appArmorProfile",
  since: 0,
  find(pod) {
    const { spec, metadata } = pod;
    const bad = (type: string | undefined) => type !== undefined && type !== "RuntimeDefault" && type !== "Localhost";
    const setters: string[] = [];
    const values = new Set<string>();
    const own = spec.securityContext?.appArmorProfile?.type;
    if (bad(own)) {
      setters.push("pod");
      values.add(own!);
    }
    const types = containersOf(pod).map(({ securityContext }) => securityContext?.appArmorProfile?.type);
    const theirs = types.filter(bad);
    if (theirs.length > 0) setters.push(plural("container", "containers", theirs.length));
    for (const type of theirs) values.add(type!);
    const annotations = Object.entries(metadata?.annotations ?? {})
      .filter(([key, value]) => key.startsWith(APPARMOR_PREFIX) && !APPARMOR_ALLOWED.test(value))
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    if (annotations.length > 0) setters.push(plural("annotation", "annotations", annotations.length));
    if (setters.length === 0) return undefined;
    const all = [...[...values].sort(), ...annotations.sort()];
    return {
      reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", all.length),
      detail: `${setters.join(" and ")} must not set AppArmor profile type to ${quoted(all)}`,
    };
  },
};

const DEFAULT_CAPABILITIES = new Set([
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP"],
  ...["SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
]);

/** Which containers add a capability that is not allowed, and what they add. */
export function addedCapabilities(pod: PodLike, allowed: ReadonlySet<string>): string | undefined {
  const beyond = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((one) => !allowed.has(one));
  const names = namesWhere(pod, (container) => beyond(container).length > 0);
  if (names.length === 0) return undefined;
  const added = sortedSet(containersOf(pod).flatMap(beyond));
  return `${containerText(names)} must not include ${quoted(added)} in securityContext.capabilities.add`;
}

const capabilities: Check = {
  id: "capabilities_baseline",
  since: 0,
  find(pod) {
    const detail = addedCapabilities(pod, DEFAULT_CAPABILITIES);
    return detail === undefined ? undefined : { reason: "non-default capabilities", detail };
  },
};

const hostNamespaces: Check = {
  id: "hostNamespaces",
  since: 0,
  find({ spec }) {
    const set = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((name) => spec[name]);
    if (set.length === 0) return undefined;
    return { reason: "host namespaces", detail: set.map((name) => `${name}=true`).join(", ") };
  },
};

const hostPathVolumes: Check = {
  id: "hostPathVolumes",
  since: 0,
  find({ spec }) {
    const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
    if (names.length === 0) return undefined;
    return { reason: "hostPath volumes", detail: `${plural("volume", "volumes", names.length)} ${quoted(names)}` };
  },
};

const hostPorts: Check = {
  id: "hostPorts",
  since: 0,
  find(pod) {
    const portsOf = ({ ports }: AnyContainer) => (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [hostPort] : []));
    const names = namesWhere(pod, (container) => portsOf(container).length > 0);
    if (names.length === 0) return undefined;
    const ports = sortedSet(containersOf(pod).flatMap(portsOf).map(String));
    const noun = plural("hostPort", "hostPorts", ports.length);
    const verb = plural("uses", "use", names.length);
    return { reason: noun, detail: `${containerText(names)} ${verb} ${noun} ${ports.join(", ")}` };
  },
};

type Handler = Pick<Probe, "httpGet" | "tcpSocket"> | undefined;

/** A probe or hook that is sent elsewhere makes the kubelet knock at foreign doors. */
function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): readonly string[] {
  const { postStart, preStop }: Lifecycle = lifecycle ?? {};
  const handlers: readonly Handler[] = [livenessProbe, readinessProbe, startupProbe, postStart, preStop];
  return handlers
    .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
    .filter((host) => !!host) as string[];
}

const hostProbes: Check = {
  id: "hostProbesAndHostLifecycle",
  since: 34,
  find(pod) {
    const names = sortedSet(namesWhere(pod, (container) => hostsOf(container).length > 0));
    if (names.length === 0) return undefined;
    const hosts = sortedSet(containersOf(pod).flatMap(hostsOf));
    const reason = "probe or lifecycle host";
    const verb = plural("uses", "use", names.length);
    const detail = `${containerText(names)} ${verb} ${plural(reason, `${reason}s`, hosts.length)} ${quoted(hosts)}`;
    return { reason, detail };
  },
};

const privileged: Check = {
  id: "privileged",
  since: 0,
  find(pod) {
    const names = namesWhere(pod, ({ securityContext }) => securityContext?.privileged === true);
    if (names.length === 0) return undefined;
    return { reason: "privileged", detail: `${containerText(names)} must not set securityContext.privileged=true` };
  },
};

/** Unmasked parts of /proc. */
export function unmaskedProc(pod: PodLike): Violation | undefined {
  const typeOf = ({ securityContext }: AnyContainer) => securityContext?.procMount ?? "Default";
  const names = namesWhere(pod, (container) => typeOf(container) !== "Default");
  if (names.length === 0) return undefined;
  const types = sortedSet(containersOf(pod).map(typeOf)).filter((type) => type !== "Default");
  return {
    reason: "procMount",
    detail: `${containerText(names)} must not set securityContext.procMount to ${quoted(types)}`,
  };
}

const procMount: Check = {
  id: "procMount",
  since: 0,
  find: (pod, minor) => (exemptInUserNamespace(pod, minor) ? undefined : unmaskedProc(pod)),
};

const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];

const seLinuxOptions: Check = {
  id: "seLinuxOptions",
  since: 0,
  find(pod, minor) {
    const allowed = minor >= 31 ? [...SELINUX_TYPES, "container_engine_t"] : SELINUX_TYPES;
    const foreign = ({ type = "" }: SELinuxOptions) => !allowed.includes(type);
    const bad = (options: SELinuxOptions | undefined) =>
      options !== undefined && (foreign(options) || !!options.user || !!options.role);
    const own = pod.spec.securityContext?.seLinuxOptions;
    const theirs = containersOf(pod).map(({ securityContext }) => securityContext?.seLinuxOptions);
    const setters = settersText(
      bad(own),
      namesWhere(pod, ({ securityContext }) => bad(securityContext?.seLinuxOptions)),
    );
    if (setters === undefined) return undefined;
    const all = [own, ...theirs].filter((one) => one !== undefined);
    const types = sortedSet(all.filter(foreign).map(({ type = "" }) => type));
    const parts = [
      ...(types.length > 0 ? [`${plural("type", "types", types.length)} ${quoted(types)}`] : []),
      ...(all.some(({ user }) => user) ? ["user may not be set"] : []),
      ...(all.some(({ role }) => role) ? ["role may not be set"] : []),
    ];
    const detail = `${setters} set forbidden securityContext.seLinuxOptions: ${parts.join("; ")}`;
    return { reason: "seLinuxOptions", detail };
  },
};

/** Who asks for a filter that is none, and by which name. */
export function weakSeccomp(pod: PodLike): Violation | undefined {
  const bad = (type: string | undefined) => type !== undefined && type !== "RuntimeDefault" && type !== "Localhost";
  const own = pod.spec.securityContext?.seccompProfile?.type;
  const typeOf = ({ securityContext }: AnyContainer) => securityContext?.seccompProfile?.type;
  const setters = settersText(
    bad(own),
    namesWhere(pod, (container) => bad(typeOf(container))),
  );
  if (setters === undefined) return undefined;
  const types = sortedSet([own, ...containersOf(pod).map(typeOf)].filter(bad) as string[]);
  return {
    reason: "seccompProfile",
    detail: `${setters} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
  };
}

const seccompProfile: Check = { id: "seccompProfile_baseline", since: 19, find: weakSeccomp };

const sysctls: Check = {
  id: "sysctls",
  since: 0,
  find({ spec }, minor) {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
    const bad = names.filter((name) => !Object.hasOwn(SAFE_SYSCTLS, name) || SAFE_SYSCTLS[name]!.since > minor);
    return bad.length === 0 ? undefined : { reason: "forbidden sysctls", detail: bad.join(", ") };
  },
};

const windowsHostProcess: Check = {
  id: "windowsHostProcess",
  since: 0,
  find(pod) {
    const setters = settersText(
      pod.spec.securityContext?.windowsOptions?.hostProcess === true,
      namesWhere(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true),
    );
    if (setters === undefined) return undefined;
    return { reason: "hostProcess", detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
  },
};

/** In the order in which violations are told. */
export const baselineChecks: readonly Check[] = [
  appArmorProfile,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfile,
  sysctls,
  windowsHostProcess,
];
