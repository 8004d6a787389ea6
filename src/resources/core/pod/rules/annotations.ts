// Annotations of pods that the API server reads: mirrors, what a pod's deletion costs, profiles from before there were
// fields. It refuses to apply them, and to compare them with the fields (annotated-profiles.ts does).
import { fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { descending } from "./spec-rule.ts";
import type { SpecRule } from "./spec-rule.ts";

export const MIRROR = "kubernetes.io/config.mirror";
export const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";
export const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
export const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const isFromBefore = (key: string) => key.includes(".alpha.kubernetes.io/") || key.includes(".beta.kubernetes.io/");
const APP_ARMOR_PROFILE = /^(|runtime\/default|unconfined|localhost\/.*)$/;
const SECCOMP_PROFILES = ["runtime/default", "docker/default", "unconfined"];

/** Whether rules or warnings about the spec look at one of these: they know no others. */
export function speakOfSpec(annotations: Readonly<Record<string, string>> | undefined): boolean {
  for (const key in annotations) {
    if (key === MIRROR || key === DELETION_COST || isFromBefore(key)) return true;
  }
  return false;
}

const isInt32 = (text: string) => /^(0|-?[1-9][0-9]*)$/.test(text) && Number(text) === (Number(text) | 0);

function* seccompFaults(profile: string, path: FieldPath): Generator<FieldError> {
  if (SECCOMP_PROFILES.includes(profile)) return;
  if (profile.startsWith("localhost/")) yield* descending(path, profile.slice("localhost/".length));
  else yield fieldInvalid(path, profile, "must be a valid seccomp profile");
}

export const annotations: SpecRule = function* (spec, { metadata, annotationsPath: path }) {
  const given = metadata.annotations ?? {};
  const keys = Object.keys(given).sort();
  if (keys.length === 0) return;
  if (given[MIRROR] !== undefined && !spec.nodeName) {
    yield fieldInvalid(path.key(MIRROR), given[MIRROR], "must set spec.nodeName if mirror pod annotation is set");
  }
  const cost = given[DELETION_COST];
  if (cost !== undefined && !isInt32(cost))
    yield fieldInvalid(path.key(DELETION_COST), cost, "must be a 32bit integer");
  for (const key of keys) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) yield* seccompFaults(given[key]!, path.child(key));
  }
  const lists = [spec.containers, spec.initContainers, spec.ephemeralContainers];
  const names = new Set(lists.flatMap((list) => (list ?? []).map(({ name }) => name)));
  for (const key of keys) {
    if (!key.startsWith(APP_ARMOR)) continue;
    const [name, profile] = [key.slice(APP_ARMOR.length), given[key]!];
    if (!names.has(name)) yield fieldInvalid(path.key(key), name, "container not found");
    if (APP_ARMOR_PROFILE.test(profile)) continue;
    yield fieldInvalid(path.key(key), profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`);
  }
};
