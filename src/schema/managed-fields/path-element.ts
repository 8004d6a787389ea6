// One step of a field path as managed fields write it: `f:name` a field, `k:{"name":"a"}` a list item by its keys,
// `v:"x"` a set's item, `i:0` an index. The text is the identity; this file refuses to hold any other form of it.
import type { JsonObject } from "../node.ts";

/** A step, in exactly the text that upstream writes. */
export type PathElement = string;

export const fieldElement = (name: string): PathElement => `f:${name}`;
export const valueElement = (value: unknown): PathElement => `v:${goJson(value)}`;

/** `keys` need not be sorted. */
export function keyElement(keys: readonly (readonly [name: string, value: unknown])[]): PathElement {
  if (keys.length === 1) return `k:{${goJson(keys[0]![0])}:${goJson(keys[0]![1])}}`;
  const sorted = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:{${sorted.map(([name, value]) => `${goJson(name)}:${goJson(value)}`).join(",")}}`;
}

/** JSON as Go's encoder writes it: `<`, `>`, `&` and the two line separators are escaped, keys sorted. */
export function goJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return escaped(JSON.stringify(value));
  const sorted = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
  return escaped(sorted);
}

const ESCAPED = /[<>&\u2028\u2029]/;
const escaped = (json: string) =>
  ESCAPED.test(json)
    ? json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;

/** An element in canonical text, or undefined for a kind that is not known (to be skipped). Throws on broken text. */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new SyntaxError(`key must be 2 characters long: ${text}`);
  if (text[1] !== ":") throw new SyntaxError(`missing colon: ${text}`);
  switch (text[0]) {
    case "f":
      return text;
    case "v":
      return valueElement(JSON.parse(text.slice(2)));
    case "k": {
      const keys: unknown = JSON.parse(text.slice(2));
      if (typeof keys !== "object" || keys === null || Array.isArray(keys)) throw new SyntaxError(`no keys: ${text}`);
      return keyElement(Object.entries(keys));
    }
    case "i":
      if (!/^i:[+-]?\d+$/.test(text)) throw new SyntaxError(`no index: ${text}`);
      return `i:${Number(text.slice(2))}`;
    default:
      return undefined;
  }
}

const RANKS: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** Upstream's order: fields, keys, values, indexes; within these by name or value. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const rank = RANKS[a[0]!]! - RANKS[b[0]!]!;
  if (rank !== 0) return rank;
  if (a[0] === "f") return a < b ? -1 : 1;
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

const kindRank = (value: unknown) =>
  typeof value === "number"
    ? 0
    : typeof value === "string"
      ? 1
      : typeof value === "boolean"
        ? 2
        : Array.isArray(value)
          ? 3
          : value
            ? 4
            : 5;

function compareValues(a: unknown, b: unknown): number {
  const rank = kindRank(a) - kindRank(b);
  if (rank !== 0) return rank;
  if (Array.isArray(a)) return compareLists(a, b as unknown[], compareValues);
  if (typeof a === "object" && a !== null) {
    return compareLists(Object.entries(a), Object.entries(b as JsonObject), ([m, x], [n, y]) =>
      m === n ? compareValues(x, y) : m < n ? -1 : 1,
    );
  }
  const [x, y] = [a as string, b as string];
  return x === y ? 0 : x < y ? -1 : 1;
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: (x: T, y: T) => number): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The step as messages show it: `.name`, `[name="a"]`, `[="x"]`, `[0]`. */
export function elementText(element: PathElement): string {
  const text = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${text}`;
    case "k":
      return `[${Object.entries(JSON.parse(text) as JsonObject)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${JSON.stringify(JSON.parse(text))}]`;
    default:
      return `[${text}]`;
  }
}

export const pathText = (path: readonly PathElement[]) => path.map(elementText).join("");
