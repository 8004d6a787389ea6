// ClusterRoleBinding: who gets a ClusterRole everywhere.
import { listAtomic, object, optional, required } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { Subject, RoleRef } from "./subject.ts";
import { bindingColumns } from "./columns.ts";
import { bindingFaults } from "./rules.ts";

const schema = object(
  "k8s.io.api.rbac.v1.ClusterRoleBinding",
  {
    ...typeMeta,
    metadata,
    subjects: optional(2, listAtomic(Subject), "Who gets the role everywhere."),
    roleRef: required(3, RoleRef, "The ClusterRole; cannot change."),
  },
  { doc: "Gives the rights of a cluster role to users, groups and service accounts, everywhere." },
);
export interface ClusterRoleBinding extends ValueIn<typeof schema> {}

export const ClusterRoleBinding = resource<ClusterRoleBinding>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  scope: "Cluster",
  schema,
  nameFormat: "pathSegmentName",
  createOnUpdate: true,
  columns: bindingColumns,
  rules: [(binding, { old }) => bindingFaults(binding, old, ["ClusterRole"], false)],
});
