// Operators: arithmetic with Go's ranges, comparison across numbers, indexing, membership. && || and ?: are evaluate.ts'
// own, since they do not run all of their operands.
import { overload } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { Unsigned } from "../expr.ts";
import { EvaluationError } from "../source.ts";
import { Duration, equal, instant, isMap, numeric, Optional, Timestamp } from "../values.ts";
import type { MapValue, Value } from "../values.ts";

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

export function int(value: bigint): bigint {
  if (value < INT_MIN || value > INT_MAX) throw new EvaluationError("integer overflow");
  return value;
}

export function uint(value: bigint): Unsigned {
  if (value < 0n || value > UINT_MAX) throw new EvaluationError("unsigned integer overflow");
  return new Unsigned(value);
}

function nonZero(value: bigint, what: string): bigint {
  if (value === 0n) throw new EvaluationError(what);
  return value;
}

const DIVISION = "division by zero";
const MODULUS = "modulus by zero";

type Pair<T extends Value> = (a: T, b: T) => Value;
const ints =
  (run: (a: bigint, b: bigint) => bigint): Pair<bigint> =>
  (a, b) =>
    int(run(a, b));
const uints =
  (run: (a: bigint, b: bigint) => bigint): Pair<Unsigned> =>
  (a, b) =>
    uint(run(a.value, b.value));

const arithmetic: readonly Overload[] = [
  overload(
    "_+_(int, int) int",
    ints((a, b) => a + b),
  ),
  overload(
    "_+_(uint, uint) uint",
    uints((a, b) => a + b),
  ),
  overload("_+_(double, double) double", (a: number, b: number) => a + b),
  overload("_+_(string, string) string", (a: string, b: string) => a + b, 1),
  overload("_+_(bytes, bytes) bytes", (a: Uint8Array, b: Uint8Array) => new Uint8Array(Buffer.concat([a, b])), 1),
  overload("_+_(list(A), list(A)) list(A)", (a: readonly Value[], b: readonly Value[]) => [...a, ...b]),
  overload("_+_(timestamp, duration) timestamp", (a: Timestamp, b: Duration) => instant(a.nanos + b.nanos)),
  overload("_+_(duration, timestamp) timestamp", (a: Duration, b: Timestamp) => instant(a.nanos + b.nanos)),
  overload("_+_(duration, duration) duration", (a: Duration, b: Duration) => new Duration(int(a.nanos + b.nanos))),
  overload(
    "_-_(int, int) int",
    ints((a, b) => a - b),
  ),
  overload(
    "_-_(uint, uint) uint",
    uints((a, b) => a - b),
  ),
  overload("_-_(double, double) double", (a: number, b: number) => a - b),
  overload("_-_(timestamp, timestamp) duration", (a: Timestamp, b: Timestamp) => new Duration(int(a.nanos - b.nanos))),
  overload("_-_(timestamp, duration) timestamp", (a: Timestamp, b: Duration) => instant(a.nanos - b.nanos)),
  overload("_-_(duration, duration) duration", (a: Duration, b: Duration) => new Duration(int(a.nanos - b.nanos))),
  overload(
    "_*_(int, int) int",
    ints((a, b) => a * b),
  ),
  overload(
    "_*_(uint, uint) uint",
    uints((a, b) => a * b),
  ),
  overload("_*_(double, double) double", (a: number, b: number) => a * b),
  overload(
    "_/_(int, int) int",
    ints((a, b) => a / nonZero(b, DIVISION)),
  ),
  overload(
    "_/_(uint, uint) uint",
    uints((a, b) => a / nonZero(b, DIVISION)),
  ),
  overload("_/_(double, double) double", (a: number, b: number) => a / b),
  overload(
    "_%_(int, int) int",
    ints((a, b) => a % nonZero(b, MODULUS)),
  ),
  overload(
    "_%_(uint, uint) uint",
    uints((a, b) => a % nonZero(b, MODULUS)),
  ),
  overload("-_(int) int", (a: bigint) => int(-a)),
  overload("-_(double) double", (a: number) => -a),
  overload("!_(bool) bool", (a: boolean) => !a),
  // Declared for the checker; evaluate.ts runs them.
  overload("_&&_(bool, bool) bool", (a: boolean, b: boolean) => a && b),
  overload("_||_(bool, bool) bool", (a: boolean, b: boolean) => a || b),
  overload("_?_:_(bool, A, A) A", (a: boolean, b: Value, c: Value) => (a ? b : c)),
];

