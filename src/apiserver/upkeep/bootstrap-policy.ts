// The namespaces, priority classes, roles and bindings that every cluster begins with; made when absent, and bootstrap roles get
// back the rules they lost. It refuses to touch a role annotated `autoupdate: "false"`, and to take anything away.
import type { Log } from "../../base/log.ts";
import type { Client } from "../../client/client.ts";
import { bootstrapObjects } from "../../resources/bootstrap.ts";
import { ClusterRoleBinding } from "../../resources/rbac/cluster-role-binding.ts";
import { ClusterRole } from "../../resources/rbac/cluster-role.ts";
import { clusterRoleBindings } from "../../resources/rbac/bootstrap/bindings.ts";
import { clusterRoles } from "../../resources/rbac/bootstrap/cluster-roles.ts";
import { roleBindings, roles } from "../../resources/rbac/bootstrap/namespaced.ts";
import { uncovered } from "../../resources/rbac/escalation.ts";
import { RoleBinding } from "../../resources/rbac/role-binding.ts";
import { Role } from "../../resources/rbac/role.ts";
import type { Resource } from "../../schema/resource.ts";
import { ensure } from "./ensure.ts";

const AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate";

interface Options {
  /** Speaks as the API server itself. */
  readonly client: Client;
  readonly log: Log;
}

/** Runs once at start; several API servers may do it at a time. */
export async function ensureBootstrapPolicy({ client, log }: Options): Promise<void> {
  for (const { resource, object } of bootstrapObjects) await ensure(client, resource, object);
  await Promise.all(clusterRoles.map((role) => ensureRole(client, ClusterRole, role)));
  await Promise.all(roles.map((role) => ensureRole(client, Role, role)));
  await Promise.all(clusterRoleBindings.map((b) => ensureBinding(client, ClusterRoleBinding, b)));
  await Promise.all(roleBindings.map((b) => ensureBinding(client, RoleBinding, b)));
  log.debug("bootstrap policy is in place");
}

async function ensureRole<T extends Role | ClusterRole>(
  client: Client,
  resource: Resource<T>,
  wanted: T,
): Promise<void> {
  const found = await ensure(client, resource, wanted);
  if (found.metadata.annotations?.[AUTO_UPDATE] === "false" || (wanted as ClusterRole).aggregationRule) return;
  const missing = uncovered(found.rules ?? [], wanted.rules ?? []);
  if (missing.length === 0) return;
  await client.update(resource, { ...found, rules: [...(found.rules ?? []), ...missing] });
}

async function ensureBinding<T extends RoleBinding | ClusterRoleBinding>(
  client: Client,
  resource: Resource<T>,
  wanted: T,
): Promise<void> {
  const found = await ensure(client, resource, wanted);
  if (found.metadata.annotations?.[AUTO_UPDATE] === "false") return;
  const has = new Set((found.subjects ?? []).map(subjectKey));
  const missing = (wanted.subjects ?? []).filter((s) => !has.has(subjectKey(s)));
  if (missing.length > 0)
    await client.update(resource, { ...found, subjects: [...(found.subjects ?? []), ...missing] });
}

const subjectKey = (s: { kind: string; namespace?: string | undefined; name: string }) =>
  `${s.kind}/${s.namespace ?? ""}/${s.name}`;
