// Equality: whether two values of a node mean the same to Kubernetes. It refuses to say what differs (patches do).
//
// As apimachinery's Semantic.DeepEqual on Go structs: nothing and an empty list or map are the same, a plain field's
// absence is its zero value, quantities compare by amount and times by instant, order counts in lists only.
import { compareQuantity } from "../base/quantity.ts";
import { parseTime } from "../base/timestamp.ts";
import { isJsonObject } from "./freeze.ts";
import { caseOf } from "./variant.ts";
import type { AnyObjectNode, Field, Node, ValueIn } from "./node.ts";

/** Whether `a` and `b` mean the same. Either may be absent. */
export function semanticEqual<N extends Node>(node: N, a: ValueIn<N> | undefined, b: ValueIn<N> | undefined): boolean {
  return same(node, a, b);
}

function same(node: Node, a: unknown, b: unknown): boolean {
  if (a === b) return true;
  switch (node.type) {
    case "object":
      return a === undefined || b === undefined ? false : sameObject(node, a, b);
    case "list":
      return sameList(node.items, a ?? NOTHING, b ?? NOTHING);
    case "map":
      return sameMap(node.values, a ?? EMPTY, b ?? EMPTY);
    case "variant": {
      const found = caseOf(node, a);
      return found !== undefined && found === caseOf(node, b) && same(found.node, a, b);
    }
    case "quantity":
      return typeof a === "string" && typeof b === "string" && compareQuantity(a, b) === 0;
    case "time":
    case "microTime":
      return typeof a === "string" && typeof b === "string" && sameInstant(a, b);
    case "rawExtension":
    case "fieldsV1":
    case "json":
      return equalJson(a, b);
    default:
      return false;
  }
}

const NOTHING: readonly unknown[] = Object.freeze([]);
const EMPTY = Object.freeze({});

function sameInstant(a: string, b: string): boolean {
  // Canonical texts of one kind differ when their instants do; others have to be read.
  if (a.length === b.length && a.endsWith("Z") && b.endsWith("Z") && (a.length === 20 || a.length === 27)) return false;
  const [x, y] = [parseTime(a), parseTime(b)];
  return x.ms === y.ms && x.nanos === y.nanos;
}

function sameList(items: Node, a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return equalJson(a, b);
  return a.length === b.length && a.every((item: unknown, i) => same(items, item, b[i]));
}

function sameMap(values: Node, a: unknown, b: unknown): boolean {
  if (!isJsonObject(a) || !isJsonObject(b)) return equalJson(a, b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(values, a[key], b[key]));
}

function sameObject(node: AnyObjectNode, a: unknown, b: unknown): boolean {
  if (!isJsonObject(a) || !isJsonObject(b)) return equalJson(a, b);
  for (const name of Object.keys(node.fields)) {
    const x = a[name];
    const y = b[name];
    if (x !== y && !sameField(node.fields[name]!, x, y)) return false;
  }
  if (!node.additional && !node.preserveUnknown && !node.embedded) return true;
  return sameRest(node, a, b);
}

/** Whether a field has the same value in two objects: of a plain field, absence is its zero. */
export function sameField(field: Field, a: unknown, b: unknown): boolean {
  if (field.pointer || (a !== undefined && b !== undefined)) return same(field.node, a, b);
  const there = a ?? b;
  return isZeroValue(field.node, there);
}

/** Whether a value is what Go has in a plain field that nobody set. */
export function isZeroValue(node: Node, value: unknown): boolean {
  switch (node.type) {
    case "string":
    case "bytes":
      return value === "" || value === undefined;
    case "boolean":
      return value === false || value === undefined;
    case "int32":
    case "int64":
    case "double":
      return value === 0 || value === undefined;
    case "intOrString":
      return value === 0 || value === undefined;
    case "quantity":
      return value === undefined || (typeof value === "string" && compareQuantity(value, "0") === 0);
    case "list":
      return value === undefined || (Array.isArray(value) && value.length === 0);
    case "map":
      return value === undefined || (isJsonObject(value) && Object.keys(value).length === 0);
    case "object":
      if (!isJsonObject(value)) return value === undefined;
      return Object.keys(value).every((key) => {
        const field = node.fields[key];
        return field !== undefined && !field.pointer && isZeroValue(field.node, value[key]);
      });
    default:
      return value === undefined || value === null;
  }
}

/** What custom resources have beyond their named fields. */
function sameRest(
  node: AnyObjectNode,
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  const rest = (object: object) => Object.keys(object).filter((key) => !Object.hasOwn(node.fields, key));
  const keys = rest(a);
  if (keys.length !== rest(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) && (node.additional ? same(node.additional, a[key], b[key]) : equalJson(a[key], b[key])),
  );
}

/** Whether two JSON values are the same; the order of keys does not count, an undefined member is none. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => equalJson(item, b[i]));
  }
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  let more = 0;
  for (const key in x) {
    if (x[key] === undefined) continue;
    if (!Object.hasOwn(y, key) || !equalJson(x[key], y[key])) return false;
    more++;
  }
  for (const key in y) if (y[key] !== undefined) more--;
  return more === 0;
}
