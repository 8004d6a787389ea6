// The controls that the level "restricted" adds, by their identifiers' order: what a hardened pod states. It refuses to
// repeat those of baseline, but says which of them its own make superfluous.
import type { Volume } from "../../../resources/core/pod/volume.ts";
import { addedCapabilities, unmaskedProc, weakSeccomp } from "./baseline.ts";
import {
  containersOf,
  containerText,
  exemptAsWindows,
  exemptInUserNamespace,
  namesWhere,
  plural,
  quoted,
  settersText,
  sortedSet,
} from "./check.ts";
import type { Check, PodLike, Violation } from "./check.ts";

const allowPrivilegeEscalation: Check = {
  id: "allowPrivilegeEscalation",
  since: 8,
  find(pod, minor) {
    if (exemptAsWindows(pod, minor)) return undefined;
    const names = namesWhere(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
    if (names.length === 0) return undefined;
    return {
      reason: "allowPrivilegeEscalation != false",
      detail: `${containerText(names)} must set securityContext.allowPrivilegeEscalation=false`,
    };
  },
};

const MAY_ADD = new Set(["NET_BIND_SERVICE"]);

const capabilities: Check = {
  id: "capabilities_restricted",
  since: 22,
  replaces: "capabilities_baseline",
  find(pod, minor) {
    if (exemptAsWindows(pod, minor)) return undefined;
    const keeps = namesWhere(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"));
    const added = addedCapabilities(pod, MAY_ADD);
    const parts = [
      ...(keeps.length > 0 ? [`${containerText(keeps)} must set securityContext.capabilities.drop=["ALL"]`] : []),
      ...(added === undefined ? [] : [added]),
    ];
    return parts.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: parts.join("; ") };
  },
};

const procMount: Check = { id: "procMount_restricted", since: 35, replaces: "procMount", find: unmaskedProc };

const ALLOWED_VOLUMES = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"],
  "secret",
] as const satisfies readonly (keyof Volume)[];

const restrictedVolumes: Check = {
  id: "restrictedVolumes",
  since: 0,
  replaces: "hostPathVolumes",
  find({ spec }) {
    const bad = (spec.volumes ?? []).filter((volume) =>
      ALLOWED_VOLUMES.every((source) => volume[source] === undefined),
    );
    if (bad.length === 0) return undefined;
    const names = bad.map(({ name }) => name);
    const types = sortedSet(bad.map((volume) => Object.keys(volume).find((key) => key !== "name") ?? "unknown"));
    const verb = plural("uses", "use", names.length);
    const noun = plural("restricted volume type", "restricted volume types", types.length);
    const volumes = plural("volume", "volumes", names.length);
    return {
      reason: "restricted volume types",
      detail: `${volumes} ${quoted(names)} ${verb} ${noun} ${quoted(types)}`,
    };
  },
};

const runAsNonRoot: Check = {
  id: "runAsNonRoot",
  since: 0,
  find(pod, minor) {
    if (exemptInUserNamespace(pod, minor)) return undefined;
    const reason = "runAsNonRoot != true";
    const own = pod.spec.securityContext?.runAsNonRoot;
    const denied = namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
    const setters = settersText(own === false, denied);
    if (setters !== undefined) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
    if (own === true) return undefined;
    const silent = namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
    if (silent.length === 0) return undefined;
    return { reason, detail: `pod or ${containerText(silent)} must set securityContext.runAsNonRoot=true` };
  },
};

const runAsUser: Check = {
  id: "runAsUser",
  since: 23,
  find(pod, minor) {
    if (exemptInUserNamespace(pod, minor)) return undefined;
    const setters = settersText(
      pod.spec.securityContext?.runAsUser === 0,
      namesWhere(pod, ({ securityContext }) => securityContext?.runAsUser === 0),
    );
    return setters === undefined ? undefined : { reason: "runAsUser=0", detail: `${setters} must not set runAsUser=0` };
  },
};

const seccompProfile: Check = {
  id: "seccompProfile_restricted",
  since: 19,
  replaces: "seccompProfile_baseline",
  find: (pod, minor) => (exemptAsWindows(pod, minor) ? undefined : (weakSeccomp(pod) ?? missingSeccomp(pod))),
};

function missingSeccomp(pod: PodLike): Violation | undefined {
  if (pod.spec.securityContext?.seccompProfile !== undefined) return undefined;
  const silent = namesWhere(pod, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0 || containersOf(pod).length === 0) return undefined;
  const wanted = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: "seccompProfile", detail: `pod or ${containerText(silent)} ${wanted}` };
}

/** In the order in which violations are told, behind those of baseline. */
export const restrictedChecks: readonly Check[] = [
  allowPrivilegeEscalation,
  capabilities,
  procMount,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfile,
];
