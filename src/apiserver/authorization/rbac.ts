// Role-based access control over the roles and bindings in the server's own cache. It never denies: it allows or is silent.
import { ClusterRoleBinding } from "../../resources/rbac/cluster-role-binding.ts";
import { ClusterRole } from "../../resources/rbac/cluster-role.ts";
import type { Grant, RbacSource, RbacUser } from "../../resources/rbac/grants.ts";
import { grantsOf } from "../../resources/rbac/grants.ts";
import { allowsPath, allowsResource } from "../../resources/rbac/match.ts";
import { RoleBinding } from "../../resources/rbac/role-binding.ts";
import { Role } from "../../resources/rbac/role.ts";
import type { Lookup } from "../admission/plugin.ts";
import type { RequestInfo, User } from "../request.ts";
import type { Authorizer } from "./authorizer.ts";

const KINDS = [ClusterRole, ClusterRoleBinding, Role, RoleBinding];

/** How many pairs of user and namespace have their rules remembered. */
const REMEMBERED = 2000;

/** The rules that users hold, remembered until a role or binding changes. */
export interface Rules {
  /** All grants of `user` in `namespace` ("" for cluster-wide ones alone). */
  of(user: RbacUser, namespace: string): readonly Grant[];
}

export function heldRules(lookup: Lookup): Rules {
  const source: RbacSource = {
    clusterRoleBindings: () => lookup.list(ClusterRoleBinding),
    roleBindings: (namespace) => lookup.list(RoleBinding, namespace),
    clusterRole: (name) => lookup.get(ClusterRole, "", name),
    role: (namespace, name) => lookup.get(Role, namespace, name),
  };
  const remembered = new Map<string, readonly Grant[]>();
  let at = "";
  return {
    of(user, namespace) {
      const now = KINDS.map((kind) => lookup.revision(kind)).join();
      if (now !== at || remembered.size > REMEMBERED) {
        remembered.clear();
        at = now;
      }
      const key = `${namespace}\0${user.name}\0${user.groups.join("\0")}`;
      let grants = remembered.get(key);
      if (!grants) remembered.set(key, (grants = [...grantsOf(source, user, namespace)]));
      return grants;
    },
  };
}

export function rbac(rules: Rules): Authorizer {
  return {
    name: "RBAC",
    authorize(user: User, info: RequestInfo) {
      const grants = rules.of(user, info.isResource ? info.namespace : "");
      const found = grants.find(({ rule }) => (info.isResource ? allowsResource(rule, info) : allowsPath(rule, info)));
      return found ? { outcome: "allow", reason: `RBAC: allowed by ${found.reason()}` } : { outcome: "no opinion" };
    },
  };
}
