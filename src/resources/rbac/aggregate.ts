// What an aggregated ClusterRole collects. It refuses to write it into the role: a controller does, by apply, so that
// rules which nobody collected stay and collected ones go with their last source.
import { labelQueryOf } from "../../schema/label-selector.ts";
import type { ClusterRole } from "./cluster-role.ts";
import type { PolicyRule } from "./policy-rule.ts";

/** Whether some controller fills in this role's rules. */
export const isAggregated = ({ aggregationRule }: ClusterRole): boolean => aggregationRule !== undefined;

/**
 * The rules of all roles that the selectors find, by selector and then by name, each rule once. A role never collects
 * its own; roles that are aggregated themselves give what they have collected so far, so that `admin` settles after `edit`.
 */
export function aggregatedRules(role: ClusterRole, all: Iterable<ClusterRole>): readonly PolicyRule[] {
  const others = [...all].filter(({ metadata }) => metadata.name !== role.metadata.name).sort(byName);
  const rules = new Map<string, PolicyRule>();
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const query = labelQueryOf(selector);
    for (const other of others) {
      if (!query.matches(other.metadata.labels ?? {})) continue;
      for (const rule of other.rules ?? []) {
        const key = keyOf(rule);
        if (!rules.has(key)) rules.set(key, rule);
      }
    }
  }
  return [...rules.values()];
}

const byName = (a: ClusterRole, b: ClusterRole) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);

/** A cache's rules are looked at anew with each change of any role: an object is never written to, so its key stays. */
const keys = new WeakMap<PolicyRule, string>();

/** Equal rules have equal keys; an absent list is an empty one. */
function keyOf(rule: PolicyRule): string {
  let key = keys.get(rule);
  if (key === undefined) {
    const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
    key = JSON.stringify([verbs, apiGroups ?? [], resources ?? [], resourceNames ?? [], nonResourceURLs ?? []]);
    keys.set(rule, key);
  }
  return key;
}
