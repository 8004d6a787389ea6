// What creating and updating a workload sets and keeps: its template settles, its status belongs to /status. Pure. It
// refuses to judge.
import type { KubeObject, RequestFacts } from "../../schema/resource.ts";
import type { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { settlePodSpec } from "../core/pod/settle.ts";

interface Workload extends KubeObject {
  readonly spec: { readonly template?: PodTemplateSpec | undefined };
  readonly status: object;
}

/** The template with its pod spec settled; the same object when nothing changes. */
export function settleTemplate<T extends PodTemplateSpec | undefined>(template: T): T {
  if (!template?.spec) return template;
  const spec = settlePodSpec(template.spec, false);
  return spec === template.spec ? template : { ...template, spec };
}

/**
 * `prepare` of a workload with a status that starts as `initial`. A write of the object keeps the stored status; a write
 * of the status keeps the stored spec.
 */
export function prepareWorkload<T extends Workload>(
  object: T,
  old: T | undefined,
  request: RequestFacts,
  initial: object,
): T {
  if (old && request.subresource === "status") return { ...object, spec: old.spec };
  const template = settleTemplate(object.spec.template);
  const spec = template === object.spec.template ? object.spec : { ...object.spec, template };
  return { ...object, spec, status: old ? old.status : initial };
}

/** Whether both have the same annotations. */
export function sameAnnotations(a: KubeObject, b: KubeObject): boolean {
  const [left, right] = [a.metadata.annotations ?? {}, b.metadata.annotations ?? {}];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
