// Whether an expression makes sense in an environment, and of which type it is. It refuses to run it.
// Specification: cel-spec, "Gradual type checking". Messages are cel-go's.
import type { Environment, Overload } from "./environment.ts";
import { Unsigned } from "./expr.ts";
import type { Constant, Expr } from "./expr.ts";
import { CompileError } from "./source.ts";
import type { Issue } from "./source.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  fits,
  INT,
  joined,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  STRING,
  substituted,
  TIMESTAMP,
  typeOf,
  typeText,
  UINT,
} from "./type.ts";
import type { Bindings, Type } from "./type.ts";

/** What is known of a checked expression. */
export interface Checked {
  readonly expr: Expr;
  readonly type: Type;
  readonly typeOf: (expr: Expr) => Type;
  /** The overloads that a call may mean; the values decide between several. */
  readonly overloadsOf: (expr: Expr) => readonly Overload[];
  /** The variable that a selection names with its dots (`a.b`), where one is declared so. */
  readonly variableOf: (expr: Expr) => string | undefined;
  /** Calls whose target is a namespace (`ip.isCanonical`), not a value. */
  readonly isNamespaced: (expr: Expr) => boolean;
}

/** Throws CompileError with every issue. */
export function check(text: string, expr: Expr, environment: Environment): Checked {
  const checker = new Checker(environment);
  const type = checker.check(expr, undefined);
  if (checker.issues.length > 0) throw new CompileError(text, checker.issues);
  return {
    expr,
    type,
    typeOf: (one) => checker.types.get(one) ?? DYN,
    overloadsOf: (one) => checker.overloads.get(one) ?? [],
    variableOf: (one) => checker.qualified.get(one),
    isNamespaced: (one) => checker.namespaced.has(one),
  };
}

/** Variables that macros bind, innermost first. */
interface Scope {
  readonly name: string;
  readonly type: Type;
  readonly outer: Scope | undefined;
}

/** Names that stand for types. */
const TYPE_NAMES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ["bool", BOOL],
  ["int", INT],
  ["uint", UINT],
  ["double", DOUBLE],
  ["string", STRING],
  ["bytes", BYTES],
  ["null_type", NULL],
  ["list", listOf(DYN)],
  ["map", mapOf(DYN, DYN)],
  ["type", typeOf(DYN)],
  ["optional_type", optionalOf(DYN)],
  ["google.protobuf.Timestamp", TIMESTAMP],
  ["google.protobuf.Duration", DURATION],
]);

export const typeNamed = (name: string): Type | undefined => TYPE_NAMES.get(name);

class Checker {
  readonly #environment: Environment;
  readonly issues: Issue[] = [];
  readonly types = new Map<Expr, Type>();
  readonly overloads = new Map<Expr, readonly Overload[]>();
  readonly namespaced = new Set<Expr>();
  readonly qualified = new Map<Expr, string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  check(expr: Expr, scope: Scope | undefined): Type {
    const type = this.#typeOf(expr, scope);
    this.types.set(expr, type);
    return type;
  }

