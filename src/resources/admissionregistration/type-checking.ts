// What is wrong with the types of a validating policy's expressions, for each kind that the policy is about. It refuses
// to find anything wrong with kinds that nobody can name beforehand.
import { compile } from "../../cel/program.ts";
import { CompileError } from "../../cel/source.ts";
import { DYN } from "../../cel/type.ts";
import type { Type } from "../../cel/type.ts";
import type { Resource } from "../../schema/resource.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { admissionEnvironment, compiled, Variables } from "./expression.ts";
import { celTypeOfNode } from "./schema-type.ts";
import type { ExpressionWarning, ValidatingAdmissionPolicy } from "./validating-admission-policy.ts";

/** More kinds than these are not looked at. */
const MOST_KINDS = 10;

/** Finds a kind by group, version and plural name. */
export type FindKind = (group: string, version: string, plural: string) => Resource | undefined;

export function expressionWarnings(
  { spec }: ValidatingAdmissionPolicy,
  find: FindKind,
  byKind: (apiVersion: string, kind: string) => Resource | undefined,
): readonly ExpressionWarning[] {
  const kinds = kindsOf(spec.matchConstraints?.resourceRules ?? [], find);
  const { paramKind } = spec;
  const param = paramKind && byKind(paramKind.apiVersion ?? "", paramKind.kind ?? "");
  const params = param === undefined ? DYN : celTypeOfNode(param.schema);
  const checks = kinds.map((kind) => ({ kind, check: checkFor(spec, kind, paramKind !== undefined, params) }));
  const found: ExpressionWarning[] = [];
  const look = (fieldRef: string, expression: string | undefined) => {
    if (expression === undefined || expression.trim() === "") return;
    const texts = checks.flatMap(({ kind, check }) => {
      const fault = check(expression);
      return fault === undefined ? [] : [`${apiVersionOf(kind)}, Kind=${kind.kind}: ${fault}`];
    });
    if (texts.length > 0) found.push({ fieldRef, warning: texts.join("\n") });
  };
  for (const [i, one] of (spec.validations ?? []).entries()) {
    look(`spec.validations[${i}].expression`, one.expression);
    look(`spec.validations[${i}].messageExpression`, one.messageExpression);
  }
  return found;
}

type Spec = ValidatingAdmissionPolicy["spec"];
type Rules = NonNullable<NonNullable<Spec["matchConstraints"]>["resourceRules"]>;

/** Rules that name no kind in full say nothing of types. */
function kindsOf(rules: Rules, find: FindKind): readonly Resource[] {
  const found = new Set<Resource>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    for (const group of apiGroups)
      for (const version of apiVersions)
        for (const plural of resources) {
          const kind = [group, version, plural].includes("*") ? undefined : find(group, version, plural);
          if (kind !== undefined && found.size < MOST_KINDS) found.add(kind);
        }
  }
  return [...found].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

const nameOf = (kind: Resource) => `${apiVersionOf(kind)} ${kind.kind}`;

/** The compiler's words for what is wrong with an expression about a kind. */
function checkFor(spec: Spec, kind: Resource, hasParams: boolean, params: Type): (text: string) => string | undefined {
  const variables = new Variables();
  const types = { object: celTypeOfNode(kind.schema), params };
  const env = admissionEnvironment({ params: hasParams, authorizer: true, variables, types });
  for (const { name, expression } of spec.variables ?? []) {
    const program = compiled(expression, env, "any");
    variables.add(name, typeof program === "string" ? DYN : program.type);
  }
  return (text) => {
    try {
      compile(text, env);
      return undefined;
    } catch (error) {
      if (error instanceof CompileError) return error.message;
      throw error;
    }
  };
}
