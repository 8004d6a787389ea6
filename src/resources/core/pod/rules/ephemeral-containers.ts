// Ephemeral containers: to look around with, so that nothing may depend on them. What may change is subresource-updates.ts.
import { fieldDuplicate, fieldForbidden, fieldNotFound } from "../../../../schema/meta/field-error.ts";
import { containerFaults } from "./container.ts";
import type { SpecRule } from "./spec-rule.ts";

/** Fields that a container to look around with may not have. */
const NOT_EPHEMERAL = [
  "ports",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
] as const;

const isSet = (value: unknown) =>
  value !== undefined &&
  (Array.isArray(value) ? value.length > 0 : typeof value !== "object" || Object.keys(value!).length > 0);

export const ephemeralContainers: SpecRule = function* (spec, { path }) {
  const at = path.child("ephemeralContainers");
  const targets = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(targets);
  for (const [i, container] of (spec.ephemeralContainers ?? []).entries()) {
    const here = at.index(i);
    const { targetContainerName: target, volumeMounts = [] } = container;
    yield* containerFaults(container, spec, here);
    if (container.name && names.has(container.name)) yield fieldDuplicate(here.child("name"), container.name);
    names.add(container.name);
    if (target && !targets.has(target)) yield fieldNotFound(here.child("targetContainerName"), target);
    for (const field of NOT_EPHEMERAL) {
      if (isSet(container[field])) yield fieldForbidden(here.child(field), "cannot be set for an Ephemeral Container");
    }
    for (const [j, mount] of volumeMounts.entries()) {
      const mountAt = here.child("volumeMounts").index(j);
      if (mount.subPath) yield fieldForbidden(mountAt.child("subPath"), "cannot be set for an Ephemeral Container");
      if (mount.subPathExpr)
        yield fieldForbidden(mountAt.child("subPathExpr"), "cannot be set for an Ephemeral Container");
    }
  }
};