  #issue(at: number, message: string): Type {
    this.issues.push({ at, message });
    return DYN;
  }

  #typeOf(expr: Expr, scope: Scope | undefined): Type {
    switch (expr.kind) {
      case "constant":
        return constantType(expr.value);
      case "name":
        return this.#name(expr, scope);
      case "select":
        return this.#select(expr, scope);
      case "call":
        return this.#call(expr, scope);
      case "list":
        return this.#list(expr, scope);
      case "map":
        return this.#map(expr, scope);
      case "message":
        return this.#message(expr, scope);
      case "fold":
        return this.#fold(expr, scope);
      case "optMap": {
        const of = this.check(expr.operand, scope);
        const inner = of.kind === "optional" ? of.of : DYN;
        const body = this.check(expr.body, { name: expr.variable, type: inner, outer: scope });
        if (of.kind !== "optional" && of.kind !== "dyn")
          return this.#noOverload(expr.at, expr.flat ? "optFlatMap" : "optMap", [of, body], true);
        return expr.flat ? (body.kind === "optional" ? body : DYN) : optionalOf(body);
      }
      case "bind": {
        const value = this.check(expr.value, scope);
        return this.check(expr.body, { name: expr.variable, type: value, outer: scope });
      }
    }
  }

  #name(expr: Expr & { kind: "name" }, scope: Scope | undefined): Type {
    for (let at = scope; at !== undefined; at = at.outer) if (at.name === expr.name) return at.type;
    const declared = this.#environment.variable(expr.name);
    if (declared !== undefined) return declared;
    const named = TYPE_NAMES.get(expr.name);
    if (named !== undefined) return typeOf(named);
    return this.#issue(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
  }

  #select(expr: Expr & { kind: "select" }, scope: Scope | undefined): Type {
    const qualified = qualifiedName(expr);
    if (qualified !== undefined && TYPE_NAMES.has(qualified)) return typeOf(TYPE_NAMES.get(qualified)!);
    const declared = qualified && !this.#isBound(qualified, scope) ? this.#environment.variable(qualified) : undefined;
    if (declared !== undefined) {
      this.qualified.set(expr, qualified!);
      return expr.test ? BOOL : declared;
    }
    const operand = this.check(expr.operand, scope);
    const wraps = expr.optional || operand.kind === "optional";
    const found = this.#field(operand.kind === "optional" ? operand.of : operand, expr);
    if (expr.test) return BOOL;
    return wraps ? optionalOf(found) : found;
  }

  /** Whether a macro has bound what a dotted name begins with. */
  #isBound(qualified: string, scope: Scope | undefined): boolean {
    const first = qualified.slice(0, qualified.indexOf("."));
    for (let at = scope; at !== undefined; at = at.outer) if (at.name === first) return true;
    return false;
  }

  #field(operand: Type, { field, at }: Expr & { kind: "select" }): Type {
    switch (operand.kind) {
      case "dyn":
      case "parameter":
        return DYN;
      case "map":
        return operand.values;
      case "object": {
        const declared = operand.field(field);
        return declared?.type ?? this.#issue(at, `undefined field '${field}'`);
      }
      default:
        return this.#issue(at, `type '${typeText(operand)}' does not support field selection`);
    }
  }

  #list(expr: Expr & { kind: "list" }, scope: Scope | undefined): Type {
    let items: Type | undefined;
    for (const [i, item] of expr.items.entries()) {
      const checked = this.check(item, scope);
      const type = expr.optional.has(i) && checked.kind === "optional" ? checked.of : checked;
      items = items === undefined ? type : joined(items, type);
    }
    return listOf(items ?? { kind: "parameter", name: "E" });
  }

  #map(expr: Expr & { kind: "map" }, scope: Scope | undefined): Type {
    let keys: Type | undefined;
    let values: Type | undefined;
    for (const { key, value, optional } of expr.entries) {
      const k = this.check(key, scope);
      const checked = this.check(value, scope);
      const v = optional && checked.kind === "optional" ? checked.of : checked;
      keys = keys === undefined ? k : joined(keys, k);
      values = values === undefined ? v : joined(values, v);
    }
    return mapOf(keys ?? { kind: "parameter", name: "K" }, values ?? { kind: "parameter", name: "V" });
  }

  #message(expr: Expr & { kind: "message" }, scope: Scope | undefined): Type {
    const type = this.#environment.message(expr.name);
    if (type === undefined) this.#issue(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
    for (const { name, value, optional, at } of expr.fields) {
      const checked = this.check(value, scope);
      if (type === undefined) continue;
      const field = type.field(name);
      const given = optional && checked.kind === "optional" ? checked.of : checked;
      if (field === undefined) this.#issue(at, `undefined field '${name}'`);
      else if (!fits(field.type, given, new Map()))
        this.#issue(
          at,
          `expected type of field '${name}' is '${typeText(field.type)}' but provided type is '${typeText(given)}'`,
        );
    }
    return type ?? DYN;
  }

  #fold(expr: Expr & { kind: "fold" }, scope: Scope | undefined): Type {
    const range = this.check(expr.range, scope);
    const [key, value] = rangeTypes(range);
    if (key === undefined)
      this.#issue(
        expr.range.at,
        `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
    const isMap = range.kind === "map";
    const single = isMap ? (key ?? DYN) : (value ?? DYN);
    const first: Scope =
      expr.second === undefined
        ? { name: expr.variable, type: single, outer: scope }
        : { name: expr.variable, type: key ?? DYN, outer: scope };
    const inner: Scope = expr.second === undefined ? first : { name: expr.second, type: value ?? DYN, outer: first };
    if (expr.where !== undefined) this.#expectBool(expr.where, this.check(expr.where, inner));
    const body = this.check(expr.body, inner);
    switch (expr.fold) {
      case "all":
      case "exists":
      case "existsOne":
        this.#expectBool(expr.body, body);
        return BOOL;
      case "filter":
        this.#expectBool(expr.body, body);
        return listOf(single);
      case "map":
      case "transformList":
        return listOf(body);
      case "transformMap":
        return mapOf(key ?? DYN, body);
      case "transformMapEntry":
        return body.kind === "map" ? body : mapOf(DYN, DYN);
    }
  }

  #expectBool({ at }: Expr, type: Type): void {
    if (!fits(BOOL, type, new Map())) this.#issue(at, `expected type 'bool' but found '${typeText(type)}'`);
  }

  #call(expr: Expr & { kind: "call" }, scope: Scope | undefined): Type {
    const { target, name, args, at } = expr;
    const space = target && qualifiedName(target);
    if (space !== undefined && this.#environment.overloads(`${space}.${name}`).length > 0) {
      this.namespaced.add(expr);
      return this.#resolve(
        expr,
        `${space}.${name}`,
        false,
        args.map((arg) => this.check(arg, scope)),
      );
    }
    const types = [...(target === undefined ? [] : [target]), ...args].map((arg) => this.check(arg, scope));
    if (this.#environment.overloads(name).length === 0)
      return this.#issue(at, `undeclared reference to '${name}' (in container '')`);
    return this.#resolve(expr, name, target !== undefined, types);
  }

  #resolve(expr: Expr & { kind: "call" }, name: string, member: boolean, types: readonly Type[]): Type {
    const matching: Overload[] = [];
    let result: Type | undefined;
    for (const one of this.#environment.overloads(name)) {
      if (one.member !== member || one.params.length !== types.length) continue;
      const bindings: Bindings = new Map();
      if (!one.params.every((param, i) => fits(param, types[i]!, bindings))) continue;
      matching.push(one);
      const found = substituted(one.result, bindings);
      result = result === undefined ? found : joined(result, found);
    }
    if (result === undefined) return this.#noOverload(expr.at, name, types, member);
    this.overloads.set(expr, matching);
    return result;
  }

  #noOverload(at: number, name: string, types: readonly Type[], member: boolean): Type {
    const texts = types.map(typeText);
    const applied = member ? `${texts[0]}.(${texts.slice(1).join(", ")})` : `(${texts.join(", ")})`;
    return this.#issue(at, `found no matching overload for '${name}' applied to '${applied}'`);
  }
}

/** Types of index or key and of item or value; the first is undefined for what has neither. */
function rangeTypes(range: Type): readonly [Type | undefined, Type | undefined] {
  if (range.kind === "list") return [INT, range.items];
  if (range.kind === "map") return [range.keys, range.values];
  return range.kind === "dyn" || range.kind === "parameter" ? [DYN, DYN] : [undefined, undefined];
}

/** `a.b.c` as one name. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "name") return expr.name;
  if (expr.kind !== "select" || expr.test || expr.optional) return undefined;
  const before = qualifiedName(expr.operand);
  return before && `${before}.${expr.field}`;
}

function constantType(value: Constant): Type {
  if (value === null) return NULL;
  switch (typeof value) {
    case "bigint":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return STRING;
    case "boolean":
      return BOOL;
    default:
      return value instanceof Unsigned ? UINT : BYTES;
  }
}
