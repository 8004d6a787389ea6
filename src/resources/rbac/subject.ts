// Who a role is given to, and the pointer to that role.
import { object, optional, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";

export const Subject = object(
  "k8s.io.api.rbac.v1.Subject",
  {
    kind: required(1, string(), "User, Group or ServiceAccount.", { judgedByRule: true }),
    apiGroup: optional(2, string(), "Empty for ServiceAccount, else rbac.authorization.k8s.io.", {
      default: ({ kind }: { readonly kind?: string }) => (kind === "User" || kind === "Group" ? RBAC_GROUP : undefined),
    }),
    name: required(3, string(), "Its name.", { toldLast: true }),
    namespace: optional(4, string(), "Its namespace, for ServiceAccount."),
  },
  { atomic: true },
);
export interface Subject extends ValueIn<typeof Subject> {}

export const RoleRef = object(
  "k8s.io.api.rbac.v1.RoleRef",
  {
    apiGroup: optional(1, string(), "Always rbac.authorization.k8s.io.", { always: true, default: RBAC_GROUP }),
    kind: required(2, string(), "Role or ClusterRole.", { judgedByRule: true }),
    name: required(3, string(), "Its name.", { toldLast: true }),
  },
  { atomic: true },
);
export interface RoleRef extends ValueIn<typeof RoleRef> {}
