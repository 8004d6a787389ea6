// RoleBinding: who gets a role in one namespace.
import { listAtomic, object, optional, required } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { Subject, RoleRef } from "./subject.ts";
import { bindingColumns } from "./columns.ts";
import { bindingFaults } from "./rules.ts";

const schema = object(
  "k8s.io.api.rbac.v1.RoleBinding",
  {
    ...typeMeta,
    metadata,
    subjects: optional(2, listAtomic(Subject), "Who gets the role in this namespace."),
    roleRef: required(3, RoleRef, "The Role or ClusterRole; cannot change."),
  },
  { doc: "Gives the rights of a role to users, groups and service accounts, within a namespace." },
);
export interface RoleBinding extends ValueIn<typeof schema> {}

export const RoleBinding = resource<RoleBinding>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "RoleBinding",
  plural: "rolebindings",
  scope: "Namespaced",
  schema,
  nameFormat: "pathSegmentName",
  createOnUpdate: true,
  columns: bindingColumns,
  rules: [(binding, { old }) => bindingFaults(binding, old, ["Role", "ClusterRole"], true)],
});
