// Binding: puts a pod on a node. It refuses to choose the node: the scheduler did.
import { formatTime } from "../../base/timestamp.ts";
import type { Binding } from "../../resources/core/binding.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { badRequest, conflict, invalid } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { success } from "../verbs/call.ts";
import type { Answer, Call } from "../verbs/call.ts";
import type { WriteOptions } from "../verbs/options.ts";
import { changeRaw } from "../verbs/update.ts";
import { withMetadata } from "../verbs/finish.ts";

/** The body is checked against the pod's URL, the pod is changed in the optimistic loop. */
export async function bind(call: Call, body: KubeObject, options: WriteOptions): Promise<Answer> {
  const binding = body as Binding;
  checkBinding(call, binding);
  await changeRaw(call, (old) => bound(call, old as Pod, binding), options.dryRun);
  return { type: "status", status: success(undefined, 201) };
}

function checkBinding(call: Call, { metadata, target }: Binding): void {
  if (metadata?.name && metadata.name !== call.name)
    throw badRequest("name in URL does not match name in Binding object");
  const errors = [];
  const kind = target?.kind ?? "";
  if (kind !== "" && kind !== "Node")
    errors.push(fieldNotSupported(FieldPath.of("target", "kind"), kind, ["Node", "<empty>"]));
  if (!target?.name) errors.push(fieldRequired(FieldPath.of("target", "name")));
  if (errors.length > 0) throw invalid({ group: "", kind: "Binding" }, call.name, errors);
}

function bound(call: Call, pod: Pod, { metadata: wanted, target }: Binding): KubeObject {
  const { metadata, spec } = pod;
  const refuse = (why: string) =>
    conflict({ group: "", resource: "pods/binding" }, call.name, `pod ${call.name} ${why}`);
  if (wanted?.uid && wanted.uid !== metadata.uid) {
    throw conflict(
      { group: "", resource: "pods/binding" },
      call.name,
      `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${metadata.uid}`,
    );
  }
  if (metadata.deletionTimestamp !== undefined) throw refuse("is being deleted, cannot be assigned to a host");
  if (spec.nodeName) throw refuse(`is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  if ((spec.schedulingGates ?? []).length > 0) {
    throw invalid({ group: "", kind: "Pod" }, call.name, [
      fieldInvalid(
        FieldPath.of("spec", "schedulingGates"),
        spec.schedulingGates,
        "pod has non-empty .spec.schedulingGates",
      ),
    ]);
  }
  const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime: formatTime(call.parts.clock.now()) };
  const conditions = [...(pod.status?.conditions ?? []).filter((one) => one.type !== "PodScheduled"), scheduled];
  const annotations = { ...metadata.annotations, ...wanted?.annotations };
  const labels = { ...metadata.labels, ...wanted?.labels };
  const object = {
    ...pod,
    spec: { ...spec, nodeName: target.name },
    status: { ...pod.status, conditions },
  } as KubeObject;
  return withMetadata(object, {
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    labels: Object.keys(labels).length > 0 ? labels : undefined,
  });
}
