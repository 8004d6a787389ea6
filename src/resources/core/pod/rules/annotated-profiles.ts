// Profiles of seccomp and AppArmor that annotations and fields both name: they must be the same. It refuses to judge
// either alone.
import { fieldForbidden } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { PodSpec } from "../spec.ts";
import { APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD, speakOfSpec } from "./annotations.ts";
import { containersOf } from "./spec-rule.ts";

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string | undefined;
}

const LOCALHOST = "localhost/";

/** `noun` is the kind of profile, as messages call it. */
function* mismatch(noun: string, annotation: string, field: Profile, path: FieldPath): Generator<FieldError> {
  const same =
    field.type === "Unconfined"
      ? annotation === "unconfined"
      : field.type === "RuntimeDefault"
        ? annotation === "runtime/default" || (noun === "seccomp" && annotation === "docker/default")
        : field.type !== "Localhost" || annotation.startsWith(LOCALHOST);
  if (!same) yield fieldForbidden(path.child("type"), `${noun} type in annotation and field must match`);
  else if (field.type === "Localhost" && annotation.slice(LOCALHOST.length) !== field.localhostProfile) {
    yield fieldForbidden(path.child("localhostProfile"), `${noun} profile in annotation and field must match`);
  }
}

export function* annotatedProfileFaults(
  spec: PodSpec,
  annotations: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): Generator<FieldError> {
  if (annotations === undefined || !speakOfSpec(annotations)) return;
  const ofPod = spec.securityContext;
  if (ofPod?.seccompProfile && annotations[SECCOMP_POD] !== undefined) {
    const at = path.child("securityContext", "seccompProfile");
    yield* mismatch("seccomp", annotations[SECCOMP_POD], ofPod.seccompProfile, at);
  }
  for (const { container, at } of containersOf(spec, path)) {
    const annotation = annotations[SECCOMP_CONTAINER + container.name];
    const field = container.securityContext?.seccompProfile;
    if (annotation === undefined || !field) continue;
    yield* mismatch("seccomp", annotation, field, at.child("securityContext", "seccompProfile"));
  }
  if (spec.os?.name === "windows") return;
  for (const { container, at } of containersOf(spec, path)) {
    const annotation = annotations[APP_ARMOR + container.name];
    const field = container.securityContext?.appArmorProfile ?? ofPod?.appArmorProfile;
    if (annotation === undefined || !field) continue;
    yield* mismatch("apparmor", annotation, field, at.child("securityContext", "appArmorProfile"));
  }
}
