// ClusterRole: what may be done everywhere, or in a namespace when bound there. It refuses to collect others' rules.
import { listAtomic, object, optional, pointer } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { PolicyRule } from "./policy-rule.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { fieldRequired } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import { roleColumns } from "./columns.ts";
import { policyFaults } from "./rules.ts";

export const AggregationRule = object("k8s.io.api.rbac.v1.AggregationRule", {
  clusterRoleSelectors: optional(1, listAtomic(LabelSelector), "ClusterRoles that match any of these."),
});
export interface AggregationRule extends ValueIn<typeof AggregationRule> {}

const schema = object(
  "k8s.io.api.rbac.v1.ClusterRole",
  {
    ...typeMeta,
    metadata,
    rules: optional(2, listAtomic(PolicyRule), "What it allows.", { always: true }),
    aggregationRule: pointer(3, AggregationRule, "Whose rules the role collects; its own are then overwritten."),
  },
  { doc: "Rights in all namespaces and over objects outside of them." },
);
export interface ClusterRole extends ValueIn<typeof schema> {}

/** An aggregated role must say whose rules it collects. */
const selectorsValid: Rule<ClusterRole> = function* ({ aggregationRule }) {
  if (!aggregationRule) return;
  const { clusterRoleSelectors = [] } = aggregationRule;
  const path = FieldPath.of("aggregationRule", "clusterRoleSelectors");
  if (clusterRoleSelectors.length === 0) {
    yield fieldRequired(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
  }
  for (const [i, selector] of clusterRoleSelectors.entries()) yield* labelSelectorFaults(selector, path.index(i));
};

export const ClusterRole = resource<ClusterRole>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  scope: "Cluster",
  schema,
  nameFormat: "pathSegmentName",
  createOnUpdate: true,
  columns: roleColumns,
  rules: [({ rules = [] }) => policyFaults(rules, false), selectorsValid],
});
