// clusterrole-aggregation: fills the roles that are sums of others (admin, edit, view). It refuses to grant anything that
// no selected role grants.
import { ClusterRole } from "../resources/rbac/cluster-role.ts";
import type { PolicyRule } from "../resources/rbac/policy-rule.ts";
import { equalJson } from "../schema/equality.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { controller, mapping } from "../reconcile/controller.ts";

export const clusterRoleAggregation = controller<ClusterRole>({
  name: "clusterrole-aggregation",
  identity: "clusterrole-aggregation-controller",
  of: ClusterRole,
  maps: [
    mapping(ClusterRole, (_, { cache }) =>
      cache(ClusterRole)
        .list()
        .filter((role) => role.aggregationRule)
        .map((role) => role.metadata.name ?? ""),
    ),
  ],
  writes: [{ resource: ClusterRole, verbs: ["patch", "escalate"] }],
  async reconcile(role, { client, cache }) {
    if (!role.aggregationRule) return;
    const rules = sumOf(role, cache(ClusterRole).list());
    if (equalJson(rules, role.rules ?? [])) return;
    const { name = "" } = role.metadata;
    // Without a source nothing is claimed: rules that the role was made with stay.
    const body = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name },
      ...(rules.length > 0 && { rules }),
    };
    await client.patch(
      ClusterRole,
      { name },
      { type: "apply", body, force: true },
      { fieldManager: "clusterrole-aggregation-controller" },
    );
  },
});

/** The rules of all roles that one of the selectors matches: selectors in order, roles by name, equal rules once. */
function sumOf(role: ClusterRole, roles: readonly ClusterRole[]): readonly PolicyRule[] {
  const sorted = roles.toSorted((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const query = labelQueryOf(selector);
    for (const one of sorted) {
      if (one.metadata.name === role.metadata.name || !query.matches(one.metadata.labels ?? {})) continue;
      for (const rule of one.rules ?? []) if (!rules.some((known) => equalJson(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
