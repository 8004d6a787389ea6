// The rules in CEL of a custom resource's schema (x-kubernetes-validations, KEP-2876): compiled once, run over a value
// and what it was before. It refuses to check types: a value that has the wrong ones never comes here.
import { estimate } from "../../cel/estimate.ts";
import { environment } from "../../cel/environment.ts";
import { libraries } from "../../cel/library/index.ts";
import { compile } from "../../cel/program.ts";
import type { Program } from "../../cel/program.ts";
import type { Expr } from "../../cel/expr.ts";
import { CompileError, EvaluationError } from "../../cel/source.ts";
import { BOOL, fits, optionalOf, STRING } from "../../cel/type.ts";
import type { Type } from "../../cel/type.ts";
import { fromJson, Optional } from "../../cel/values.ts";
import type { Value } from "../../cel/values.ts";
import { isJsonObject } from "../../schema/freeze.ts";
import { shown } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { FieldPath } from "../../schema/meta/path.ts";
import type { JSONSchemaProps, ValidationRule } from "./definition/json-schema.ts";
import { celTypeOf, leastBytes, MOST_BYTES } from "./cel-type.ts";
import { parseJsonPath } from "./json-path.ts";

/** What all rules of one object may cost together, in CEL's units. */
const MOST_COST = 10_000_000;
const MOST_MESSAGE_COST = 1_000_000;

/** One rule, ready to run. */
interface Compiled {
  readonly rule: ValidationRule;
  readonly program: Program;
  readonly message: Program | undefined;
  readonly type: Type;
  readonly usesOld: boolean;
}

const compiledOf = new WeakMap<JSONSchemaProps, readonly Compiled[]>();

/** The rules that stand at one schema. What does not compile is left out: definitions with such rules are refused. */
function rulesAt(schema: JSONSchemaProps, isRoot: boolean): readonly Compiled[] {
  let found = compiledOf.get(schema);
  if (found === undefined) {
    found = (schema["x-kubernetes-validations"] ?? []).flatMap((rule) => {
      try {
        return [compileRule(schema, rule, isRoot)];
      } catch (error) {
        if (error instanceof CompileError) return [];
        throw error;
      }
    });
    compiledOf.set(schema, found);
  }
  return found;
}

function compileRule(schema: JSONSchemaProps, rule: ValidationRule, isRoot: boolean): Compiled {
  const type = celTypeOf(schema, isRoot);
  const old = rule.optionalOldSelf ? optionalOf(type) : type;
  const env = environment(libraries, { self: type, oldSelf: old });
  const program = compile(rule.rule, env);
  const message = rule.messageExpression ? compile(rule.messageExpression, env) : undefined;
  return { rule, program, message, type, usesOld: names(program.checked.expr, "oldSelf") };
}

/** Whether an expression names a variable. */
function names(expr: Expr, name: string): boolean {
  if (expr.kind === "name") return expr.name === name;
  return Object.values(expr).some((part) => partNames(part, name));
}

function partNames(part: unknown, name: string): boolean {
  if (Array.isArray(part)) return part.some((one) => partNames(one, name));
  if (typeof part !== "object" || part === null || part instanceof Set || part instanceof Uint8Array) return false;
  if ("kind" in part && "at" in part) return names(part as Expr, name);
  return Object.values(part).some((one) => partNames(one, name));
}

// Running

interface Walk {
  readonly spent: { cost: number };
  readonly isUpdate: boolean;
}

/** Faults of a value and of all that is in it, by their rules. */
export function* ruleFaults(
  schema: JSONSchemaProps,
  value: unknown,
  old: unknown,
  options: { readonly path: FieldPath; readonly isUpdate: boolean; readonly isRoot: boolean },
): Generator<FieldError> {
  const walk: Walk = { spent: { cost: 0 }, isUpdate: options.isUpdate };
  yield* faultsAt(schema, value, old, options.path, walk, options.isRoot);
}

