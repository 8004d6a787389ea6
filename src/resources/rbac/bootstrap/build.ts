// Short ways to write the roles and bindings that a server makes at start. It refuses to hold any of them.
//
// Groups, verbs, resources and names are words in one string; `core` stands for the group "". Verbs are written in
// the order stored, which is alphabetical.
import type { ClusterRoleBinding } from "../cluster-role-binding.ts";
import type { ClusterRole } from "../cluster-role.ts";
import type { PolicyRule } from "../policy-rule.ts";
import type { RoleBinding } from "../role-binding.ts";
import type { Role } from "../role.ts";
import { RBAC_GROUP } from "../subject.ts";
import type { Subject } from "../subject.ts";

// Verbs that often go together
export const READ = "get list watch";
export const WRITE = "create delete deletecollection patch update";
export const ALL = "create delete deletecollection get list patch update watch";

const words = (text: string) => (text === "" ? [] : text.split(" "));

/** Verbs on resources of the groups, perhaps only on objects of the names. */
export function on(groups: string, verbs: string, resources: string, names = ""): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: words(groups).map((group) => (group === "core" ? "" : group)),
    resources: words(resources),
    ...(names !== "" && { resourceNames: words(names) }),
  };
}

/** Verbs on paths outside resources. */
export const urls = (verbs: string, paths: string): PolicyRule => ({
  verbs: words(verbs),
  nonResourceURLs: words(paths),
});

/** What every component that records events may do. */
export const EVENTS = on("core events.k8s.io", "create patch update", "events");

/** Label that puts a role into an aggregated one, by that one's short name. */
const aggregatesTo = (short: string) => `rbac.authorization.k8s.io/aggregate-to-${short}`;

/** Metadata of all bootstrap objects: a server that starts brings them up to date unless `autoupdate` is false. */
const bootstrap = (name: string, more: { namespace?: string; into?: string } = {}) => ({
  name,
  ...(more.namespace !== undefined && { namespace: more.namespace }),
  labels: {
    "kubernetes.io/bootstrapping": "rbac-defaults",
    ...(more.into !== undefined && { [aggregatesTo(more.into)]: "true" }),
  },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
});

const API_VERSION = `${RBAC_GROUP}/v1`;

/** `into` names the aggregated role that collects these rules. */
export function clusterRole(name: string, rules: readonly PolicyRule[], into?: string): ClusterRole {
  const metadata = bootstrap(name, into === undefined ? {} : { into });
  return { apiVersion: API_VERSION, kind: "ClusterRole", metadata, rules };
}

/** A role whose rules a controller collects from the roles labelled `aggregate-to-<from>`; it starts without any. */
export function aggregate(name: string, from: string, into?: string): ClusterRole {
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRole",
    metadata: bootstrap(name, into === undefined ? {} : { into }),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregatesTo(from)]: "true" } }] },
  };
}

export const role = (namespace: string, name: string, rules: readonly PolicyRule[]): Role => ({
  apiVersion: API_VERSION,
  kind: "Role",
  metadata: bootstrap(name, { namespace }),
  rules,
});

// Subjects
export const user = (name: string): Subject => ({ kind: "User", apiGroup: RBAC_GROUP, name });
export const group = (name: string): Subject => ({ kind: "Group", apiGroup: RBAC_GROUP, name });
export const account = (namespace: string, name: string): Subject => ({ kind: "ServiceAccount", name, namespace });

/** Binds the ClusterRole of the same name. */
export const bind = (name: string, subjects: readonly Subject[]): ClusterRoleBinding => ({
  apiVersion: API_VERSION,
  kind: "ClusterRoleBinding",
  metadata: bootstrap(name),
  roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name },
  ...(subjects.length > 0 && { subjects }),
});

/** Binds a Role of the namespace. */
export const bindRole = (
  namespace: string,
  name: string,
  roleName: string,
  subjects: readonly Subject[],
): RoleBinding => ({
  apiVersion: API_VERSION,
  kind: "RoleBinding",
  metadata: bootstrap(name, { namespace }),
  roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: roleName },
  subjects,
});
