// The extension of strings: characters, indexes, cases, splitting, formatting. Indexes count code points.
import { namespaced, overload } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { Unsigned } from "../expr.ts";
import { EvaluationError } from "../source.ts";
import { Duration, isMap, numeric, Timestamp, typeOfValue, TypeValue } from "../values.ts";
import type { Value } from "../values.ts";
import { typeText } from "../type.ts";
import { doubleText, durationText, standard } from "./standard.ts";

const points = (text: string): readonly string[] => [...text];

function at(text: string, index: bigint): string {
  const all = points(text);
  const i = Number(index);
  if (i < 0 || i > all.length) throw new EvaluationError(`index out of range: ${i}`);
  return all[i] ?? "";
}

function indexIn(text: string, part: string, from: bigint): bigint {
  const all = points(text);
  const start = Number(from);
  if (start < 0 || start > all.length) throw new EvaluationError(`index out of range: ${start}`);
  const before = all.slice(0, start).join("");
  const found = text.indexOf(part, before.length);
  return found < 0 ? -1n : BigInt(points(text.slice(0, found)).length);
}

function lastIndexIn(text: string, part: string, from: bigint | undefined): bigint {
  const all = points(text);
  const start = from === undefined ? all.length : Number(from);
  if (start < 0 || start > all.length) throw new EvaluationError(`index out of range: ${start}`);
  const found = text.lastIndexOf(part, all.slice(0, start).join("").length);
  return found < 0 ? -1n : BigInt(points(text.slice(0, found)).length);
}

function substring(text: string, from: bigint, to: bigint | undefined): string {
  const all = points(text);
  const [start, end] = [Number(from), to === undefined ? all.length : Number(to)];
  if (start < 0 || start > all.length) throw new EvaluationError(`index out of range: ${start}`);
  if (end < 0 || end > all.length) throw new EvaluationError(`index out of range: ${end}`);
  if (start > end) throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`);
  return all.slice(start, end).join("");
}

function split(text: string, separator: string, most: number): readonly string[] {
  if (most === 0) return [];
  const parts = separator === "" ? points(text) : text.split(separator);
  if (most < 0 || parts.length <= most) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}

function replace(text: string, old: string, fresh: string, most: number): string {
  let rest = most;
  return text.replace(new RegExp(old.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"), "g"), (found) => {
    if (rest === 0) return found;
    rest--;
    return fresh;
  });
}

const ascii = (text: string, form: RegExp, change: (letter: string) => string): string => text.replace(form, change);
const TEXT = 0;

export const text: readonly Overload[] = [
  overload("string.charAt(int) string", at, TEXT),
  overload("string.indexOf(string) int", (a: string, b: string) => indexIn(a, b, 0n), TEXT),
  overload("string.indexOf(string, int) int", indexIn, TEXT),
  overload("string.lastIndexOf(string) int", (a: string, b: string) => lastIndexIn(a, b, undefined), TEXT),
  overload(
    "string.lastIndexOf(string, int) int",
    (a: string, b: string, from: bigint) => lastIndexIn(a, b, from),
    TEXT,
  ),
  overload("string.lowerAscii() string", (a: string) => ascii(a, /[A-Z]/g, (one) => one.toLowerCase()), TEXT),
  overload("string.upperAscii() string", (a: string) => ascii(a, /[a-z]/g, (one) => one.toUpperCase()), TEXT),
  overload("string.replace(string, string) string", (a: string, b: string, c: string) => replace(a, b, c, -1), TEXT),
  overload(
    "string.replace(string, string, int) string",
    (a: string, b: string, c: string, most: bigint) => replace(a, b, c, Number(most)),
    TEXT,
  ),
  overload("string.split(string) list(string)", (a: string, b: string) => split(a, b, -1), TEXT),
  overload("string.split(string, int) list(string)", (a: string, b: string, n: bigint) => split(a, b, Number(n)), TEXT),
  overload("string.substring(int) string", (a: string, from: bigint) => substring(a, from, undefined), TEXT),
  overload("string.substring(int, int) string", (a: string, from: bigint, to: bigint) => substring(a, from, to), TEXT),
  overload("string.trim() string", (a: string) => a.replace(SPACES, ""), TEXT),
  overload("string.reverse() string", (a: string) => points(a).toReversed().join(""), TEXT),
  overload("list(string).join() string", (a: readonly string[]) => a.join(""), TEXT),
  overload("list(string).join(string) string", (a: readonly string[], b: string) => a.join(b), TEXT),
  namespaced(
    "strings.quote",
    overload("quote(string) string", (a: string) => quoted(a), TEXT),
  ),
  overload("string.format(list(dyn)) string", format, TEXT),
];

/** White space at both ends, as Unicode and Go have it. */
const SPACE = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const SPACES = new RegExp(`^${SPACE}|${SPACE}$`, "g");

const QUOTED: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

// eslint-disable-next-line no-control-regex
const quoted = (text: string): string =>
  `"${text.toWellFormed().replace(/[\u0007-\u000d\\"]/g, (one) => QUOTED[one] ?? one)}"`;

