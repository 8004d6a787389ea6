// What may change in a running pod's resources: amounts of cpu and memory, within its class. It refuses to know what fits.
import { semanticEqual } from "../../../../schema/equality.ts";
import { fieldForbidden, fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { Container as ContainerNode } from "../container.ts";
import type { Container } from "../container.ts";
import type { Pod } from "../object.ts";
import { qosClass } from "../qos.ts";
import { ResourceRequirements } from "../resources.ts";
import { PodSpec } from "../spec.ts";
import { MIRROR } from "./annotations.ts";

const SPEC = FieldPath.of("spec");
const ONLY_AMOUNTS = "only cpu and memory resources are mutable";

type Resources = PodSpec["resources"];
type Amounts = Readonly<Record<string, string>> | undefined;

/** Everything but cpu and memory is as it is now; those are as they were. */
function withOldAmounts(now: Amounts, old: Amounts): Record<string, string> {
  const kept = Object.entries(now ?? {}).filter(([name]) => name !== "cpu" && name !== "memory");
  const before = Object.entries(old ?? {}).filter(([name]) => name === "cpu" || name === "memory");
  return Object.fromEntries([...kept, ...before]);
}

function withOldResources<C extends { readonly resources?: Resources }>(now: C, old: C): C {
  // Upstream forgets the claims, so that a change of them passes.
  const { claims: _, ...rest } = now.resources ?? {};
  return {
    ...now,
    resources: {
      ...rest,
      limits: withOldAmounts(now.resources?.limits, old.resources?.limits),
      requests: withOldAmounts(now.resources?.requests, old.resources?.requests),
    },
  };
}

/** An amount can be changed, not taken away. */
function* removalFaults(now: Resources, old: Resources, noun: string, path: FieldPath): Generator<FieldError> {
  for (const field of ["requests", "limits"] as const) {
    const gone = Object.keys(old?.[field] ?? {}).some((name) => now?.[field]?.[name] === undefined);
    if (gone) yield fieldForbidden(path.child(field), `${noun} ${field} cannot be removed`);
  }
}

/** Containers stay where they are, and keep their names. */
function* placeFaults(
  list: readonly Container[],
  old: readonly Container[],
  field: "containers" | "initContainers",
): Generator<FieldError> {
  const path = SPEC.child(field);
  if (list.length !== old.length) {
    return yield fieldForbidden(path, `${field} may not be added or removed on resize`);
  }
  for (const [i, { name }] of list.entries()) {
    if (name === old[i]!.name) continue;
    yield fieldForbidden(path.index(i).child("name"), `${field} may not be renamed or reordered on resize`);
  }
}

/** What of a container may be resized; the node tells by its status whether it can at all. */
function* containerFaults(spec: PodSpec, old: PodSpec): Generator<FieldError> {
  const [inits, oldInits] = [spec.initContainers ?? [], old.initContainers ?? []];
  for (const [i, container] of inits.entries()) {
    const at = SPEC.child("initContainers").index(i).child("resources");
    yield* removalFaults(container.resources, oldInits[i]!.resources, "resource", at);
  }
  for (const [i, container] of spec.containers.entries()) {
    const at = SPEC.child("containers").index(i).child("resources");
    yield* removalFaults(container.resources, old.containers[i]!.resources, "resource", at);
  }
  for (const [i, container] of spec.containers.entries()) {
    if (semanticEqual(ContainerNode, withOldResources(container, old.containers[i]!), old.containers[i]!)) continue;
    yield fieldForbidden(SPEC, ONLY_AMOUNTS);
  }
  for (const [i, container] of inits.entries()) {
    const at = SPEC.child("initContainers").index(i);
    if (!semanticEqual(ContainerNode, withOldResources(container, oldInits[i]!), oldInits[i]!)) {
      yield fieldForbidden(at, "only cpu and memory resources for init or sidecar containers are mutable");
    }
    if (container.restartPolicy === "Always" || semanticEqual(ContainerNode, container, oldInits[i]!)) continue;
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy !== "RestartContainer") continue;
      const why = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
      yield fieldForbidden(at, why);
    }
  }
}

const isSet = (resources: Resources) => Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0;

/** The amounts of the pod as a whole. */
function* podLevelFaults(now: Resources, old: Resources): Generator<FieldError> {
  if (!isSet(now) && !isSet(old)) return;
  const path = SPEC.child("resources");
  if (old && !now) return yield fieldForbidden(path, "pod-level resources cannot be removed");
  if (old) yield* removalFaults(now, old, "pod-level resource", path);
  const masked = withOldResources({ resources: now }, { resources: old }).resources;
  if (semanticEqual(ResourceRequirements, masked, old)) return;
  yield fieldForbidden(SPEC, "only cpu and memory resources are mutable at pod-level");
}

/** Whether the node of a running pod knows how to resize: it tells the resources of its containers. */
const canResize = ({ status }: Pod) => {
  const running = status.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
};

/** What has changed beside amounts. */
function restStays(spec: PodSpec, old: PodSpec): boolean {
  const masked: PodSpec = {
    ...spec,
    containers: spec.containers.map((one, i) => withOldResources(one, old.containers[i]!)),
    ...(spec.initContainers && {
      initContainers: spec.initContainers.map((one, i) => withOldResources(one, old.initContainers![i]!)),
    }),
    ...(spec.resources && {
      resources: withOldResources({ resources: spec.resources }, { resources: old.resources }).resources,
    }),
  };
  return semanticEqual(PodSpec, masked, old);
}

export const resize: Rule<Pod> = function* (pod, { old, request }) {
  if (!old || request.subresource !== "resize") return;
  const { spec } = pod;
  const whole = FieldPath.root.child("");
  if (Object.hasOwn(old.metadata.annotations ?? {}, MIRROR)) {
    return yield fieldForbidden(whole, "static pods cannot be resized");
  }
  if (old.spec.os?.name === "windows") return yield fieldForbidden(whole, "windows pods cannot be resized");
  let found = false;
  for (const fault of changeFaults(pod, old)) {
    found = true;
    yield fault;
  }
  if (!found && !restStays(spec, old.spec)) yield fieldForbidden(SPEC, ONLY_AMOUNTS);
};

function* changeFaults(pod: Pod, old: Pod): Generator<FieldError> {
  const { spec } = pod;
  const before = old.status.qosClass ?? qosClass({ spec: old.spec });
  if (qosClass({ spec }) !== before) {
    yield fieldInvalid(SPEC, pod.status.qosClass ?? before, "Pod QOS Class may not change as a result of resizing");
  }
  if (!canResize(old)) yield fieldForbidden(SPEC, "Pod running on node without support for resize");
  yield* podLevelFaults(spec.resources, old.spec.resources);
  const moved = [
    ...placeFaults(spec.containers, old.spec.containers, "containers"),
    ...placeFaults(spec.initContainers ?? [], old.spec.initContainers ?? [], "initContainers"),
  ];
  if (moved.length > 0) yield* moved;
  else yield* containerFaults(spec, old.spec);
}
