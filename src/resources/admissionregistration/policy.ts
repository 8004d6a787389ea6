// What both kinds of admission policies and their bindings are made of. It refuses to evaluate expressions.
import { formats } from "../../base/formats.ts";
import { DYN } from "../../cel/type.ts";
import { admissionEnvironment, compiled, Variables } from "./expression.ts";
import { matchConditionsFaults, matchResourcesFaults } from "./match-resources.ts";
import type { MatchCondition, MatchResources } from "./match-resources.ts";
import { selectorText } from "../apps/workload-columns.ts";
import { formatFaults } from "../faults.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotAmong,
  fieldRequired,
} from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import type { Column, KubeObject } from "../../schema/resource.ts";

export const ParamKind = object(
  "k8s.io.api.admissionregistration.v1.ParamKind",
  {
    apiVersion: optional(1, string(), "Its API version.", { demanded: true }),
    kind: optional(2, string(), "Its kind.", { demanded: true }),
  },
  { atomic: true },
);
export interface ParamKind extends ValueIn<typeof ParamKind> {}

export const Variable = object(
  "k8s.io.api.admissionregistration.v1.Variable",
  {
    name: required(1, string(), "Names the variable, as `variables.name`.", {
      protoName: "Name",
      demanded: "name is not specified",
    }),
    expression: required(2, string(), "A CEL expression for its value.", {
      protoName: "Expression",
      demanded: "expression is not specified",
    }),
  },
  { atomic: true },
);
export interface Variable extends ValueIn<typeof Variable> {}

export const ParamRef = object(
  "k8s.io.api.admissionregistration.v1.ParamRef",
  {
    name: optional(1, string(), "The object, by name; not together with selector."),
    namespace: optional(2, string(), "Its namespace; that of the request if left out."),
    selector: pointer(3, LabelSelector, "The objects, by labels."),
    parameterNotFoundAction: pointer(4, string(), "What happens when there is none: Allow or Deny.", {
      judgedByRule: true,
    }),
  },
  { atomic: true },
);
export interface ParamRef extends ValueIn<typeof ParamRef> {}

const ACTIONS = ["Deny", "Allow"];

/** Which of its parts must be there is a fact of the schema. */
function* paramKindFaults({ apiVersion = "", kind = "" }: ParamKind, path: FieldPath): Generator<FieldError> {
  if (apiVersion !== "") {
    const [version = "", group, ...more] = apiVersion.split("/").reverse();
    const at = path.child("apiVersion");
    if (more.length > 0) yield fieldInvalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
    else {
      if (group) yield* formatFaults(at, group, "dns1123Subdomain");
      yield* formatFaults(at, version, "dns1035Label");
    }
  }
  for (const fault of kind === "" ? [] : formats.dns1035Label(kind.toLowerCase())) {
    yield fieldInvalid(path.child("kind"), kind, `may have mixed case, but should otherwise match: ${fault}`);
  }
}

/** CEL's own words cannot name anything. */
const CEL_WORDS = new Set([
  ...["true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"],
  ...["let", "loop", "package", "namespace", "return", "var", "void", "while"],
]);

const isCelName = (name: string) => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !CEL_WORDS.has(name);

/** A message says why when the expression cannot be its own. */
export const hasLineBreak = (text: string): boolean => /[\r\n]/.test(text);

interface PolicySpec {
  readonly paramKind?: ParamKind | undefined;
  readonly matchConstraints?: MatchResources | undefined;
  readonly matchConditions?: readonly MatchCondition[] | undefined;
  readonly variables?: readonly Variable[] | undefined;
}