const equality: readonly Overload[] = [
  overload("_==_(A, A) bool", (a: Value, b: Value) => equal(a, b), 0),
  overload("_!=_(A, A) bool", (a: Value, b: Value) => !equal(a, b), 0),
];

/** Negative, 0, positive; undefined for what has no order (NaN). */
function order(a: Value, b: Value): number | undefined {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) {
    // Beside a double, an integer is what a double can hold of it.
    if (typeof x !== typeof y) return order(Number(x), Number(y));
    return x < y ? -1 : x > y ? 1 : x >= y ? 0 : undefined;
  }
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  const isTime = (value: Value): value is Timestamp | Duration =>
    value instanceof Timestamp || value instanceof Duration;
  if (isTime(a) && isTime(b)) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  throw new EvaluationError("no such overload");
}

export { order };

const ORDERED = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];
const NUMBERS = ["int", "uint", "double"];
const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "_<_": (found) => found < 0,
  "_<=_": (found) => found <= 0,
  "_>_": (found) => found > 0,
  "_>=_": (found) => found >= 0,
};

const comparison: readonly Overload[] = Object.entries(COMPARISONS).flatMap(([name, holds]) => {
  const run = (a: Value, b: Value) => {
    const found = order(a, b);
    return found !== undefined && holds(found);
  };
  const same = ORDERED.map((type) =>
    overload(`${name}(${type}, ${type}) bool`, run, type === "string" ? 0 : undefined),
  );
  const mixed = NUMBERS.flatMap((a) =>
    NUMBERS.filter((b) => b !== a).map((b) => overload(`${name}(${a}, ${b}) bool`, run)),
  );
  return [...same, ...mixed];
});

/** A whole number that indexes a list. */
function indexOf(key: Value): number {
  const number = numeric(key);
  if (number === undefined) throw new EvaluationError("no such overload");
  return Number(number);
}

function itemAt(list: readonly Value[], key: Value): Value | undefined {
  const index = indexOf(key);
  return Number.isInteger(index) && index >= 0 ? list[index] : undefined;
}

function indexed(list: readonly Value[], key: Value): Value {
  const found = itemAt(list, key);
  if (found === undefined) throw new EvaluationError(`index out of bounds: ${indexOf(key)}`);
  return found;
}

function keyed(map: MapValue, key: Value): Value {
  const found = map.get(key);
  if (found === undefined) throw new EvaluationError(`no such key: ${shown(key)}`);
  return found;
}

const shown = (key: Value): string => {
  const number = numeric(key);
  return number === undefined ? String(key as string | boolean) : String(number);
};

const wrapped = (found: Value | undefined): Optional => (found === undefined ? Optional.none : Optional.of(found));

function optionally(optional: Optional, key: Value): Optional {
  const { value } = optional;
  if (value === undefined) return Optional.none;
  if (Array.isArray(value)) return wrapped(itemAt(value as readonly Value[], key));
  if (isMap(value)) return wrapped(value.get(key));
  throw new EvaluationError("no such overload");
}

const access: readonly Overload[] = [
  overload("_[_](list(A), int) A", indexed),
  overload("_[_](map(K, V), K) V", keyed),
  overload("_[_](optional(list(A)), int) optional(A)", optionally),
  overload("_[_](optional(map(K, V)), K) optional(V)", optionally),
  overload("_[?_](list(A), int) optional(A)", (list: readonly Value[], key: Value) => wrapped(itemAt(list, key))),
  overload("_[?_](map(K, V), K) optional(V)", (map: MapValue, key: Value) => wrapped(map.get(key))),
  overload("_[?_](optional(list(A)), int) optional(A)", optionally),
  overload("_[?_](optional(map(K, V)), K) optional(V)", optionally),
  overload("@in(A, list(A)) bool", (item: Value, list: readonly Value[]) => list.some((one) => equal(one, item)), {
    argument: 1,
    factor: 1,
  }),
  overload("@in(A, map(A, B)) bool", (key: Value, map: MapValue) => map.get(key) !== undefined),
];

export const operators: readonly Overload[] = [...arithmetic, ...equality, ...comparison, ...access];
