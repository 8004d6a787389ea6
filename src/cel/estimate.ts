// What an expression may cost at most, before any value is seen: from the sizes that types state. It refuses to run it.
// Specification: the cost units of cel-go: a step is 1, ten characters that are looked at are 1.
import type { Checked } from "./checker.ts";
import type { Growth } from "./environment.ts";
import type { Expr } from "./expr.ts";
import { DYN } from "./type.ts";
import type { Type } from "./type.ts";

const LIST_COST = 10;
const MAP_COST = 30;
const MESSAGE_COST = 40;

/** `unknown`: the size of what no type states one of. */
export function estimate(checked: Checked, unknown: number): number {
  return cost(checked.expr, { checked, unknown });
}

interface Estimating {
  readonly checked: Checked;
  readonly unknown: number;
}

function cost(expr: Expr, at: Estimating): number {
  const sum = (exprs: readonly Expr[]) => exprs.reduce((total, one) => total + cost(one, at), 0);
  switch (expr.kind) {
    case "constant":
      return 0;
    case "name":
      return 1;
    case "select":
      return cost(expr.operand, at) + 1;
    case "list":
      return LIST_COST + sum(expr.items);
    case "map":
      return MAP_COST + sum(expr.entries.flatMap(({ key, value }) => [key, value]));
    case "message":
      return MESSAGE_COST + sum(expr.fields.map(({ value }) => value));
    case "optMap":
      return cost(expr.operand, at) + cost(expr.body, at) + 1;
    case "bind":
      return cost(expr.value, at) + cost(expr.body, at) + 1;
    case "fold": {
      const each = cost(expr.body, at) + (expr.where === undefined ? 0 : cost(expr.where, at)) + 2;
      return cost(expr.range, at) + 1 + sizeOf(expr.range, at) * each;
    }
    case "call": {
      const operands =
        expr.target === undefined || at.checked.isNamespaced(expr) ? expr.args : [expr.target, ...expr.args];
      if (expr.name === "_?_:_")
        return 1 + cost(operands[0]!, at) + Math.max(cost(operands[1]!, at), cost(operands[2]!, at));
      const grown = at.checked.overloadsOf(expr).map(({ grows }) => growth(grows, operands, at));
      return 1 + sum(operands) + Math.max(0, ...grown);
    }
  }
}

function growth(grows: Growth | undefined, operands: readonly Expr[], at: Estimating): number {
  if (grows === undefined) return 0;
  const own = Math.ceil(sizeOf(operands[grows.argument]!, at) * grows.factor);
  if (grows.times === undefined) return own;
  return own * Math.ceil(sizeOf(operands[grows.times.argument]!, at) * grows.times.factor);
}

/** The largest size of an expression's value. */
function sizeOf(expr: Expr, at: Estimating): number {
  if (expr.kind === "constant") return typeof expr.value === "string" ? expr.value.length : 1;
  if (expr.kind === "list") return expr.items.length;
  if (expr.kind === "map") return expr.entries.length;
  // What is made from a list is no longer than it.
  if (expr.kind === "fold") return sizeOf(expr.range, at);
  if (expr.kind === "call" && expr.name === "_+_") return sizeOf(expr.args[0]!, at) + sizeOf(expr.args[1]!, at);
  return most(at.checked.typeOf(expr) ?? DYN, at.unknown);
}

function most(type: Type, unknown: number): number {
  switch (type.kind) {
    case "list":
    case "map":
      return type.most ?? unknown;
    case "simple":
      return type.name === "string" || type.name === "bytes" ? (type.most ?? unknown) : 1;
    case "optional":
      return most(type.of, unknown);
    case "dyn":
    case "parameter":
      return unknown;
    default:
      return 1;
  }
}