/** What policies of both kinds must be. Returns their variables, for the expressions that may name them. */
export function* policyFaults(spec: PolicySpec, path: FieldPath): Generator<FieldError, Variables> {
  const { paramKind, matchConstraints, matchConditions = [], variables = [] } = spec;
  if (paramKind) yield* paramKindFaults(paramKind, path.child("paramKind"));
  const match = path.child("matchConstraints");
  if (matchConstraints === undefined) yield fieldRequired(match);
  else {
    yield* matchResourcesFaults(matchConstraints, match);
    // Expressions take their types from here.
    if ((matchConstraints.resourceRules ?? []).length === 0) yield fieldRequired(match.child("resourceRules"));
  }
  const params = paramKind !== undefined;
  const conditions = admissionEnvironment({ params, authorizer: true });
  yield* matchConditionsFaults(matchConditions, path.child("matchConditions"), conditions);
  const known = new Variables();
  const env = admissionEnvironment({ params, authorizer: true, variables: known });
  for (const [i, { name, expression }] of variables.entries()) {
    const at = path.child("variables").index(i);
    if (name !== "" && !isCelName(name))
      yield fieldInvalid(at.child("name"), name, "name is not a valid CEL identifier");
    if (expression !== "" && expression.trim() === "")
      yield fieldRequired(at.child("expression"), "expression is not specified");
    // Each sees those before it.
    const program = expression.trim() === "" ? undefined : compiled(expression, env, "any");
    if (typeof program === "string") yield fieldInvalid(at.child("expression"), expression, program);
    known.add(name, typeof program === "object" ? program.type : DYN);
    if (variables.findIndex((other) => other.name === name) !== i) yield fieldDuplicate(at.child("name"), name);
  }
  return known;
}

interface BindingSpec {
  readonly policyName?: string | undefined;
  readonly paramRef?: ParamRef | undefined;
  readonly matchResources?: MatchResources | undefined;
}

function* paramRefFaults(
  { name = "", selector, parameterNotFoundAction: action }: ParamRef,
  path: FieldPath,
): Generator<FieldError> {
  if (name !== "") {
    yield* formatFaults(path.child("name"), name, "pathSegmentName");
    if (selector !== undefined) yield fieldForbidden(path.child("name"), "name and selector are mutually exclusive");
  }
  if (selector !== undefined) {
    yield* labelSelectorFaults(selector, path.child("selector"));
    if (name !== "") yield fieldForbidden(path.child("selector"), "name and selector are mutually exclusive");
  } else if (name === "") yield fieldRequired(path, "one of name or selector must be specified");
  const at = path.child("parameterNotFoundAction");
  if (!action) yield fieldRequired(at);
  else if (!ACTIONS.includes(action)) yield fieldNotAmong(at, action, ACTIONS);
}

/** What bindings of both kinds must be. */
export function* bindingFaults(
  { policyName = "", paramRef, matchResources }: BindingSpec,
  path: FieldPath,
): Generator<FieldError> {
  if (policyName !== "") yield* formatFaults(path.child("policyName"), policyName, "dns1123Subdomain");
  if (paramRef) yield* paramRefFaults(paramRef, path.child("paramRef"));
  if (matchResources) yield* matchResourcesFaults(matchResources, path.child("matchResources"));
}

interface Policy {
  readonly spec: PolicySpec;
}
interface Binding {
  readonly spec: BindingSpec;
}

export const paramKindColumn: Column<KubeObject & Policy> = {
  name: "ParamKind",
  type: "string",
  doc: "The kind of its parameters.",
  cell: ({ spec: { paramKind } }) =>
    paramKind === undefined ? "<unset>" : `${paramKind.apiVersion ?? ""}/${paramKind.kind ?? ""}`,
};

export const policyNameColumn: Column<KubeObject & Binding> = {
  name: "PolicyName",
  type: "string",
  doc: "The policy.",
  cell: ({ spec }) => spec.policyName ?? "",
};

export const paramRefColumn: Column<KubeObject & Binding> = {
  name: "ParamRef",
  type: "string",
  doc: "Its parameters.",
  cell: ({ spec: { paramRef } }) => {
    if (paramRef === undefined) return "<unset>";
    const { name = "", namespace = "", selector } = paramRef;
    if (name === "") return selector === undefined ? "<unset>" : selectorText(selector);
    return namespace === "" ? name : `${namespace}/${name}`;
  },
};
