// The values that expressions of one webhook or policy see, and how they are run within their budget. It refuses to know
// what follows from what they say.
import { AuthorizerValue } from "../../../cel/library/authorizer.ts";
import type { AccessQuestion } from "../../../cel/library/authorizer.ts";
import type { Program } from "../../../cel/program.ts";
import { CostError, EvaluationError } from "../../../cel/source.ts";
import { DYN } from "../../../cel/type.ts";
import type { ObjectType } from "../../../cel/type.ts";
import { toJson } from "../../../cel/json.ts";
import { fromJson, ObjectValue } from "../../../cel/values.ts";
import type { Value } from "../../../cel/values.ts";
import { NAMESPACE_OBJECT, OBJECT, REQUEST } from "../../../resources/admissionregistration/expression.ts";
import type { JsonObject } from "../../../schema/node.ts";
import { serviceAccountUser } from "../../authentication/service-account-token.ts";
import type { AdmissionServices } from "../plugin.ts";
import { namespaceObjectOf } from "./question.ts";
import type { Question } from "./question.ts";

/** What one evaluation may cost, what all conditions of one configuration may, and what all else of it may. */
const MOST_OF_ONE = 1_000_000;
export const CONDITIONS_BUDGET = 2_500_000;
export const POLICY_BUDGET = 10_000_000;

export const OUT_OF_BUDGET =
  "validation failed due to running out of cost budget, no further validation rules will be run";

export interface LazyVariable {
  readonly name: string;
  readonly program: Program;
}

export interface ActivationOptions {
  readonly question: Question;
  readonly services: AdmissionServices;
  readonly budget: number;
  /** The parameter object as its kind shows it; null where the policy has none. */
  readonly params?: JsonObject | null;
  readonly variables?: { readonly type: ObjectType; readonly list: readonly LazyVariable[] };
}

export class Activation {
  readonly #options: ActivationOptions;
  #left: number;
  #seen = new Map<string, Value>();

  constructor(options: ActivationOptions) {
    this.#options = options;
    this.#left = options.budget;
  }

  /** Throws EvaluationError. */
  run(program: Program): Value {
    if (this.#left <= 0) throw new CostError(OUT_OF_BUDGET);
    const { value, cost } = program.run({
      variables: (name) => this.#variable(name),
      limit: Math.min(MOST_OF_ONE, this.#left),
      message: made,
    });
    this.#left -= cost;
    return value;
  }

  #variable(name: string): Value | undefined {
    let value = this.#seen.get(name);
    if (value === undefined) {
      value = this.#read(name);
      if (value !== undefined) this.#seen.set(name, value);
    }
    return value;
  }

  #read(name: string): Value | undefined {
    const { question, services, params, variables } = this.#options;
    switch (name) {
      case "object":
        return fromJson(question.object, DYN);
      case "oldObject":
        return fromJson(question.oldObject, DYN);
      case "request":
        return fromJson(requestValue(question.request), REQUEST);
      case "namespaceObject":
        return fromJson(namespaceObjectOf(question.admission, services) ?? null, NAMESPACE_OBJECT);
      case "params":
        return fromJson(params ?? null, DYN);
      case "authorizer":
        return authorizerOf(question, services);
      case "variables":
        return variables && new LazyVariables(variables.type, variables.list, (program) => this.run(program));
      default:
        return undefined;
    }
  }
}

/** Texts that the request does not have are empty, not absent. */
function requestValue(request: JsonObject): JsonObject {
  return { name: "", namespace: "", subResource: "", requestSubResource: "", ...request };
}

/** Each variable is run when it is first asked for. */
class LazyVariables extends ObjectValue {
  readonly #list: readonly LazyVariable[];
  readonly #run: (program: Program) => Value;
  readonly #known = new Map<string, Value | EvaluationError>();

  constructor(type: ObjectType, list: readonly LazyVariable[], run: (program: Program) => Value) {
    super(type, {});
    this.#list = list;
    this.#run = run;
  }

  override select(name: string): Value | undefined {
    let found = this.#known.get(name);
    if (found === undefined) {
      const variable = this.#list.find((one) => one.name === name);
      if (variable === undefined) return undefined;
      this.#known.set(name, (found = this.#made(variable)));
    }
    if (found instanceof EvaluationError) throw found;
    return found;
  }

  #made({ name, program }: LazyVariable): Value | EvaluationError {
    try {
      return this.#run(program);
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof CostError) throw error;
      return new EvaluationError(`composited variable "${name}" fails to evaluate: ${error.message}`, { cause: error });
    }
  }
}

function authorizerOf({ admission }: Question, { authorizer }: AdmissionServices): AuthorizerValue {
  const { resource, subresource, namespace, name, context } = admission;
  const own: AccessQuestion = {
    group: resource.group,
    resource: resource.plural,
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
    ...(name && { name }),
  };
  const judge = ({ serviceAccount: account, ...question }: AccessQuestion, verb: string) => {
    const user = account === undefined ? context.user : { ...serviceAccountUser(account.namespace, account.name) };
    const groups = user.groups.includes("system:authenticated")
      ? user.groups
      : [...user.groups, "system:authenticated"];
    const { outcome, reason = "" } = authorizer.authorize({ ...user, groups }, infoOf(question, verb));
    return { allowed: outcome === "allow", reason };
  };
  return new AuthorizerValue(judge, own);
}

const infoOf = (question: AccessQuestion, verb: string) => ({
  isResource: question.path === undefined,
  verb: question.path === undefined ? verb : verb.toLowerCase(),
  path: question.path ?? "",
  group: question.group ?? "",
  version: "*",
  namespace: question.namespace ?? "",
  resource: question.resource ?? "",
  subresource: question.subresource ?? "",
  name: question.name ?? "",
  labelSelector: question.labelSelector,
  fieldSelector: question.fieldSelector,
});

/** A part that stands where its name does not belong. */
export class PlaceError extends EvaluationError {}

/** `Object{…}` and `JSONPatch{…}` as values. A part must stand where its name says. */
function made(name: string, fields: ReadonlyMap<string, Value>): Value {
  const json: Record<string, unknown> = {};
  for (const [field, value] of fields) {
    if (name !== "JSONPatch") checkPlace(`${name}.${field}`, value);
    json[field] = toJson(value);
  }
  return new ObjectValue({ ...OBJECT, name }, json);
}

function checkPlace(place: string, value: Value): void {
  for (const one of Array.isArray(value) ? (value as readonly Value[]) : [value]) {
    if (!(one instanceof ObjectValue) || !one.type.name.startsWith("Object") || one.type.name === place) continue;
    throw new PlaceError(
      `type mismatch: unexpected type name "${one.type.name}", expected "${place}", which matches field name path from root Object type`,
    );
  }
}
