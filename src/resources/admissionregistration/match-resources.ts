// Which requests admission is asked about: rules, selectors and conditions, as webhooks and policies hold them. It
// refuses to match.
import { expressionFaults } from "./expression.ts";
import type { Environment } from "../../cel/environment.ts";
import { formatFaults } from "../faults.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import { fieldDuplicate, fieldInvalid, fieldRequired, fieldTooMany } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { listAtomic, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"] as const;

export const RuleWithOperations = object(
  "k8s.io.api.admissionregistration.v1.RuleWithOperations",
  {
    operations: optional(1, listAtomic(string({ enum: OPERATIONS })), "CREATE, UPDATE, DELETE, CONNECT, or * for all."),
    apiGroups: optional([2, 1], listAtomic(string()), "The groups, or * for all."),
    apiVersions: optional([2, 2], listAtomic(string()), "The versions, or * for all."),
    resources: optional([2, 3], listAtomic(string()), "The resources, with subresources behind a slash, or * for all."),
    scope: pointer([2, 4], string({ enum: ["*", "Cluster", "Namespaced"] }), "Cluster, Namespaced, or * for both.", {
      default: "*",
    }),
  },
  { inline: { 2: "k8s.io.api.admissionregistration.v1.Rule" } },
);
export interface RuleWithOperations extends ValueIn<typeof RuleWithOperations> {}

export const NamedRuleWithOperations = object(
  "k8s.io.api.admissionregistration.v1.NamedRuleWithOperations",
  {
    resourceNames: optional(1, listAtomic(string()), "The objects; all if empty."),
    operations: optional(
      [2, 1],
      listAtomic(string({ enum: OPERATIONS })),
      "CREATE, UPDATE, DELETE, CONNECT, or * for all.",
    ),
    apiGroups: optional([2, 2, 1], listAtomic(string()), "The groups, or * for all."),
    apiVersions: optional([2, 2, 2], listAtomic(string()), "The versions, or * for all."),
    resources: optional(
      [2, 2, 3],
      listAtomic(string()),
      "The resources, with subresources behind a slash, or * for all.",
    ),
    scope: pointer([2, 2, 4], string({ enum: ["*", "Cluster", "Namespaced"] }), "Cluster, Namespaced, or * for both.", {
      default: "*",
    }),
  },
  { atomic: true, inline: { 2: "k8s.io.api.admissionregistration.v1.RuleWithOperations" } },
);
export interface NamedRuleWithOperations extends ValueIn<typeof NamedRuleWithOperations> {}

export const MatchCondition = object("k8s.io.api.admissionregistration.v1.MatchCondition", {
  name: required(1, string(), "Names the condition."),
  expression: required(2, string(), "A CEL expression that must be true.", { demanded: false }),
});
export interface MatchCondition extends ValueIn<typeof MatchCondition> {}

export const MatchResources = object(
  "k8s.io.api.admissionregistration.v1.MatchResources",
  {
    namespaceSelector: pointer(1, LabelSelector, "The namespaces; all for an empty one.", { default: {} }),
    objectSelector: pointer(2, LabelSelector, "The objects; all for an empty one.", { default: {} }),
    resourceRules: optional(3, listAtomic(NamedRuleWithOperations), "The requests."),
    excludeResourceRules: optional(4, listAtomic(NamedRuleWithOperations), "Requests among them that are not meant."),
    matchPolicy: pointer(
      7,
      string({ enum: ["Equivalent", "Exact"] }),
      "Whether requests for another version of a resource are meant too.",
      { default: "Equivalent" },
    ),
  },
  { atomic: true },
);
export interface MatchResources extends ValueIn<typeof MatchResources> {}

const EVERY = "*";
const MOST_CONDITIONS = 64;

/** `*` stands alone. */
function* listFaults(list: readonly string[], path: FieldPath, what: string): Generator<FieldError> {
  if (list.length === 0) yield fieldRequired(path);
  if (list.length > 1 && list.includes(EVERY))
    yield fieldInvalid(path, list, `if '*' is present, must not specify other ${what}`);
}

function* resourcesFaults(resources: readonly string[], path: FieldPath): Generator<FieldError> {
  if (resources.length === 0) yield fieldRequired(path);
  const allParts = new Set<string>();
  const allWholes = new Set<string>();
  for (const [i, text] of resources.entries()) {
    if (text === "") yield fieldRequired(path.index(i));
    const slash = text.indexOf("/");
    if (slash < 0) continue;
    const [whole, part] = [text.slice(0, slash), text.slice(slash + 1)];
    if (allParts.has(whole))
      yield fieldInvalid(path.index(i), text, `if '${whole}/*' is present, must not specify ${text}`);
    if (allWholes.has(part))
      yield fieldInvalid(path.index(i), text, `if '*/${part}' is present, must not specify ${text}`);
    if (part === EVERY) allParts.add(whole);
    if (whole === EVERY) allWholes.add(part);
  }
  if (resources.length > 1 && resources.includes("*/*")) {
    yield fieldInvalid(path, resources, "if '*/*' is present, must not specify other resources");
  }
  if (resources.includes(EVERY) && resources.some((text) => text !== EVERY && text !== "" && !text.includes("/"))) {
    yield fieldInvalid(path, resources, "if '*' is present, must not specify other resources without subresources");
  }
}

/** Which words there are is a fact of the fields. */
export function* requestRuleFaults(rule: RuleWithOperations, path: FieldPath): Generator<FieldError> {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [] } = rule;
  yield* listFaults(operations, path.child("operations"), "operations");
  yield* listFaults(apiGroups, path.child("apiGroups"), "API groups");
  yield* listFaults(apiVersions, path.child("apiVersions"), "API versions");
  for (const [i, version] of apiVersions.entries()) {
    if (version === "") yield fieldRequired(path.child("apiVersions").index(i));
  }
  yield* resourcesFaults(resources, path.child("resources"));
}

function* namedRuleFaults(rule: NamedRuleWithOperations, path: FieldPath): Generator<FieldError> {
  const { resourceNames = [] } = rule;
  for (const [i, name] of resourceNames.entries()) {
    const at = path.child("resourceNames").index(i);
    yield* formatFaults(at, name, "pathSegmentName");
    if (resourceNames.indexOf(name) !== i) yield fieldDuplicate(at, name);
  }
  yield* requestRuleFaults(rule, path);
}

export function* matchResourcesFaults(match: MatchResources, path: FieldPath): Generator<FieldError> {
  yield* labelSelectorFaults(match.namespaceSelector, path.child("namespaceSelector"));
  yield* labelSelectorFaults(match.objectSelector, path.child("objectSelector"));
  for (const name of ["resourceRules", "excludeResourceRules"] as const) {
    for (const [i, rule] of (match[name] ?? []).entries()) yield* namedRuleFaults(rule, path.child(name).index(i));
  }
}

/** That names are there, and each once, is a fact of the fields. They are true or false. */
export function* matchConditionsFaults(
  conditions: readonly MatchCondition[],
  path: FieldPath,
  env: Environment,
): Generator<FieldError> {
  if (conditions.length > MOST_CONDITIONS) yield fieldTooMany(path, conditions.length, MOST_CONDITIONS);
  for (const [i, { name, expression }] of conditions.entries()) {
    if (name !== "") yield* formatFaults(path.index(i).child("name"), name, "qualifiedName");
    const at = path.index(i).child("expression");
    if (expression.trim() === "") yield fieldRequired(at);
    yield* expressionFaults(expression, at, env, "bool");
  }
}
