// What a rule about a pod's spec is: the same rule serves pods and the templates of workloads. It refuses to hold
// rules.
import { fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { ObjectMeta } from "../../../../schema/meta/object-meta.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { RequestFacts } from "../../../../schema/resource.ts";
import { formatFaults } from "../../../faults.ts";
import type { Container } from "../container.ts";
import type { PodSpec } from "../spec.ts";

export interface SpecContext {
  /** Where the spec stands: `spec` of a pod, `spec.template.spec` of a workload. */
  readonly path: FieldPath;
  readonly metadata: ObjectMeta;
  /** Where the annotations stand, as errors say it: upstream leaves `metadata` out for templates. */
  readonly annotationsPath: FieldPath;
  /** On update: the stored spec, whose faults are let pass where upstream does. */
  readonly old?: PodSpec | undefined;
  readonly ofPod: boolean;
  readonly request: Pick<RequestFacts, "enabled">;
}

/** Pure. Warnings are a rule of their own (warnings.ts). */
export type SpecRule = (spec: PodSpec, context: SpecContext) => Iterable<FieldError>;

/** A path below some folder: relative, and never upwards. */
export const descending = (path: FieldPath, value: string): Iterable<FieldError> =>
  formatFaults(path, value, "descendingPath");

/** A path that never goes upwards. */
export function* withoutBacksteps(path: FieldPath, value: string): Generator<FieldError> {
  if (value.split("/").includes("..")) yield fieldInvalid(path, value, "must not contain '..'");
}

/** All containers, in the order in which upstream visits them, and where each stands. */
export function* containersOf(
  spec: PodSpec,
  path: FieldPath,
): Generator<{ readonly container: Container; readonly at: FieldPath }> {
  for (const field of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) yield { container, at: path.child(field).index(i) };
  }
}
