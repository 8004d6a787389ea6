// Whether rules hold all that other rules would give, and what is missing. It refuses to decide who may escalate anyway.
//
// Nobody may grant what he does not hold (unless he has the verb `escalate` or `bind`). Rules are broken down into one
// verb on one resource of one group each; each of these must be covered by one rule that the user holds.
import type { PolicyRule } from "./policy-rule.ts";

const NONE: readonly string[] = [];

/** Single permissions of a rule: one group, resource, verb and (if any) name each, or one path and verb. */
export function breakDown(rule: PolicyRule): PolicyRule[] {
  const single: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? NONE) {
    for (const resource of rule.resources ?? NONE) {
      for (const verb of rule.verbs ?? NONE) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        const names = rule.resourceNames ?? NONE;
        if (names.length === 0) single.push(part);
        for (const name of names) single.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? NONE) {
    for (const verb of rule.verbs ?? NONE) single.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return single;
}

/** The single permissions of `wanted` that no rule of `held` covers. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** Whether one rule that is held allows all that a single permission allows. */
function covers(held: PolicyRule, part: PolicyRule): boolean {
  return (
    hasAll(held.verbs, part.verbs) &&
    hasAll(held.apiGroups, part.apiGroups) &&
    (part.resources ?? NONE).every((resource) => coversResource(held.resources ?? NONE, resource)) &&
    (part.nonResourceURLs ?? NONE).every((url) => coversPath(held.nonResourceURLs ?? NONE, url)) &&
    coversNames(held.resourceNames ?? NONE, part.resourceNames ?? NONE)
  );
}

// `*` stands for every verb or group.
const hasAll = (held: readonly string[] = NONE, wanted: readonly string[] = NONE) =>
  held.includes("*") || wanted.every((one) => held.includes(one));

// `*/scale` covers that subresource of any resource, `*` everything.
function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes("*") || held.includes(resource)) return true;
  const slash = resource.indexOf("/");
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`);
}

/** A path covers itself, and with `*` at its end all that begins like it, patterns included. */
const coversPath = (held: readonly string[], url: string) =>
  held.some((h) => h === "*" || h === url || (h.endsWith("*") && url.startsWith(h.replace(/\*+$/, ""))));

/** A rule without names covers any names; one with names never covers all objects. */
const coversNames = (held: readonly string[], wanted: readonly string[]) =>
  held.length === 0 || (wanted.length > 0 && wanted.every((name) => held.includes(name)));

/** Joins single permissions that differ in the verb only. */
export function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const others: PolicyRule[] = [];
  const simple = new Map<string, { rule: PolicyRule; verbs: string[] }>();
  for (const rule of rules) {
    const { apiGroups = NONE, resources = NONE, resourceNames = NONE, nonResourceURLs = NONE } = rule;
    if (apiGroups.length !== 1 || resources.length !== 1 || resourceNames.length > 1 || nonResourceURLs.length > 0) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([apiGroups, resources, resourceNames]);
    const known = simple.get(key);
    if (known) known.verbs.push(...rule.verbs.filter((verb) => !known.verbs.includes(verb)));
    else simple.set(key, { rule, verbs: [...rule.verbs] });
  }
  return [...others, ...[...simple.values()].map(({ rule, verbs }) => ({ ...rule, verbs }))];
}

/** `["get" "list"]`, as upstream prints lists. */
const quoted = (list: readonly string[]) => `[${list.map((text) => JSON.stringify(text)).join(" ")}]`;

/** A rule as messages show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function ruleText(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ];
  return `{${parts.flatMap(([name, list]) => (list?.length ? [`${name}:${quoted(list)}`] : [])).join(", ")}}`;
}

/** Why `user` may not grant `wanted`, or undefined when all of it is held. */
export function escalationError(
  user: { readonly name: string; readonly groups: readonly string[] },
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): string | undefined {
  const missing = uncovered(held, wanted);
  if (missing.length === 0) return undefined;
  const texts = [...new Set(compact(missing).map(ruleText))].sort();
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${texts.join("\n")}`;
}
