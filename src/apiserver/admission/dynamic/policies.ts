// What both kinds of admission policies share while a request is judged: which of them are about it through which
// binding, with which parameters, and whether their conditions hold. It refuses to know what a policy does then.
import type { Program } from "../../../cel/program.ts";
import { EvaluationError } from "../../../cel/source.ts";
import { DYN } from "../../../cel/type.ts";
import { admissionEnvironment, compiled, Variables } from "../../../resources/admissionregistration/expression.ts";
import type { Beside, ResultName } from "../../../resources/admissionregistration/expression.ts";
import type { MatchCondition, MatchResources } from "../../../resources/admissionregistration/match-resources.ts";
import type { ParamKind, ParamRef, Variable } from "../../../resources/admissionregistration/policy.ts";
import { labelQueryOf } from "../../../schema/label-selector.ts";
import type { JsonObject } from "../../../schema/node.ts";
import type { KubeObject, Resource } from "../../../schema/resource.ts";
import type { AdmissionRequest, AdmissionServices } from "../plugin.ts";
import { Activation, CONDITIONS_BUDGET, POLICY_BUDGET } from "./activation.ts";
import type { LazyVariable } from "./activation.ts";
import { shownAs } from "./converted.ts";
import { matched } from "./match.ts";
import { Question } from "./question.ts";

export interface Policy extends KubeObject {
  readonly spec: {
    readonly paramKind?: ParamKind | undefined;
    readonly matchConstraints?: MatchResources | undefined;
    readonly matchConditions?: readonly MatchCondition[] | undefined;
    readonly variables?: readonly Variable[] | undefined;
    readonly failurePolicy?: string | undefined;
  };
}

export interface Binding extends KubeObject {
  readonly spec: {
    readonly policyName?: string | undefined;
    readonly paramRef?: ParamRef | undefined;
    readonly matchResources?: MatchResources | undefined;
  };
}

/** A policy that is about a request, through a binding. */
export interface Applied<P extends Policy, B extends Binding> {
  readonly policy: P;
  readonly binding: B;
  readonly question: Question;
}

/** Of policies that failed: what is said, and that nothing can be decided. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

/** By the names of policies, then of bindings. */
export function* applied<P extends Policy, B extends Binding>(
  kinds: { readonly policies: Resource<P>; readonly bindings: Resource<B> },
  request: AdmissionRequest,
  services: AdmissionServices,
): Generator<Applied<P, B>> {
  const bindings = services.lookup.list(kinds.bindings);
  if (bindings.length === 0) return;
  const own = services.kinds.of(request.resource);
  if (own === undefined) return;
  for (const binding of [...bindings].sort(byPolicy)) {
    const policy = services.lookup.get(kinds.policies, "", binding.spec.policyName ?? "");
    if (policy === undefined) continue;
    const { matchConstraints } = policy.spec;
    const asked = matchConstraints && matched(asMatch(matchConstraints, false), request, services);
    if (asked === undefined) continue;
    const { matchResources } = binding.spec;
    if (matchResources && matched(asMatch(matchResources, true), request, services) === undefined) continue;
    yield { policy, binding, question: new Question(request, own, asked) };
  }
}

const byPolicy = (a: Binding, b: Binding) => {
  const [x, y] = [a, b].map(({ spec, metadata }) => `${spec.policyName ?? ""}\n${metadata.name ?? ""}`);
  return x! < y! ? -1 : x === y ? 0 : 1;
};

const asMatch = (match: MatchResources, open: boolean) => ({
  ...match,
  rules: open && !match.resourceRules?.length ? undefined : (match.resourceRules ?? []),
  exclude: match.excludeResourceRules,
});

// Parameters

