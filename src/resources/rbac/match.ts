// Whether one rule allows one request. It refuses to know who has it (grants.ts) or may give it (escalation.ts).
import type { PolicyRule } from "./policy-rule.ts";

/** A request for a resource. `subresource` is "" for none, `name` "" for collections. */
export interface ResourceRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/** A request for a path outside resources; `verb` is the HTTP method in lower case. */
export interface PathRequest {
  readonly verb: string;
  readonly path: string;
}

const NONE: readonly string[] = [];

const hasOrAll = (list: readonly string[] = NONE, wanted: string) => list.includes("*") || list.includes(wanted);

/** Whether the rule allows this request for a resource. */
export function allowsResource(rule: PolicyRule, request: ResourceRequest): boolean {
  return (
    hasOrAll(rule.verbs, request.verb) &&
    hasOrAll(rule.apiGroups, request.group) &&
    resourceMatches(rule.resources ?? NONE, request.resource, request.subresource) &&
    nameMatches(rule.resourceNames ?? NONE, request.name)
  );
}

/** Whether the rule allows this request for a path; rules for resources never do. */
export function allowsPath(rule: PolicyRule, request: PathRequest): boolean {
  return (
    hasOrAll(rule.verbs, request.verb) && (rule.nonResourceURLs ?? NONE).some((url) => pathMatches(url, request.path))
  );
}

// `*` means everything, subresources included; `*/scale` is that subresource of every resource.
function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  return resources.some((r) => r === "*" || r === combined || (subresource !== "" && r === `*/${subresource}`));
}

// Requests for collections have no name, so that a rule with names does not allow them.
const nameMatches = (names: readonly string[], name: string) => names.length === 0 || names.includes(name);

/** A rule's path may end in `*`, which stands for any rest. */
export function pathMatches(url: string, path: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")));
}
