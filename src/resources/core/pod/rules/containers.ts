// The containers of a pod: at least one, each with a name of its own. What each must be stands in container.ts.
import { fieldDuplicate, fieldRequired } from "../../../../schema/meta/field-error.ts";
import { containerFaults } from "./container.ts";
import { containerRestartFaults } from "./container-restart.ts";
import { hostPortFaults } from "./host-ports.ts";
import { containerProbeFaults } from "./probes.ts";
import type { SpecRule } from "./spec-rule.ts";

export const containers: SpecRule = function* (spec, { path }) {
  const at = path.child("containers");
  const names = new Set<string>();
  if (!spec.containers?.length) return yield fieldRequired(at);
  for (const [i, container] of spec.containers.entries()) {
    const here = at.index(i);
    yield* containerFaults(container, spec, here);
    if (container.name && names.has(container.name)) yield fieldDuplicate(here.child("name"), container.name);
    names.add(container.name);
    yield* containerProbeFaults(container, here, spec.terminationGracePeriodSeconds ?? 30);
    yield* containerRestartFaults(container, here);
  }
  yield* hostPortFaults(spec.containers, at);
};