function* faultsAt(
  schema: JSONSchemaProps,
  value: unknown,
  old: unknown,
  path: FieldPath,
  walk: Walk,
  isRoot: boolean,
): Generator<FieldError> {
  if (value === undefined || value === null) return;
  for (const compiled of rulesAt(schema, isRoot)) yield* run(compiled, value, old, path, walk);
  const { properties = {}, additionalProperties, items } = schema;
  if (Array.isArray(value)) {
    if (!isJsonObject(items)) return;
    const before = matching(schema, old);
    for (const [i, item] of value.entries())
      yield* faultsAt(items as JSONSchemaProps, item, before(item), path.index(i), walk, false);
  } else if (isJsonObject(value)) {
    const was = isJsonObject(old) ? old : {};
    for (const [name, inner] of Object.entries(properties))
      if (value[name] !== undefined) yield* faultsAt(inner, value[name], was[name], path.child(name), walk, false);
    if (typeof additionalProperties !== "object") return;
    for (const name of Object.keys(value))
      if (!Object.hasOwn(properties, name))
        yield* faultsAt(additionalProperties, value[name], was[name], path.key(name), walk, false);
  }
}

/** The old item that an item goes on from: only map-like lists tell. */
function matching(schema: JSONSchemaProps, old: unknown): (item: unknown) => unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(old)) return () => undefined;
  const identity = (item: unknown) => JSON.stringify(isJsonObject(item) ? keys.map((key) => item[key]) : item);
  const known = new Map(old.map((item: unknown) => [identity(item), item]));
  return (item) => known.get(identity(item));
}

function* run(
  { rule, program, message, type, usesOld }: Compiled,
  value: unknown,
  old: unknown,
  path: FieldPath,
  walk: Walk,
): Generator<FieldError> {
  // A rule about a change says nothing of what is new.
  if (usesOld && !rule.optionalOldSelf && (old === undefined || !walk.isUpdate)) return;
  const before = old === undefined || !walk.isUpdate ? undefined : fromJson(old, type);
  const oldSelf: Value | undefined = rule.optionalOldSelf
    ? before === undefined
      ? Optional.none
      : Optional.of(before)
    : before;
  const self = fromJson(value, type);
  const variables = (name: string) => (name === "self" ? self : name === "oldSelf" ? oldSelf : undefined);
  try {
    const { value: holds, cost } = program.run({ variables, limit: MOST_COST - walk.spent.cost });
    walk.spent.cost += cost;
    if (holds === true) return;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const why = `${error.message} evaluating rule: ${rule.message?.trim() || rule.rule.trim()}`;
    yield failure("FieldValueInvalid", path, `Invalid value: ${JSON.stringify(kindOf(value))}: ${why}`);
    return;
  }
  const text = messageOf(message, variables) ?? (rule.message?.trim() || `failed rule: ${rule.rule.trim()}`);
  yield failed(rule, value, path, text);
}

