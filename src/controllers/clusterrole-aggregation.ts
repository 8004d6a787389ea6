// clusterrole-aggregation: fills the roles that are sums of others (admin, edit, view). It refuses to grant anything that
// no selected role grants.
import { aggregatedRules, isAggregated } from "../resources/rbac/aggregate.ts";
import { ClusterRole } from "../resources/rbac/cluster-role.ts";
import { equalJson } from "../schema/equality.ts";
import { controller, mapping } from "../reconcile/controller.ts";

export const clusterRoleAggregation = controller<ClusterRole>({
  name: "clusterrole-aggregation",
  identity: "clusterrole-aggregation-controller",
  of: ClusterRole,
  maps: [
    mapping(ClusterRole, (_, { cache }) =>
      cache(ClusterRole)
        .list()
        .filter(isAggregated)
        .map((role) => role.metadata.name ?? ""),
    ),
  ],
  writes: [{ resource: ClusterRole, verbs: ["patch", "escalate"] }],
  async reconcile(role, { client, cache }) {
    if (!isAggregated(role)) return;
    const rules = aggregatedRules(role, cache(ClusterRole).list());
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
