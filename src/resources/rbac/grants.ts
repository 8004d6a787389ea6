// Which rules a user holds, and by which binding. It refuses to find bindings: a source gives them.
import type { ClusterRoleBinding } from "./cluster-role-binding.ts";
import type { ClusterRole } from "./cluster-role.ts";
import type { PolicyRule } from "./policy-rule.ts";
import type { RoleBinding } from "./role-binding.ts";
import type { Role } from "./role.ts";
import type { Subject } from "./subject.ts";

/** Where roles and bindings are looked up: a cache, or lists. */
export interface RbacSource {
  clusterRoleBindings(): Iterable<ClusterRoleBinding>;
  roleBindings(namespace: string): Iterable<RoleBinding>;
  clusterRole(name: string): ClusterRole | undefined;
  role(namespace: string, name: string): Role | undefined;
}

export interface RbacUser {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface Grant {
  readonly rule: PolicyRule;
  /** Why the user has it: `RoleBinding "r/ns" of Role "r" to User "alice"`. */
  readonly reason: () => string;
}

const ACCOUNT_PREFIX = "system:serviceaccount:";

/** The user name of a ServiceAccount. */
export const accountUser = (namespace: string, name: string) => `${ACCOUNT_PREFIX}${namespace}:${name}`;

/** Whether a subject means this user. Accounts without a namespace are those of the binding's. */
export function subjectMatches(subject: Subject, user: RbacUser, bindingNamespace = ""): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === user.name;
    case "Group":
      return user.groups.includes(subject.name);
    case "ServiceAccount": {
      const namespace = subject.namespace || bindingNamespace;
      return namespace !== "" && user.name === accountUser(namespace, subject.name);
    }
    default:
      return false;
  }
}

// Accounts are shown with the name first.
const subjectText = (s: Subject) =>
  s.kind === "ServiceAccount" ? `ServiceAccount "${s.name}/${s.namespace ?? ""}"` : `${s.kind} "${s.name}"`;

/** All rules that the user holds in a namespace (also by ClusterRoleBindings); "" for cluster-wide ones alone. */
export function* grantsOf(source: RbacSource, user: RbacUser, namespace: string): Generator<Grant> {
  for (const binding of source.clusterRoleBindings()) {
    const subject = binding.subjects?.find((s) => subjectMatches(s, user));
    if (!subject) continue;
    const { name } = binding.roleRef;
    const reason = () =>
      `ClusterRoleBinding "${binding.metadata.name}" of ClusterRole "${name}" to ${subjectText(subject)}`;
    for (const rule of source.clusterRole(name)?.rules ?? []) yield { rule, reason };
  }
  if (namespace === "") return;
  for (const binding of source.roleBindings(namespace)) {
    const subject = binding.subjects?.find((s) => subjectMatches(s, user, namespace));
    if (!subject) continue;
    const { kind, name } = binding.roleRef;
    const held = kind === "ClusterRole" ? source.clusterRole(name) : source.role(namespace, name);
    const reason = () =>
      `RoleBinding "${binding.metadata.name}/${namespace}" of ${kind} "${name}" to ${subjectText(subject)}`;
    for (const rule of held?.rules ?? []) yield { rule, reason };
  }
}
