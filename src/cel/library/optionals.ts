// Optional values: what may be there. optMap, optFlatMap, `or` and `orValue` are evaluate.ts' own.
import { namespaced, overload } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { EvaluationError } from "../source.ts";
import { isMap, Optional, sizeOfMap, Duration, Timestamp } from "../values.ts";
import type { Value } from "../values.ts";
import { Unsigned } from "../expr.ts";

function isZero(value: Value): boolean {
  if (value === null || value === "" || value === 0 || value === 0n || value === false) return true;
  if (value instanceof Unsigned) return value.value === 0n;
  if (value instanceof Duration || value instanceof Timestamp) return value.nanos === 0n;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return typeof value === "object" && isMap(value) && sizeOfMap(value) === 0;
}

function valueOf({ value }: Optional): Value {
  if (value === undefined) throw new EvaluationError("optional.none() dereference");
  return value;
}

export const optionals: readonly Overload[] = [
  namespaced(
    "optional.none",
    overload("none() optional(A)", () => Optional.none),
  ),
  namespaced(
    "optional.of",
    overload("of(A) optional(A)", (a: Value) => Optional.of(a)),
  ),
  namespaced(
    "optional.ofNonZeroValue",
    overload("of(A) optional(A)", (a: Value) => (isZero(a) ? Optional.none : Optional.of(a))),
  ),
  overload("optional(A).hasValue() bool", (a: Optional) => a.value !== undefined),
  overload("optional(A).value() A", valueOf),
  overload("optional(A).or(optional(A)) optional(A)", (a: Optional, b: Optional) => (a.value === undefined ? b : a)),
  overload("optional(A).orValue(A) A", (a: Optional, b: Value) => a.value ?? b),
];
