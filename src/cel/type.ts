// The types of CEL: what a checker knows of an expression before it runs. It refuses to hold values (values.ts).
// Specification: cel-spec, "Values" and "Gradual type checking"; names as cel-go writes them in messages.

export type Type =
  | { readonly kind: "dyn" }
  /** `most`: the largest size that a value can have, where somebody knows: characters, items, members. */
  | { readonly kind: "simple"; readonly name: SimpleName; readonly most?: number }
  | { readonly kind: "list"; readonly items: Type; readonly most?: number }
  | { readonly kind: "map"; readonly keys: Type; readonly values: Type; readonly most?: number }
  | { readonly kind: "type"; readonly of: Type }
  | { readonly kind: "optional"; readonly of: Type }
  /** A value of its own with functions of its own: quantity, url, ip … */
  | { readonly kind: "opaque"; readonly name: string }
  | ObjectType
  /** Stands for any type, the same one throughout a signature. */
  | { readonly kind: "parameter"; readonly name: string };

export type SimpleName =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "null_type"
  | "timestamp"
  | "duration";

/** An object with declared fields. */
export interface ObjectType {
  readonly kind: "object";
  readonly name: string;
  /** By the name that expressions use; `json` is the one in the object. */
  readonly field: (name: string) => { readonly json: string; readonly type: Type } | undefined;
}

export const DYN: Type = { kind: "dyn" };
const simple = (name: SimpleName): Type => ({ kind: "simple", name });
export const BOOL = simple("bool");
export const INT = simple("int");
export const UINT = simple("uint");
export const DOUBLE = simple("double");
export const STRING = simple("string");
export const BYTES = simple("bytes");
export const NULL = simple("null_type");
export const TIMESTAMP = simple("timestamp");
export const DURATION = simple("duration");

export const listOf = (items: Type): Type => ({ kind: "list", items });
export const mapOf = (keys: Type, values: Type): Type => ({ kind: "map", keys, values });
export const typeOf = (of: Type): Type => ({ kind: "type", of });
export const optionalOf = (of: Type): Type => ({ kind: "optional", of });
export const opaque = (name: string): Type => ({ kind: "opaque", name });

/** As messages show it: `list(int)`, `map(string, dyn)`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "dyn":
      return "dyn";
    case "simple":
    case "opaque":
    case "object":
    case "parameter":
      return type.name;
    case "list":
      return `list(${typeText(type.items)})`;
    case "map":
      return `map(${typeText(type.keys)}, ${typeText(type.values)})`;
    case "type":
      return `type(${typeText(type.of)})`;
    case "optional":
      return `optional_type(${typeText(type.of)})`;
  }
}

export const sameType = (a: Type, b: Type): boolean => a === b || typeText(a) === typeText(b);

/** What parameters stand for, found while a call is checked. */
export type Bindings = Map<string, Type>;

/** Whether a value of type `given` may stand where `wanted` is asked for; binds the parameters of `wanted`. */
export function fits(wanted: Type, given: Type, bindings: Bindings): boolean {
  if (wanted.kind === "dyn" || given.kind === "dyn") {
    return true;
  }
  if (wanted.kind === "parameter") return bind(wanted.name, given, bindings);
  // Parameters that nothing has bound are open: an empty list fits any list.
  if (given.kind === "parameter") return true;
  if (given.kind === "simple" && given.name === "null_type" && isNullable(wanted)) return true;
  if (wanted.kind !== given.kind) return false;
  switch (wanted.kind) {
    case "list":
      return fits(wanted.items, (given as typeof wanted).items, bindings);
    case "map":
      return (
        fits(wanted.keys, (given as typeof wanted).keys, bindings) &&
        fits(wanted.values, (given as typeof wanted).values, bindings)
      );
    case "type":
      return true;
    case "optional":
      return fits(wanted.of, (given as typeof wanted).of, bindings);
    default:
      return (wanted as { name: string }).name === (given as { name: string }).name;
  }
}

const isNullable = ({ kind, ...rest }: Type) =>
  kind === "object" ||
  kind === "opaque" ||
  kind === "optional" ||
  ("name" in rest && (rest.name === "timestamp" || rest.name === "duration"));

function bind(name: string, given: Type, bindings: Bindings): boolean {
  const before = bindings.get(name);
  if (before === undefined || before.kind === "parameter") {
    bindings.set(name, given);
    return true;
  }
  if (before.kind === "dyn") return true;
  if (fits(before, given, new Map())) return true;
  // An empty list came first: what it holds is known now.
  if (fits(given, before, new Map())) {
    bindings.set(name, given);
    return true;
  }
  return false;
}

/** The type with its parameters replaced by what they are bound to; the unbound ones become dyn. */
export function substituted(type: Type, bindings: Bindings): Type {
  switch (type.kind) {
    case "parameter":
      return bindings.get(type.name) ?? DYN;
    case "list":
      return { ...type, items: substituted(type.items, bindings) };
    case "map":
      return { ...type, keys: substituted(type.keys, bindings), values: substituted(type.values, bindings) };
    case "type":
      return typeOf(substituted(type.of, bindings));
    case "optional":
      return optionalOf(substituted(type.of, bindings));
    default:
      return type;
  }
}

/** The type of what is one of two: the same one, else dyn. */
export function joined(a: Type, b: Type): Type {
  if (sameType(a, b)) return a;
  if (fits(a, b, new Map()) && a.kind !== "dyn" && b.kind !== "dyn") return a;
  return DYN;
}

const SIMPLE_NAMES: ReadonlySet<string> = new Set<SimpleName>([
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "null_type",
  "timestamp",
  "duration",
]);

/** Reads a type as signatures write it: `list(A)`, `map(string, dyn)`, `optional(int)`; names of one capital are parameters. */
export function readType(text: string): Type {
  const trimmed = text.trim();
  const open = trimmed.indexOf("(");
  if (open < 0) {
    if (trimmed === "dyn") return DYN;
    if (SIMPLE_NAMES.has(trimmed)) return simple(trimmed as SimpleName);
    return /^[A-Z]$/.test(trimmed) ? { kind: "parameter", name: trimmed } : opaque(trimmed);
  }
  const inner = splitArguments(trimmed.slice(open + 1, -1)).map(readType);
  switch (trimmed.slice(0, open)) {
    case "list":
      return listOf(inner[0]!);
    case "map":
      return mapOf(inner[0]!, inner[1]!);
    case "optional":
      return optionalOf(inner[0]!);
    default:
      return typeOf(inner[0]!);
  }
}

/** The parts between commas that stand in no parentheses. */
export function splitArguments(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (text[i] === "," && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  if (text.trim() !== "") parts.push(text.slice(from));
  return parts;
}