/** Halves go to the even neighbour, as in Go. */
function fixed(value: number, precision: number): string {
  const scaled = value * 10 ** precision;
  if (Math.abs(scaled % 1) !== 0.5 || precision > 15) return value.toFixed(precision);
  const even = Math.round(scaled / 2) * 2;
  return (even / 10 ** precision).toFixed(precision);
}

const numberText = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? doubleText(value) : value > 0 ? "Infinity" : "-Infinity";

const CLAUSE = /%(?:%|(?:\.(\d+))?([sdfebxXo]))/g;

/** `%s %d %f %e %b %x %X %o`, with a precision for f and e. */
function format(template: string, args: readonly Value[]): string {
  let next = 0;
  return template.replace(CLAUSE, (whole, precision: string | undefined, verb: string | undefined) => {
    if (whole === "%%") return "%";
    if (next >= args.length) throw new EvaluationError(`index ${next} out of range`);
    return formatted(verb!, args[next++]!, precision === undefined ? 6 : Number(precision));
  });
}

function formatted(verb: string, value: Value, precision: number): string {
  const number = numeric(value);
  switch (verb) {
    case "s":
      return shown(value);
    case "d":
      if (number === undefined) break;
      return typeof number === "bigint" ? String(number) : numberText(number);
    case "f":
      if (number !== undefined)
        return typeof number === "number" && !Number.isFinite(number)
          ? numberText(number)
          : fixed(Number(number), precision);
      break;
    case "e":
      if (number !== undefined)
        return Number(number)
          .toExponential(precision)
          .replace(/e([+-])(\d)$/, "e$10$2");
      break;
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      if (typeof number === "bigint") return number.toString(2);
      break;
    case "o":
      if (typeof number === "bigint") return number.toString(8);
      break;
    default: {
      const hex = hexText(value, number);
      if (hex !== undefined) return verb === "X" ? hex.toUpperCase() : hex;
    }
  }
  throw new EvaluationError(`error during formatting: %${verb} cannot be applied to ${typeText(typeOfValue(value))}`);
}

function hexText(value: Value, number: bigint | number | undefined): string | undefined {
  if (typeof number === "bigint") return number.toString(16);
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : undefined;
}

/** A value as `%s` shows it. */
export function shown(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Unsigned) return String(value.value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Timestamp || value instanceof Uint8Array) return converted(value);
  if (value instanceof TypeValue) return typeText(value.type);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(shown).join(", ")}]`;
  if (isMap(value)) {
    const entries = value.keys().map((key) => `${shown(key)}: ${shown(value.get(key)!)}`);
    return `{${entries.sort().join(", ")}}`;
  }
  throw new EvaluationError(`error during formatting: no text for ${typeText(typeOfValue(value))}`);
}

function converted(value: Timestamp | Uint8Array): string {
  const wanted = value instanceof Timestamp ? "timestamp" : "bytes";
  const convert = standard.find(
    ({ name, params: [first] }) => name === "string" && first && typeText(first) === wanted,
  )!;
  return convert.run([value], { spend: () => {} }) as string;
}
