// Which requests a webhook or a policy is about: rules, versions that mean the same, selectors. It refuses to evaluate
// expressions.
import { Namespace } from "../../../resources/core/namespace.ts";
import type { RuleWithOperations } from "../../../resources/admissionregistration/match-resources.ts";
import { labelQueryOf } from "../../../schema/label-selector.ts";
import type { LabelQuery } from "../../../schema/label-selector.ts";
import type { LabelSelector } from "../../../schema/meta/label-selector-type.ts";
import type { KubeObject } from "../../../schema/resource.ts";
import type { ServedKind } from "../../kinds.ts";
import type { AdmissionRequest, AdmissionServices } from "../plugin.ts";
import { formsOf } from "./converted.ts";
import { isNamespace, OPERATIONS } from "./question.ts";

interface NamedRule extends RuleWithOperations {
  readonly resourceNames?: readonly string[] | undefined;
}

/** What both webhooks and policies say of the requests that they are about. */
export interface Match {
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly rules?: readonly NamedRule[] | undefined;
  readonly exclude?: readonly NamedRule[] | undefined;
  readonly matchPolicy?: string | undefined;
}

const CONFIGURATION = new Set([
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
]);

/** What configures admission is never asked about: nobody could undo a mistake. */
export const isExempt = ({ resource }: AdmissionRequest): boolean =>
  resource.group === "admissionregistration.k8s.io" && CONFIGURATION.has(resource.plural);

/** The version of the request's kind that the rules mean; undefined when they mean none. */
export function matched(match: Match, request: AdmissionRequest, services: AdmissionServices): ServedKind | undefined {
  if (match.rules !== undefined && match.rules.length === 0) return undefined;
  if (!namespaceMatches(match.namespaceSelector, request, services)) return undefined;
  const forms = candidates(request, services);
  if (inRules(match.exclude ?? [], forms, match.matchPolicy, request) !== undefined) return undefined;
  // A binding without rules means whatever its policy means.
  const found = match.rules === undefined ? forms[0] : inRules(match.rules, forms, match.matchPolicy, request);
  return found !== undefined && objectMatches(match.objectSelector, request) ? found : undefined;
}

/** The version that was asked for first. */
function candidates(request: AdmissionRequest, { kinds }: AdmissionServices): readonly ServedKind[] {
  const { group, version, resource: plural } = request.context.info;
  const { resource } = request;
  const asked = group === resource.group && plural === resource.plural ? kinds.find(group, version, plural) : undefined;
  const all = formsOf(kinds, resource);
  return asked === undefined ? all : [asked, ...all.filter((one) => one !== asked)];
}

function inRules(
  rules: readonly NamedRule[],
  forms: readonly ServedKind[],
  policy: string | undefined,
  request: AdmissionRequest,
): ServedKind | undefined {
  const [first, ...others] = forms;
  if (first === undefined) return undefined;
  const means = (kind: ServedKind) => rules.some((rule) => ruleMatches(rule, kind, request));
  if (means(first)) return first;
  return policy === "Exact" ? undefined : others.find(means);
}

const has = (list: readonly string[] | undefined, word: string) =>
  list !== undefined && (list.includes("*") || list.includes(word));

function ruleMatches(rule: NamedRule, { resource, version }: ServedKind, request: AdmissionRequest): boolean {
  const { resourceNames = [], scope = "*" } = rule;
  return (
    has(rule.operations, OPERATIONS[request.operation]) &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, version) &&
    (scope === "*" || scope === resource.scope) &&
    (resourceNames.length === 0 || resourceNames.includes(request.name)) &&
    (rule.resources ?? []).some((text) => resourceMatches(text, resource.plural, request.subresource))
  );
}

function resourceMatches(text: string, plural: string, subresource: string): boolean {
  const slash = text.indexOf("/");
  const whole = slash < 0 ? text : text.slice(0, slash);
  const part = slash < 0 ? "" : text.slice(slash + 1);
  return (whole === "*" || whole === plural) && (part === subresource || (slash >= 0 && part === "*"));
}

// Selectors

const queries = new WeakMap<LabelSelector, LabelQuery>();

function queryOf(selector: LabelSelector): LabelQuery {
  let query = queries.get(selector);
  if (query === undefined) queries.set(selector, (query = labelQueryOf(selector)));
  return query;
}

function namespaceMatches(
  selector: LabelSelector | undefined,
  { resource, operation, object, namespace, name, subresource }: AdmissionRequest,
  { lookup }: AdmissionServices,
): boolean {
  if (selector === undefined) return true;
  const query = queryOf(selector);
  if (query.isEmpty) return true;
  if (isNamespace(resource)) {
    const written = subresource === "" && (operation === "create" || operation === "update") ? object : undefined;
    return query.matches((written ?? lookup.get(Namespace, "", name))?.metadata.labels);
  }
  return resource.scope === "Cluster" || query.matches(lookup.get(Namespace, "", namespace)?.metadata.labels);
}

/** Either side of a change is enough. */
function objectMatches(selector: LabelSelector | undefined, { operation, object, old }: AdmissionRequest): boolean {
  if (selector === undefined) return true;
  const query = queryOf(selector);
  if (query.isEmpty) return true;
  const holds = (one: KubeObject | undefined) => one?.metadata !== undefined && query.matches(one.metadata.labels);
  return (operation !== "connect" && holds(object)) || holds(old);
}
