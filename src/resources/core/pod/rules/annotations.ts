// Annotations that say something about containers: those of AppArmor, from before there was a field. It refuses to apply them.
import { fieldInvalid } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { SpecRule } from "./spec-rule.ts";

const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";
const PROFILE = /^(|runtime\/default|unconfined|localhost\/.*)$/;

export const annotations: SpecRule = function* (spec, { metadata, metadataPath = FieldPath.of("metadata") }) {
  const lists = [spec.containers, spec.initContainers, spec.ephemeralContainers];
  const names = new Set(lists.flatMap((list) => (list ?? []).map(({ name }) => name)));
  for (const [key, profile] of Object.entries(metadata.annotations ?? {})) {
    if (!key.startsWith(APP_ARMOR)) continue;
    const path = metadataPath.child("annotations").key(key);
    const name = key.slice(APP_ARMOR.length);
    if (!names.has(name)) yield fieldInvalid(path, name, "container not found");
    if (!PROFILE.test(profile)) {
      yield fieldInvalid(path, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`);
    }
  }
};