/** What a policy is evaluated with, one after the other. Throws PolicyError when the parameters cannot be found. */
export function paramsOf(
  { policy, binding, question }: Applied<Policy, Binding>,
  { lookup, kinds }: AdmissionServices,
): readonly (JsonObject | null)[] {
  const { paramKind } = policy.spec;
  const { paramRef } = binding.spec;
  if (paramKind === undefined || paramRef === undefined) return [null];
  const { apiVersion = "", kind = "" } = paramKind;
  const served = kinds.byKind(apiVersion, kind);
  if (served === undefined)
    throw new PolicyError(
      `failed to configure policy: failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`,
    );
  const { resource } = served;
  const space = namespaceFor(paramRef, resource, question.admission);
  const { name, selector } = paramRef;
  const one = name ? lookup.get(resource, space, name) : undefined;
  const query = name ? undefined : labelQueryOf(selector);
  const found = query
    ? lookup.list(resource, space).filter(({ metadata }) => query.matches(metadata.labels))
    : one === undefined
      ? []
      : [one];
  if (found.length === 0 && paramRef.parameterNotFoundAction === "Deny")
    throw unconfigured("no params found for policy binding with `Deny` parameterNotFoundAction");
  return found.map((object) => shownAs(served, served, object));
}

const unconfigured = (why: string) => new PolicyError(`failed to configure binding: ${why}`);

function namespaceFor({ namespace }: ParamRef, { scope }: Resource, request: AdmissionRequest): string {
  if (scope === "Cluster") {
    if (namespace) throw unconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
    return "";
  }
  const space = namespace || request.namespace;
  if (space) return space;
  throw unconfigured("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
}

// Expressions

/** A policy with its expressions compiled. What does not compile is refused when the policy is written. */
export class CompiledPolicy {
  readonly #beside: Beside & { readonly variables: Variables };
  readonly #conditions: readonly { readonly text: string; readonly program: Program }[];
  readonly #variables: readonly LazyVariable[];
  readonly #programs = new Map<string, Program>();

  constructor({ spec }: Policy) {
    const params = spec.paramKind !== undefined;
    const variables = new Variables();
    this.#beside = { params, authorizer: true, variables };
    this.#variables = (spec.variables ?? []).flatMap(({ name, expression }) => {
      const program = compiled(expression, admissionEnvironment(this.#beside), "any");
      variables.add(name, typeof program === "string" ? DYN : program.type);
      return typeof program === "string" ? [] : [{ name, program }];
    });
    this.#conditions = (spec.matchConditions ?? []).map(({ expression }) => ({
      text: expression,
      program: programOf(expression, { params, authorizer: true }, "bool"),
    }));
  }

  /** Compiled when it is first asked for. Throws PolicyError for what does not compile. */
  program(text: string, result: ResultName, makes = false): Program {
    let program = this.#programs.get(text);
    if (program === undefined)
      this.#programs.set(text, (program = programOf(text, { ...this.#beside, makes }, result)));
    return program;
  }

  /** Whether all conditions hold. Throws PolicyError when one fails and none says no. */
  conditionsHold(question: Question, services: AdmissionServices, params: JsonObject | null): boolean {
    if (this.#conditions.length === 0) return true;
    return conditionsHold(this.#conditions, new Activation({ question, services, params, budget: CONDITIONS_BUDGET }));
  }

  activation(question: Question, services: AdmissionServices, params: JsonObject | null): Activation {
    const variables = { type: this.#beside.variables, list: this.#variables };
    return new Activation({ question, services, params, variables, budget: POLICY_BUDGET });
  }
}

function programOf(text: string, beside: Beside, result: ResultName): Program {
  const program = compiled(text, admissionEnvironment(beside), result);
  if (typeof program === "string") throw new PolicyError(program);
  return program;
}

/** A condition that says no decides, whatever became of the others. Throws PolicyError. */
export function conditionsHold(
  conditions: readonly { readonly text: string; readonly program: Program }[],
  activation: Activation,
): boolean {
  const errors: string[] = [];
  for (const { text, program } of conditions) {
    try {
      if (activation.run(program) !== true) return false;
    } catch (error) {
      errors.push(failureText(text, error));
    }
  }
  if (errors.length === 0) return true;
  throw new PolicyError(errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]`);
}

/** What is said of an expression that came to nothing; other errors go on. */
export function failureText(expression: string, error: unknown): string {
  if (!(error instanceof EvaluationError)) throw error;
  return `expression '${expression}' resulted in error: ${error.message}`;
}

const compiledOf = new WeakMap<Policy, CompiledPolicy>();

/** Once for each stored policy. */
export function compiledPolicy(policy: Policy): CompiledPolicy {
  let found = compiledOf.get(policy);
  if (found === undefined) compiledOf.set(policy, (found = new CompiledPolicy(policy)));
  return found;
}
