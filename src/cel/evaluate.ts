// Runs a checked expression over values, counting what it costs. It refuses to check types: what fits nowhere is "no
// such overload".
// Specification: cel-spec, "Evaluation"; errors in one side of && and || do not count when the other side decides.
import { typeNamed } from "./checker.ts";
import type { Checked } from "./checker.ts";
import type { Growth, Overload, Running } from "./environment.ts";
import { Unsigned } from "./expr.ts";
import type { Entry, Expr, MessageField } from "./expr.ts";
import { CostError, EvaluationError } from "./source.ts";
import { fits } from "./type.ts";
import { fromJson, isMap, MadeMap, ObjectValue, Optional, typeOfValue, TypeValue } from "./values.ts";
import type { MapValue, Value } from "./values.ts";

export interface RunOptions {
  readonly variables: (name: string) => Value | undefined;
  /** What it may cost; see estimate.ts for the unit. */
  readonly limit: number;
  /** Makes what `Object{…}` says, where messages are declared. */
  readonly message?: (name: string, fields: ReadonlyMap<string, Value>) => Value;
}

export interface Outcome {
  readonly value: Value;
  readonly cost: number;
}

/** Throws EvaluationError. */
export function evaluate(checked: Checked, options: RunOptions): Outcome {
  const run = new Run(checked, options);
  const value = run.value(checked.expr, undefined);
  return { value, cost: run.cost };
}

interface Frame {
  readonly name: string;
  readonly value: Value;
  readonly outer: Frame | undefined;
}

const LIST_COST = 10;
const MAP_COST = 30;
const MESSAGE_COST = 40;

class Run implements Running {
  readonly #checked: Checked;
  readonly #options: RunOptions;
  cost = 0;

  constructor(checked: Checked, options: RunOptions) {
    this.#checked = checked;
    this.#options = options;
  }

  readonly spend = (cost: number): void => {
    this.cost += cost;
    if (this.cost > this.#options.limit) throw new CostError("operation cancelled: actual cost limit exceeded");
  };

  value(expr: Expr, frame: Frame | undefined): Value {
    switch (expr.kind) {
      case "constant":
        return expr.value;
      case "name":
        return this.#name(expr.name, frame);
      case "select":
        return this.#select(expr, frame);
      case "call":
        return this.#call(expr, frame);
      case "list":
        return this.#list(expr, frame);
      case "map":
        return this.#map(expr.entries, frame);
      case "message":
        return this.#message(expr.name, expr.fields, frame);
      case "fold":
        return this.#fold(expr, frame);
      case "optMap": {
        const { value } = optionalIn(this.value(expr.operand, frame));
        if (value === undefined) return Optional.none;
        const body = this.value(expr.body, { name: expr.variable, value, outer: frame });
        return expr.flat ? optionalIn(body) : Optional.of(body);
      }
      case "bind":
        return this.value(expr.body, { name: expr.variable, value: this.value(expr.value, frame), outer: frame });
    }
  }

  #name(name: string, frame: Frame | undefined): Value {
    this.spend(1);
    for (let at = frame; at !== undefined; at = at.outer) if (at.name === name) return at.value;
    const value = this.#options.variables(name);
    if (value !== undefined) return value;
    const type = typeNamed(name);
    if (type !== undefined) return new TypeValue(type);
    throw new EvaluationError(`no such attribute(s): ${name}`);
  }

