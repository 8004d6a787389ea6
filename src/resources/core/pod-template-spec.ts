// PodTemplateSpec: the pod that a workload makes copies of. It refuses to know which workload.
import { object, optional, plain } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { ObjectMeta } from "../../schema/meta/object-meta.ts";
import { PodSpec } from "./pod/spec.ts";

export const PodTemplateSpec = object("k8s.io.api.core.v1.PodTemplateSpec", {
  metadata: optional(1, ObjectMeta, "Labels and annotations of the pods."),
  spec: plain(2, PodSpec, "What is wanted of the pods."),
});
export interface PodTemplateSpec extends ValueIn<typeof PodTemplateSpec> {}
