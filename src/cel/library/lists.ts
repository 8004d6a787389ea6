// Lists and sets: Kubernetes' own functions of lists, and the extension of sets.
import { namespaced, overload } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { Unsigned } from "../expr.ts";
import { EvaluationError } from "../source.ts";
import { Duration, equal } from "../values.ts";
import type { Value } from "../values.ts";
import { int, order, uint } from "./operators.ts";

type List = readonly Value[];
const EACH = { argument: 0, factor: 1 };

function isSorted(list: List): boolean {
  for (let i = 1; i < list.length; i++) if ((order(list[i - 1]!, list[i]!) ?? 0) > 0) return false;
  return true;
}

function extreme(list: List, sign: 1 | -1, name: string): Value {
  const [first, ...rest] = list;
  if (first === undefined) throw new EvaluationError(`${name} called on empty list`);
  return rest.reduce<Value>((found, one) => ((order(one, found) ?? 0) * sign > 0 ? one : found), first);
}

const sum = {
  int: (list: List) => (list as readonly bigint[]).reduce((total, one) => int(total + one), 0n),
  uint: (list: List) =>
    (list as readonly Unsigned[]).reduce((total, one) => uint(total.value + one.value), new Unsigned(0n)),
  double: (list: List) => (list as readonly number[]).reduce((total, one) => total + one, 0),
  duration: (list: List) =>
    (list as readonly Duration[]).reduce((total, one) => new Duration(int(total.nanos + one.nanos)), new Duration(0n)),
};

function indexOf(list: List, item: Value): bigint {
  return BigInt(list.findIndex((one) => equal(one, item)));
}

function distinct(list: List): List {
  return list.filter((one, i) => list.findIndex((other) => equal(other, one)) === i);
}

function flattened(list: List, depth: number): List {
  return list.flatMap((one) =>
    Array.isArray(one) ? (depth > 1 ? flattened(one as List, depth - 1) : (one as List)) : [one],
  );
}

function slice(list: List, from: bigint, to: bigint): List {
  const [start, end] = [Number(from), Number(to)];
  if (start < 0 || end < 0) throw new EvaluationError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end)
    throw new EvaluationError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (end > list.length) throw new EvaluationError(`cannot slice(${start}, ${end}), list is length ${list.length}`);
  return list.slice(start, end);
}

const ORDERED = ["int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration"];

export const lists: readonly Overload[] = [
  ...ORDERED.flatMap((type) => [
    overload(`list(${type}).isSorted() bool`, isSorted, EACH),
    overload(`list(${type}).min() ${type}`, (a: List) => extreme(a, -1, "min"), EACH),
    overload(`list(${type}).max() ${type}`, (a: List) => extreme(a, 1, "max"), EACH),
    overload(`list(${type}).sort() list(${type})`, (a: List) => a.toSorted((x, y) => order(x, y) ?? 0), EACH),
  ]),
  ...Object.entries(sum).map(([type, run]) => overload(`list(${type}).sum() ${type}`, run, EACH)),
  overload("list(A).indexOf(A) int", indexOf, EACH),
  overload(
    "list(A).lastIndexOf(A) int",
    (a: List, item: Value) => BigInt(a.findLastIndex((one) => equal(one, item))),
    EACH,
  ),
  overload("list(A).distinct() list(A)", distinct, { ...EACH, times: { argument: 0, factor: 1 } }),
  overload("list(A).reverse() list(A)", (a: List) => a.toReversed(), EACH),
  overload("list(A).slice(int, int) list(A)", slice, EACH),
  overload("list(dyn).flatten() list(dyn)", (a: List) => flattened(a, 1), EACH),
  overload("list(dyn).flatten(int) list(dyn)", (a: List, depth: bigint) => flattened(a, Number(depth)), EACH),
  {
    ...namespaced(
      "lists.range",
      overload("range(int) list(int)", () => []),
    ),
    run: ([count], { spend }) => {
      // Paid for before it is made.
      spend(Number(count));
      return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i));
    },
  },
];

const BOTH = { argument: 0, factor: 1, times: { argument: 1, factor: 1 } };
const includes = (list: List, item: Value) => list.some((one) => equal(one, item));
const contains = (a: List, b: List) => b.every((item) => includes(a, item));

export const sets: readonly Overload[] = [
  namespaced("sets.contains", overload("contains(list(A), list(A)) bool", contains, BOTH)),
  namespaced(
    "sets.equivalent",
    overload("e(list(A), list(A)) bool", (a: List, b: List) => contains(a, b) && contains(b, a), BOTH),
  ),
  namespaced(
    "sets.intersects",
    overload("i(list(A), list(A)) bool", (a: List, b: List) => a.some((item) => includes(b, item)), BOTH),
  ),
];
