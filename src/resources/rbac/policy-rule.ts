// One rule of a role: verbs on resources or on paths. Matching is match.ts.
import { listAtomic, object, optional, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const PolicyRule = object("k8s.io.api.rbac.v1.PolicyRule", {
  verbs: required(1, listAtomic(string()), "What may be done; * for everything.", { demanded: true, toldLast: true }),
  apiGroups: optional(2, listAtomic(string()), 'Groups of the resources; "" for core, * for all.'),
  resources: optional(3, listAtomic(string()), "Plural names, with /subresource where meant; * for all."),
  resourceNames: optional(4, listAtomic(string()), "Only objects of these names; empty for all."),
  nonResourceURLs: optional(5, listAtomic(string()), "Paths outside resources; * at the end for all below."),
});
export interface PolicyRule extends ValueIn<typeof PolicyRule> {}
