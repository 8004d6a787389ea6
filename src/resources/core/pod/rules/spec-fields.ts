// Single fields of a pod's spec that have a range, a choice, or a bond to another field. It refuses to judge lists.
import {
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldRequired,
  fieldTooLong,
} from "../../../../schema/meta/field-error.ts";
import { formatFaults, notSupported } from "../../../faults.ts";
import { containersOf } from "./spec-rule.ts";
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
  const choices = ["PreemptLowerPriority", "Never"];
  const { preemptionPolicy: policy } = spec;
  if (policy === undefined) return;
  if (!policy) yield fieldRequired(path.child("preemptionPolicy"));
  else if (!choices.includes(policy)) yield notSupported(path.child("preemptionPolicy"), policy, choices);
};

/** As many characters as Linux takes for a host name. */
const MOST_HOSTNAME = 64;

/** The name under which the pod knows itself. */
export const hostnameOverride: SpecRule = function* (spec, { path }) {
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  const at = path.child("hostnameOverride");
  if (spec.setHostnameAsFQDN) yield fieldForbidden(at, "may not be specified when setHostnameAsFQDN is true");
  if (spec.hostNetwork) yield fieldForbidden(at, "may not be specified when hostNetwork is true");
  if (name.length > MOST_HOSTNAME) yield fieldTooLong(at, MOST_HOSTNAME);
  yield* formatFaults(at, name, "dns1123Subdomain");
};

/** Variables can be read from files of emptyDir volumes alone. */
export const fileKeys: SpecRule = function* (spec, { path }) {
  for (const { container, at } of containersOf(spec, path)) {
    for (const [i, { valueFrom }] of (container.env ?? []).entries()) {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (valueFrom?.fileKeyRef === undefined) continue;
      const here = at.child("env").index(i).child("valueFrom", "fileKeyRef", "volumeName");
      const volume = spec.volumes?.findLast((one) => one.name === name);
      if (volume === undefined) yield fieldNotFound(here, name ?? "");
      else if (!volume.emptyDir) yield fieldInvalid(here, name, "referenced volume must be of type emptyDir");
    }
  }
};
