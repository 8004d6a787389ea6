// SelfSubjectRulesReview: everything the asker may do in a namespace, as RBAC knows it. It refuses to be stored.
import { badRequest } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Rules } from "../authorization/rbac.ts";
import type { Review } from "../parts.ts";

interface Answered {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export function selfSubjectRulesReview(rules: Rules): Review {
  return (object, { user }) => {
    const namespace = (object as unknown as { readonly spec?: { readonly namespace?: string } }).spec?.namespace ?? "";
    if (namespace === "") throw badRequest("no namespace on request");
    const resourceRules: Answered[] = [];
    const nonResourceRules: Answered[] = [];
    if (user.groups.includes("system:masters")) {
      resourceRules.push({ verbs: ["*"], apiGroups: ["*"], resources: ["*"] });
      nonResourceRules.push({ verbs: ["*"], nonResourceURLs: ["*"] });
    }
    for (const { rule } of rules.of(user, namespace)) {
      const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
      if (resources?.length) {
        resourceRules.push({
          verbs,
          ...(apiGroups && { apiGroups }),
          resources,
          ...(resourceNames?.length ? { resourceNames } : {}),
        });
      }
      if (nonResourceURLs?.length) nonResourceRules.push({ verbs, nonResourceURLs });
    }
    return {
      ...object,
      spec: {},
      status: { resourceRules, nonResourceRules, incomplete: false },
    } as unknown as KubeObject;
  };
}
