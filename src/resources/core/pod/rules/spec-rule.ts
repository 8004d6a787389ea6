// What a rule about a pod's spec is: the same rule serves pods and the templates of workloads. It refuses to hold
// rules.
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { ObjectMeta } from "../../../../schema/meta/object-meta.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { RequestFacts } from "../../../../schema/resource.ts";
import { formatFaults } from "../../../faults.ts";
import type { PodSpec } from "../spec.ts";

export interface SpecContext {
  /** Where the spec stands: `spec` of a pod, `spec.template.spec` of a workload. */
  readonly path: FieldPath;
  readonly metadata: ObjectMeta;
  /** Where the metadata stands; `metadata` if left out. */
  readonly metadataPath?: FieldPath;
  /** On update: the stored spec, whose faults are let pass where upstream does. */
  readonly old?: PodSpec | undefined;
  readonly ofPod: boolean;
  readonly request: RequestFacts;
}

/** Yields errors, or a warning as text. Pure. */
export type SpecRule = (spec: PodSpec, context: SpecContext) => Iterable<FieldError | string>;

/** A path below some folder: relative, and never upwards. */
export const descending = (path: FieldPath, value: string): Iterable<FieldError> =>
  formatFaults(path, value, "descendingPath");
