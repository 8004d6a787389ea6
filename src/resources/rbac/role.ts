// Role: what may be done in one namespace. It refuses to say by whom.
import { listAtomic, object, optional } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { PolicyRule } from "./policy-rule.ts";
import { roleColumns } from "./columns.ts";
import { policyFaults } from "./rules.ts";

const schema = object(
  "k8s.io.api.rbac.v1.Role",
  {
    ...typeMeta,
    metadata,
    rules: optional(2, listAtomic(PolicyRule), "What it allows.", { always: true }),
  },
  { doc: "Rights within a namespace." },
);
export interface Role extends ValueIn<typeof schema> {}

export const Role = resource<Role>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "Role",
  plural: "roles",
  scope: "Namespaced",
  schema,
  nameFormat: "pathSegmentName",
  createOnUpdate: true,
  columns: roleColumns,
  rules: [({ rules = [] }) => policyFaults(rules, true)],
});
