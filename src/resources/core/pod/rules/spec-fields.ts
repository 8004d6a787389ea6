// Single fields of a pod's spec that have a range, a choice, or a bond to another field. It refuses to judge lists.
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import { formatFaults } from "../../../faults.ts";
import type { SpecRule } from "./spec-rule.ts";

const MOST_SECONDS = 2 ** 31 - 1;

export const deadline: SpecRule = function* (spec, { path }) {
  const seconds = spec.activeDeadlineSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > MOST_SECONDS)) {
    yield fieldInvalid(
      path.child("activeDeadlineSeconds"),
      seconds,
      `must be between 1 and ${MOST_SECONDS}, inclusive`,
    );
  }
};

export const preemptionPolicy: SpecRule = function* (spec, { path }) {
  const choices = ["Never", "PreemptLowerPriority"];
  const { preemptionPolicy: policy } = spec;
  if (policy === undefined) return;
  if (!policy) yield fieldRequired(path.child("preemptionPolicy"));
  else if (!choices.includes(policy)) yield fieldNotSupported(path.child("preemptionPolicy"), policy, choices);
};

/** The name under which the pod knows itself; at most what Linux takes. */
export const hostnameOverride: SpecRule = function* (spec, { path }) {
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  const at = path.child("hostnameOverride");
  if (name.length > 64) yield fieldInvalid(at, name, "must be no more than 64 characters");
  yield* formatFaults(at, name, "dns1123Subdomain");
  if (spec.setHostnameAsFQDN) yield fieldForbidden(at, "may not be specified when setHostnameAsFQDN is true");
  if (spec.hostNetwork) yield fieldForbidden(at, "may not be specified when hostNetwork is true");
};

/** Fields that Windows does not know; a few of many: those that people set. */
const NOT_ON_WINDOWS = ["hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"] as const;
const SECURITY_NOT_ON_WINDOWS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
] as const;

export const operatingSystem: SpecRule = function* (spec, { path }) {
  if (!spec.os) return;
  const at = path.child("os", "name");
  const { name } = spec.os;
  if (!name) return yield fieldRequired(at, "cannot be empty");
  if (name !== "linux" && name !== "windows") return yield fieldNotSupported(at, name, ["linux", "windows"]);
  const contexts = [
    { context: spec.securityContext, at: path.child("securityContext") },
    ...[...(spec.containers ?? [])].map(({ securityContext }, i) => ({
      context: securityContext,
      at: path.child("containers").index(i).child("securityContext"),
    })),
  ];
  if (name === "linux") {
    for (const { context, at: here } of contexts) {
      if (context?.windowsOptions) {
        yield fieldForbidden(here.child("windowsOptions"), "windows options cannot be set for a linux pod");
      }
    }
    return;
  }
  for (const field of SECURITY_NOT_ON_WINDOWS) {
    if (spec.securityContext?.[field] !== undefined) {
      yield fieldForbidden(path.child("securityContext", field), "cannot be set for a windows pod");
    }
  }
  for (const field of NOT_ON_WINDOWS) {
    if (spec[field] !== undefined && spec[field] !== (field === "hostUsers" ? undefined : false)) {
      yield fieldForbidden(path.child(field), "cannot be set for a windows pod");
    }
  }
};
