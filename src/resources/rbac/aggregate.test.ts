// Aggregation: admin, edit and view settle to what people know them by.
import assert from "node:assert/strict";
import { it } from "node:test";
import { aggregatedRules, isAggregated } from "./aggregate.ts";
import { clusterRoles } from "./bootstrap/cluster-roles.ts";
import type { ClusterRole } from "./cluster-role.ts";
import { allowsResource } from "./match.ts";

/** All roles once every aggregated one has collected, again and again until nothing changes. */
function settled(roles: readonly ClusterRole[]): readonly ClusterRole[] {
  const next = roles.map((role) => (isAggregated(role) ? { ...role, rules: aggregatedRules(role, roles) } : role));
  return JSON.stringify(next) === JSON.stringify(roles) ? roles : settled(next);
}

const request = (verb: string, resource: string, group = "") => ({ verb, group, resource, subresource: "", name: "x" });

it("view reads, edit writes, admin grants; secrets are not for view", () => {
  const roles = new Map(settled(clusterRoles).map((role) => [role.metadata.name, role.rules ?? []]));
  const may = (role: string, ...what: Parameters<typeof request>) =>
    roles.get(role)!.some((rule) => allowsResource(rule, request(...what)));
  assert.deepEqual(
    ["view", "edit", "admin"].map((role) => [
      may(role, "get", "pods"),
      may(role, "get", "secrets"),
      may(role, "create", "deployments", "apps"),
      may(role, "create", "rolebindings", "rbac.authorization.k8s.io"),
      may(role, "get", "nodes"),
    ]),
    [
      [true, false, false, false, false],
      [true, true, true, false, false],
      [true, true, true, true, false],
    ],
  );
});

it("equal rules come once, in the order of names; a role does not collect itself", () => {
  const labels = { take: "me" };
  const role = (name: string, resource: string): ClusterRole => ({
    metadata: { name, labels },
    rules: [{ verbs: ["get"], apiGroups: [""], resources: [resource] }],
  });
  const whole: ClusterRole = {
    ...role("whole", "all"),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
  };
  const rules = aggregatedRules(whole, [whole, role("c", "pods"), role("b", "nodes"), role("a", "pods")]);
  assert.deepEqual(
    rules.map(({ resources }) => resources),
    [["pods"], ["nodes"]],
  );
  assert.deepEqual(aggregatedRules(whole, [whole]), []);
});
