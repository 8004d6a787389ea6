// ClusterRole: what may be done everywhere, or in a namespace when bound there. It refuses to collect others' rules.
import { listAtomic, object, optional, pointer } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { PolicyRule } from "./policy-rule.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";

export const AggregationRule = object("k8s.io.api.rbac.v1.AggregationRule", {
  clusterRoleSelectors: optional(1, listAtomic(LabelSelector), "ClusterRoles that match any of these."),
});
export interface AggregationRule extends ValueIn<typeof AggregationRule> {}

const schema = object("k8s.io.api.rbac.v1.ClusterRole", {
  ...typeMeta,
  metadata,
  rules: optional(2, listAtomic(PolicyRule), "What it allows.", { always: true }),
  aggregationRule: pointer(3, AggregationRule, "Whose rules the role collects; its own are then overwritten."),
});
export interface ClusterRole extends ValueIn<typeof schema> {}

export const ClusterRole = resource<ClusterRole>({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  scope: "Cluster",
  schema,
});
