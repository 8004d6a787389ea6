// ControllerRevision: what a workload looked like once, kept by its controller. It refuses to know what is in there.
import { int64, object, optional, rawExtension, required } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";

const schema = object(
  "k8s.io.api.apps.v1.ControllerRevision",
  {
    ...typeMeta,
    metadata,
    data: required(2, rawExtension(), "The state that is kept.", { judgedByRule: true }),
    revision: optional(3, int64(), "Counts up with each new state.", { always: true }),
  },
  { doc: "A past state of a set's template, to go back to." },
);
export interface ControllerRevision extends ValueIn<typeof schema> {}

const dataStays: Rule<ControllerRevision> = function* ({ data, revision }, { old }) {
  if ((revision ?? 0) < 0) yield fieldInvalid(FieldPath.of("revision"), revision, "must be greater than or equal to 0");
  if (data === undefined) return yield fieldRequired(FieldPath.of("data"), "data is mandatory");
  if (old && !equalJson(data, old.data)) yield fieldInvalid(FieldPath.of("data"), data, "field is immutable");
};

/** The owner as `kind.group/name`, as kubectl names things. */
function owner({ metadata: { ownerReferences } }: ControllerRevision): string {
  const controller = ownerReferences?.find((one) => one.controller);
  if (!controller) return "<none>";
  const [group] = controller.apiVersion.includes("/") ? controller.apiVersion.split("/") : [""];
  const kind = controller.kind.toLowerCase();
  return `${group ? `${kind}.${group}` : kind}/${controller.name}`;
}

export const ControllerRevision = resource<ControllerRevision>({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  scope: "Namespaced",
  schema,
  columns: [
    nameColumn,
    { name: "Controller", type: "string", doc: "Whose state it is.", cell: owner },
    { name: "Revision", type: "string", doc: "Counts up with each new state.", cell: ({ revision }) => revision ?? 0 },
    ageColumn,
  ],
  rules: [dataStays],
});
