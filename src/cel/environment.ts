// What expressions may name: variables, functions with their overloads, types. It refuses to run anything.
import { readType, splitArguments } from "./type.ts";
import type { ObjectType, Type } from "./type.ts";
import type { Value } from "./values.ts";

/** What a function may ask of the evaluation that it is part of. */
export interface Running {
  /** Throws CostError beyond the limit. */
  readonly spend: (cost: number) => void;
}

export interface Overload {
  readonly name: string;
  /** The first parameter stands before the dot. */
  readonly member: boolean;
  readonly params: readonly Type[];
  readonly result: Type;
  readonly run: (args: readonly Value[], running: Running) => Value;
  /** How the cost grows beyond one: with the size of this argument, times a factor. */
  readonly grows: Growth | undefined;
}

/** `factor` for each character or item of the argument at `argument`; times that of `times` where there is one. */
export interface Growth {
  readonly argument: number;
  readonly factor: number;
  readonly times?: { readonly argument: number; readonly factor: number };
}

/** A tenth of a unit for each character that is looked at. */
export const TEXT_FACTOR = 0.1;

/**
 * An overload from its signature: `size(string) int`, `string.startsWith(string) bool`. `grows`: the argument whose size
 * the cost grows with, a tenth for each character of it.
 */
export function overload<A extends readonly Value[]>(
  signature: string,
  run: (...args: A) => Value,
  grows?: number | Growth,
): Overload {
  const close = signature.lastIndexOf(") ");
  const open = opening(signature, close);
  const head = signature.slice(0, open);
  const dot = head.lastIndexOf(".");
  const params = splitArguments(signature.slice(open + 1, close)).map(readType);
  return {
    name: head.slice(dot + 1),
    member: dot >= 0,
    params: dot < 0 ? params : [readType(head.slice(0, dot)), ...params],
    result: readType(signature.slice(close + 2)),
    run: (args) => run(...(args as unknown as A)),
    grows: typeof grows === "number" ? { argument: grows, factor: TEXT_FACTOR } : grows,
  };
}

/** Where the parenthesis opens that closes at `close`. */
function opening(text: string, close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (text[i] === ")") depth++;
    else if (text[i] === "(" && --depth === 0) return i;
  }
  throw new Error(`${text} is no signature`);
}

/** The same for a function in a namespace: `ip.isCanonical`. */
export const namespaced = (name: string, declared: Overload): Overload => ({ ...declared, name, member: false });

export interface Environment {
  readonly variable: (name: string) => Type | undefined;
  readonly overloads: (name: string) => readonly Overload[];
  /** Message types by name (`Object.spec`), for expressions that make objects. */
  readonly message: (name: string) => ObjectType | undefined;
}

export function environment(
  libraries: readonly (readonly Overload[])[],
  variables: Readonly<Record<string, Type>>,
  message: Environment["message"] = () => undefined,
): Environment {
  const known = byName(libraries);
  return {
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    overloads: (name) => known.get(name) ?? [],
    message,
  };
}

const indexed = new WeakMap<readonly (readonly Overload[])[], Map<string, Overload[]>>();

function byName(libraries: readonly (readonly Overload[])[]): Map<string, Overload[]> {
  const before = indexed.get(libraries);
  if (before !== undefined) return before;
  const found = new Map<string, Overload[]>();
  for (const library of libraries)
    for (const one of library) {
      const same = found.get(one.name);
      if (same === undefined) found.set(one.name, [one]);
      else same.push(one);
    }
  indexed.set(libraries, found);
  return found;
}
