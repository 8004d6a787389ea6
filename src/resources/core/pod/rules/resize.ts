// What may change in a running pod's resources: amounts of cpu and memory, within its class. It refuses to know what fits.
import { semanticEqual } from "../../../../schema/equality.ts";
import { fieldForbidden, fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import type { Container } from "../container.ts";
import type { Pod } from "../object.ts";
import { qosClass } from "../qos.ts";
import { ResourceRequirements } from "../resources.ts";
import { PodSpec } from "../spec.ts";

const SPEC = FieldPath.of("spec");
/** Mirrors of files on a node: the API server does not decide what they are. */
const STATIC_ANNOTATION = "kubernetes.io/config.mirror";

/** Amounts of cpu and memory aside, nothing may differ. */
function withoutAmounts(spec: PodSpec): PodSpec {
  const strip = (list: Readonly<Record<string, string>> | undefined) =>
    Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => name !== "cpu" && name !== "memory"));
  const of = <C extends { readonly resources?: PodSpec["resources"] }>(one: C): C => ({
    ...one,
    resources: {
      ...one.resources,
      limits: strip(one.resources?.limits),
      requests: strip(one.resources?.requests),
    },
    resizePolicy: undefined,
  });
  return {
    ...spec,
    containers: spec.containers.map(of),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(of) }),
    ...(spec.resources && { resources: of({ resources: spec.resources }).resources }),
  };
}

type Resources = PodSpec["resources"];

/** An amount can be changed, not taken away. */
function* removalFaults(now: Resources, old: Resources, path: FieldPath): Generator<FieldError> {
  for (const field of ["requests", "limits"] as const) {
    const gone = ["cpu", "memory"].some(
      (name) => old?.[field]?.[name] !== undefined && now?.[field]?.[name] === undefined,
    );
    if (gone) yield fieldForbidden(path.child(field), `resource ${field} cannot be removed`);
  }
}

/** Containers, and sidecars among the init containers, keep their places and their amounts. */
function* resizedContainers(
  list: readonly Container[],
  old: readonly Container[],
  path: FieldPath,
  onlySidecars: boolean,
): Generator<FieldError> {
  for (const [i, container] of list.entries()) {
    const before = old[i];
    const at = path.index(i);
    if (!before) return;
    if (container.name !== before.name) {
      yield fieldForbidden(at.child("name"), "containers may not be renamed or reordered on resize");
    } else if (onlySidecars && container.restartPolicy !== "Always") {
      if (!semanticEqual(ResourceRequirements, container.resources, before.resources)) {
        yield fieldForbidden(at.child("resources"), "resources for non-sidecar init containers are immutable");
      }
    } else yield* removalFaults(container.resources, before.resources, at.child("resources"));
  }
}

export const resize: Rule<Pod> = function* (pod, { old, request }) {
  if (!old || request.subresource !== "resize") return;
  if (Object.hasOwn(old.metadata.annotations ?? {}, STATIC_ANNOTATION)) {
    yield fieldForbidden(FieldPath.root, "static pods cannot be resized");
  }
  const before = qosClass({ spec: old.spec });
  if (qosClass({ spec: pod.spec }) !== before) {
    yield fieldInvalid(SPEC, before, "Pod QOS Class may not change as a result of resizing");
  }
  const { containers, initContainers = [] } = pod.spec;
  yield* resizedContainers(containers, old.spec.containers, SPEC.child("containers"), false);
  yield* resizedContainers(initContainers, old.spec.initContainers ?? [], SPEC.child("initContainers"), true);
  if (!semanticEqual(PodSpec, withoutAmounts(pod.spec), withoutAmounts(old.spec))) {
    yield fieldForbidden(SPEC, "only cpu and memory resources are mutable");
  }
};