/** What the expression makes of it; undefined when it makes nothing of use. */
function messageOf(message: Program | undefined, variables: (name: string) => Value | undefined): string | undefined {
  if (message === undefined) return undefined;
  try {
    const { value } = message.run({ variables, limit: MOST_MESSAGE_COST });
    return typeof value === "string" && value.trim() !== "" && !value.includes("\n") ? value : undefined;
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

const failure = (reason: FieldError["reason"], path: FieldPath, body: string): FieldError => ({
  reason,
  field: path.toString(),
  body,
});

function failed({ reason, fieldPath }: ValidationRule, value: unknown, path: FieldPath, text: string): FieldError {
  const at = fieldPath ? below(path, fieldPath) : path;
  switch (reason) {
    case "FieldValueForbidden":
      return failure(reason, at, `Forbidden: ${text}`);
    case "FieldValueRequired":
      return failure(reason, at, `Required value: ${text}`);
    case "FieldValueDuplicate":
      return failure(reason, at, `Duplicate value: ${shown(value)}`);
    default: {
      // Objects and lists are too long to be shown.
      const scalar = typeof value === "object" ? "" : `${shown(value)}: `;
      return failure("FieldValueInvalid", at, `Invalid value: ${scalar}${text}`);
    }
  }
}

function below(path: FieldPath, text: string): FieldPath {
  const steps = parseJsonPath(text);
  if (typeof steps === "string") return path;
  return steps.reduce((at, step) => (step.type === "field" ? at.child(step.name) : at), path);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

// Judging the rules themselves

const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
const ADVICE =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

/** What compiling a schema's rules adds up to. */
export interface Costs {
  total: number;
  /** Rules that cost much, for the fault of the whole. */
  readonly heavy: { readonly path: FieldPath; readonly cost: number }[];
}

/** Where a schema stands: how often it may occur, and whether an old value can be told for it. */
export interface Occurrence {
  readonly times: number;
  /** The list whose items cannot be told apart; undefined when an old value can be found. */
  readonly uncorrelated: FieldPath | undefined;
  readonly isRoot: boolean;
}

const excess = (cost: number, limit: number) =>
  cost / limit > 100 ? "more than 100x" : `${(cost / limit).toFixed(1)}x`;

/** Faults of one rule: what does not compile, has the wrong type, or costs too much. */
export function* compileFaults(
  schema: JSONSchemaProps,
  rule: ValidationRule,
  path: FieldPath,
  { occurrence, costs }: { readonly occurrence: Occurrence; readonly costs: Costs },
): Generator<FieldError> {
  const at = path.child("rule");
  const invalid = (place: FieldPath, why: string) =>
    failure("FieldValueInvalid", place, `Invalid value: ${JSON.stringify(rule)}: ${why}`);
  const type = celTypeOf(schema, occurrence.isRoot);
  const env = environment(libraries, { self: type, oldSelf: rule.optionalOldSelf ? optionalOf(type) : type });
  const program = compiledOr(rule.rule, env);
  if (typeof program === "string") yield invalid(at, `compilation failed: ${program}`);
  else if (!fits(BOOL, program.type, new Map()) || program.type.kind === "dyn")
    yield invalid(at, "cel expression must evaluate to a bool");
  else {
    const cost = estimate(program.checked, MOST_BYTES) * occurrence.times;
    if (cost > RULE_LIMIT)
      yield failure(
        "FieldValueForbidden",
        at,
        `Forbidden: estimated rule cost exceeds budget by factor of ${excess(cost, RULE_LIMIT)} ${ADVICE}`,
      );
    if (cost > RULE_LIMIT / 10) costs.heavy.push({ path: at, cost });
    costs.total += cost;
    if (occurrence.uncorrelated !== undefined && names(program.checked.expr, "oldSelf"))
      yield failure(
        "FieldValueInvalid",
        at,
        `Invalid value: ${JSON.stringify(rule.rule)}: oldSelf cannot be used on the uncorrelatable portion of the schema within ${occurrence.uncorrelated.toString()}`,
      );
  }
  if (!rule.messageExpression) return;
  const message = compiledOr(rule.messageExpression, env);
  const place = path.child("messageExpression");
  if (typeof message === "string") yield invalid(place, `messageExpression compilation failed: ${message}`);
  else if (!fits(STRING, message.type, new Map())) yield invalid(place, "messageExpression must evaluate to a string");
}

function compiledOr(text: string, env: Parameters<typeof compile>[1]): Program | string {
  try {
    return compile(text, env);
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}

/** The fault of all rules of a schema together. */
export function* totalFaults({ total, heavy }: Costs, root: FieldPath): Generator<FieldError> {
  if (total <= SCHEMA_LIMIT) return;
  for (const { path } of heavy)
    yield failure(
      "FieldValueForbidden",
      path,
      "Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
    );
  yield failure(
    "FieldValueForbidden",
    root,
    `Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of ${excess(total, SCHEMA_LIMIT)} ${ADVICE}`,
  );
}

/** How often items of a list, or members of a map, may occur where it occurs. */
export function occurrences(schema: JSONSchemaProps, inner: JSONSchemaProps, most: number | undefined): number {
  return most ?? Math.floor(MOST_BYTES / (leastBytes(inner) + (schema.type === "array" ? 1 : 4)));
}