  #select(expr: Expr & { kind: "select" }, frame: Frame | undefined): Value {
    const type = this.#checked.typeOf(expr);
    if (type.kind === "type" && expr.operand.kind === "select" && !expr.test) return new TypeValue(type.of);
    const variable = this.#checked.variableOf(expr);
    if (variable !== undefined)
      return expr.test ? this.#options.variables(variable) !== undefined : this.#name(variable, undefined);
    const operand = this.value(expr.operand, frame);
    this.spend(1);
    if (operand instanceof Optional || expr.optional) return this.#optionalSelect(expr, operand);
    const found = memberOf(operand, expr.field);
    if (expr.test) return found !== undefined;
    if (found === undefined) throw new EvaluationError(`no such key: ${expr.field}`);
    return found;
  }

  #optionalSelect({ field, test }: Expr & { kind: "select" }, operand: Value): Value {
    const inner = operand instanceof Optional ? operand.value : operand;
    const found = inner === undefined ? undefined : memberOf(inner, field);
    if (test) return found !== undefined;
    return found === undefined ? Optional.none : Optional.of(found);
  }

  #list(expr: Expr & { kind: "list" }, frame: Frame | undefined): Value {
    this.spend(LIST_COST);
    const items: Value[] = [];
    for (const [i, item] of expr.items.entries()) {
      const value = this.value(item, frame);
      if (!expr.optional.has(i)) items.push(value);
      else {
        const { value: inner } = optionalIn(value);
        if (inner !== undefined) items.push(inner);
      }
    }
    return items;
  }

  #map(entries: readonly Entry[], frame: Frame | undefined): Value {
    this.spend(MAP_COST);
    const map = new MadeMap();
    for (const { key, value, optional } of entries) {
      const k = this.value(key, frame);
      const given = this.value(value, frame);
      const v = optional ? optionalIn(given).value : given;
      if (v !== undefined) map.add(k, v);
    }
    return map;
  }

  #message(name: string, fields: readonly MessageField[], frame: Frame | undefined): Value {
    this.spend(MESSAGE_COST);
    const given = new Map<string, Value>();
    for (const { name: field, value, optional } of fields) {
      const made = this.value(value, frame);
      const kept = optional ? optionalIn(made).value : made;
      if (kept !== undefined) given.set(field, kept);
    }
    const make = this.#options.message;
    if (make === undefined) throw new EvaluationError(`unknown type: ${name}`);
    return make(name, given);
  }

  // Calls

  #call(expr: Expr & { kind: "call" }, frame: Frame | undefined): Value {
    switch (expr.name) {
      case "_&&_":
        return this.#decide(expr.args, frame, false);
      case "_||_":
        return this.#decide(expr.args, frame, true);
      case "_?_:_": {
        const condition = this.value(expr.args[0]!, frame);
        this.spend(1);
        if (typeof condition !== "boolean") throw noOverload();
        return this.value(expr.args[condition ? 1 : 2]!, frame);
      }
      case "orValue":
      case "or":
        // The other value is asked for only when it is needed.
        return this.#otherwise(expr, frame);
      default:
    }
    const { target } = expr;
    const operands = target === undefined || this.#checked.isNamespaced(expr) ? expr.args : [target, ...expr.args];
    const args = operands.map((arg) => this.value(arg, frame));
    if (expr.name === "_[_]" && Array.isArray(args[0])) args[1] = wholeIndex(args[1]!);
    const chosen = this.#chosen(this.#checked.overloadsOf(expr), args);
    this.spend(1 + growth(chosen.grows, args));
    return chosen.run(args, this);
  }

  #chosen(overloads: readonly Overload[], args: readonly Value[]): Overload {
    for (const one of overloads) {
      if (one.params.every((param, i) => fits(param, typeOfValue(args[i]!), new Map()))) return one;
    }
    throw noOverload();
  }

  /** Both sides of && and ||: an error counts only when the other side does not decide. */
  #decide([left, right]: readonly Expr[], frame: Frame | undefined, decisive: boolean): Value {
    const first = this.#attempt(left!, frame);
    if (first.value === decisive) return decisive;
    const second = this.#attempt(right!, frame);
    this.spend(1);
    if (second.value === decisive) return decisive;
    const error = first.error ?? second.error;
    if (error !== undefined) throw error;
    return !decisive;
  }

  /** A truth value, or the error in its place. Running out of budget is no such error. */
  #attempt(expr: Expr, frame: Frame | undefined): { readonly value?: boolean; readonly error?: EvaluationError } {
    try {
      const value = this.value(expr, frame);
      return typeof value === "boolean" ? { value } : { error: noOverload() };
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof CostError) throw error;
      return { error };
    }
  }

  #otherwise(expr: Expr & { kind: "call" }, frame: Frame | undefined): Value {
    const operand = this.value(expr.target!, frame);
    this.spend(1);
    if (!(operand instanceof Optional)) throw noOverload();
    if (operand.value !== undefined) return expr.name === "or" ? operand : operand.value;
    return this.value(expr.args[0]!, frame);
  }

  // Macros

  #fold(expr: Expr & { kind: "fold" }, frame: Frame | undefined): Value {
    const range = this.value(expr.range, frame);
    const items = itemsOf(range, expr.second !== undefined);
    const inner = ([first, second]: readonly [Value, Value]): Frame => {
      const outer = { name: expr.variable, value: first, outer: frame };
      return expr.second === undefined ? outer : { name: expr.second, value: second, outer };
    };
    switch (expr.fold) {
      case "all":
        return this.#quantified(expr.body, items.map(inner), false);
      case "exists":
        return this.#quantified(expr.body, items.map(inner), true);
      case "existsOne":
        return items.filter((item) => this.#holds(expr.body, inner(item))).length === 1;
      case "filter":
        return items.filter((item) => this.#holds(expr.body, inner(item))).map(([first]) => first);
      default:
        return this.#transformed(expr, items, inner);
    }
  }

  #quantified(body: Expr, frames: readonly Frame[], decisive: boolean): Value {
    let error: EvaluationError | undefined;
    for (const frame of frames) {
      this.spend(1);
      const found = this.#attempt(body, frame);
      if (found.value === decisive) return decisive;
      error ??= found.error;
    }
    if (error !== undefined) throw error;
    return !decisive;
  }

  #holds(expr: Expr | undefined, frame: Frame): boolean {
    if (expr === undefined) return true;
    this.spend(1);
    const value = this.value(expr, frame);
    if (typeof value !== "boolean") throw noOverload();
    return value;
  }

  #transformed(
    { fold, where, body }: Expr & { kind: "fold" },
    items: readonly (readonly [Value, Value])[],
    inner: (item: readonly [Value, Value]) => Frame,
  ): Value {
    if (fold === "map" || fold === "transformList") {
      const made: Value[] = [];
      for (const item of items) {
        this.spend(1);
        if (this.#holds(where, inner(item))) made.push(this.value(body, inner(item)));
      }
      return made;
    }
    const map = new MadeMap();
    for (const item of items) {
      this.spend(1);
      if (!this.#holds(where, inner(item))) continue;
      const value = this.value(body, inner(item));
      if (fold === "transformMap") map.add(item[0], value);
      else for (const key of mapIn(value).keys()) map.add(key, mapIn(value).get(key)!);
    }
    return map;
  }
}

const noOverload = () => new EvaluationError("no such overload");

/** Only where types are not known before may an index be another number than an int. */
function wholeIndex(index: Value): Value {
  if (index instanceof Unsigned) return index.value;
  return typeof index === "number" && Number.isInteger(index) ? BigInt(index) : index;
}

function optionalIn(value: Value): Optional {
  if (value instanceof Optional) return value;
  throw noOverload();
}

function mapIn(value: Value): MapValue {
  if (isMap(value)) return value;
  throw noOverload();
}

/** A field of an object or the member of a map; undefined when it is absent. */
function memberOf(operand: Value, field: string): Value | undefined {
  if (operand instanceof ObjectValue) {
    // What is not typed is read as it is.
    return operand.select(field);
  }
  if (isMap(operand)) return operand.get(field);
  throw noOverload();
}

/** Pairs of what is bound: of lists the item (with two variables: index and item), of maps the key (key and value). */
function itemsOf(range: Value, two: boolean): readonly (readonly [Value, Value])[] {
  if (Array.isArray(range))
    return (range as readonly Value[]).map((item, i): readonly [Value, Value] => [two ? BigInt(i) : item, item]);
  if (range instanceof ObjectValue) return itemsOf(fromJson(range.json, { kind: "dyn" }), two);
  if (!isMap(range)) throw noOverload();
  return range.keys().map((key) => [key, range.get(key)!] as const);
}

/** Items or characters of a value. */
export function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null && isMap(value) ? value.size : 1;
}

function growth(grows: Growth | undefined, args: readonly Value[]): number {
  if (grows === undefined) return 0;
  const own = Math.ceil(sizeOf(args[grows.argument]!) * grows.factor);
  if (grows.times === undefined) return own;
  return own * Math.ceil(sizeOf(args[grows.times.argument]!) * grows.times.factor);
}
