// Init containers: names that no other container has, and probes only where they keep running (sidecars).
import { fieldDuplicate, fieldForbidden, fieldInvalid } from "../../../../schema/meta/field-error.ts";
import { containerFaults } from "./container.ts";
import { containerRestartFaults } from "./container-restart.ts";
import { hostPortFaults } from "./host-ports.ts";
import { containerProbeFaults } from "./probes.ts";
import type { SpecRule } from "./spec-rule.ts";

const INIT_ONLY_SIDECARS = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

export const initContainers: SpecRule = function* (spec, { path }) {
  const at = path.child("initContainers");
  const names = new Set(spec.containers?.map(({ name }) => name));
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const here = at.index(i);
    const sidecar = container.restartPolicy === "Always";
    yield* containerFaults(container, spec, here);
    yield* containerRestartFaults(container, here);
    if (container.name && names.has(container.name)) yield fieldDuplicate(here.child("name"), container.name);
    names.add(container.name);
    yield* hostPortFaults([container], at);
    if (sidecar) yield* containerProbeFaults(container, here, spec.terminationGracePeriodSeconds ?? 30);
    else {
      for (const field of INIT_ONLY_SIDECARS) {
        if (container[field] === undefined) continue;
        yield fieldForbidden(here.child(field), "may not be set for init containers without restartPolicy=Always");
      }
      for (const [j, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
        if (restartPolicy !== "RestartContainer") continue;
        const why = "must not be set to 'RestartContainer' for non-sidecar initContainers";
        yield fieldInvalid(here.child("resizePolicy").index(j).child("restartPolicy"), restartPolicy, why);
      }
    }
  }
};
