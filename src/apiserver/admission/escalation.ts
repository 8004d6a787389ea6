// Nobody grants by RBAC what he does not hold, unless he may `escalate` the role or `bind` it.
// It refuses to know who holds what: authorization/rbac.ts does.
import { ClusterRole } from "../../resources/rbac/cluster-role.ts";
import { escalationError } from "../../resources/rbac/escalation.ts";
import type { PolicyRule } from "../../resources/rbac/policy-rule.ts";
import { Role } from "../../resources/rbac/role.ts";
import type { RoleBinding } from "../../resources/rbac/role-binding.ts";
import { forbidden, notFound } from "../../schema/meta/status.ts";
import type { Rules } from "../authorization/rbac.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

const GROUP = "rbac.authorization.k8s.io";

export function escalation(rules: Rules): AdmissionPlugin {
  function mustHold(request: AdmissionRequest, wanted: readonly PolicyRule[]): void {
    const { user } = request.context;
    const held = rules.of(user, request.namespace).map((grant) => grant.rule);
    const error = escalationError(user, held, wanted);
    if (error) throw forbidden({ group: GROUP, resource: request.resource.plural }, request.name, error);
  }

  return {
    name: "RBACEscalation",
    validate(request, services) {
      const { resource, operation } = request;
      if (resource.group !== GROUP || (operation !== "create" && operation !== "update")) return undefined;
      return request.context.user.groups.includes("system:masters") ? undefined : judge(request, services);
    },
  };

  async function judge(request: AdmissionRequest, services: AdmissionServices): Promise<void> {
    const { resource, object, old } = request;
    if (resource.kind === "Role" || resource.kind === "ClusterRole") {
      const wanted = (object as Role).rules ?? [];
      if (old && JSON.stringify((old as Role).rules ?? []) === JSON.stringify(wanted)) return;
      if (may(request, services, "escalate", resource.plural, request.name)) return;
      mustHold(request, wanted);
      return;
    }
    const binding = object as RoleBinding;
    if (
      old &&
      JSON.stringify([(old as RoleBinding).subjects, (old as RoleBinding).roleRef]) ===
        JSON.stringify([binding.subjects, binding.roleRef])
    )
      return;
    const { kind, name } = binding.roleRef;
    if (may(request, services, "bind", kind === "ClusterRole" ? "clusterroles" : "roles", name)) return;
    mustHold(request, await rulesOf(kind, name, request.namespace, services));
  }
}

function may(
  { context, namespace }: AdmissionRequest,
  { authorizer }: AdmissionServices,
  verb: string,
  resource: string,
  name: string,
): boolean {
  const info = {
    isResource: true,
    verb,
    path: "",
    group: GROUP,
    version: "v1",
    namespace,
    resource,
    subresource: "",
    name,
  };
  return authorizer.authorize(context.user, info).outcome === "allow";
}

async function rulesOf(
  kind: string,
  name: string,
  namespace: string,
  { lookup }: AdmissionServices,
): Promise<readonly PolicyRule[]> {
  const role =
    kind === "ClusterRole" ? await lookup.read(ClusterRole, "", name) : await lookup.read(Role, namespace, name);
  if (!role) throw notFound({ group: GROUP, resource: kind === "ClusterRole" ? "clusterroles" : "roles" }, name);
  return role.rules ?? [];
}
