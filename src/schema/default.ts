// Defaulting: what a user may leave out is filled in, and plain structs are there even when empty. It refuses to change
// what is given: a value stays what it was.
//
// Contract of one pass: for each object its existing children first, then its own fields in declared order; a default
// function sees the parent as far as it is done, and the root as it came in. Applying it twice changes nothing.
// The same object comes back when nothing was missing; otherwise what changed is a frozen copy, the rest is shared.
import { mapList, mapMembers } from "./prune.ts";
import { copyJson, isJsonObject } from "./freeze.ts";
import type { AnyObjectNode, Field, Node, ValueIn } from "./node.ts";

type DefaultFunction = (parent: unknown, root: unknown) => unknown;
/** Gives the value with defaults; the same one when nothing was missing. */
type Filler = (value: unknown, root: unknown) => unknown;

/** A node's filler; undefined where nothing below can have a default. */
const fillers = new WeakMap<Node, Filler | null>();

/** The object with its defaults. */
export function applyDefaults<N extends Node>(node: N, value: ValueIn<N>): ValueIn<N> {
  const fill = fillerOf(node);
  return fill === undefined ? value : (fill(value, value) as ValueIn<N>);
}

function fillerOf(node: Node): Filler | undefined {
  const known = fillers.get(node);
  if (known !== undefined) return known ?? undefined;
  // While it compiles, a recursive schema gets a filler that looks the real one up when it runs.
  fillers.set(node, (value, root) => fillers.get(node)?.(value, root) ?? value);
  const filler = compile(node);
  fillers.set(node, filler ?? null);
  return filler;
}

function compile(node: Node): Filler | undefined {
  switch (node.type) {
    case "object":
      return compileObject(node);
    case "list": {
      const fill = fillerOf(node.items);
      return fill && ((value, root) => (Array.isArray(value) ? mapList(value, (item) => fill(item, root)) : value));
    }
    case "map": {
      const fill = fillerOf(node.values);
      return fill && ((value, root) => (isJsonObject(value) ? mapMembers(value, (item) => fill(item, root)) : value));
    }
    default:
      return undefined;
  }
}

/** One field that has something to do. */
interface Step {
  readonly name: string;
  /** Defaults inside the field's value. */
  readonly fill: Filler | undefined;
  /** What stands there when it is absent (or, in a plain field, zero); undefined: nothing. */
  readonly missing: DefaultFunction | undefined;
  /** Zero means absence: a plain Go value. */
  readonly plain: boolean;
}

function compileObject(node: AnyObjectNode): Filler | undefined {
  const steps: Step[] = [];
  for (const name of Object.keys(node.fields)) {
    const field = node.fields[name]!;
    const fill = fillerOf(field.node);
    const missing = missingOf(field);
    if (fill !== undefined || missing !== undefined) {
      steps.push({ name, fill, missing, plain: !field.pointer && field.default !== undefined });
    }
  }
  const additional = node.additional && fillerOf(node.additional);
  if (steps.length === 0 && additional === undefined) return undefined;
  return (value, root) => {
    if (!isJsonObject(value)) return value;
    const filled = fillObject(steps, value, root);
    return additional === undefined ? filled : fillAdditional(node, additional, filled, root);
  };
}

function fillObject(steps: readonly Step[], value: Readonly<Record<string, unknown>>, root: unknown): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const { name, fill } of steps) {
    const member = value[name];
    if (fill === undefined || member === undefined || member === null) continue;
    const filled = fill(member, root);
    if (filled !== member) (copy ??= { ...value })[name] = filled;
  }
  let current = copy ?? value;
  for (const { name, fill, missing, plain } of steps) {
    if (missing === undefined) continue;
    const member = current[name];
    if (member !== undefined && !(plain && isZero(member))) continue;
    let made = missing(current, root);
    if (made === undefined) continue;
    if (fill !== undefined) made = fill(made, root);
    if (made === member) continue;
    current = copy ??= { ...value };
    copy[name] = made;
  }
  return copy === undefined ? value : Object.freeze(copy);
}

function fillAdditional(node: AnyObjectNode, fill: Filler, value: unknown, root: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return mapMembers(value, (member, key) => (Object.hasOwn(node.fields, key) ? member : fill(member, root)));
}

const isZero = (value: unknown) => value === "" || value === 0 || value === false || value === "0";

const EMPTY_OBJECT = Object.freeze({});
const EMPTY_LIST = Object.freeze([]);

/** What an absent field gets: its default, then the zero that JSON always shows. */
function missingOf(field: Field): DefaultFunction | undefined {
  const given = field.default;
  const zero = zeroShown(field);
  if (given === undefined) return zero === undefined ? undefined : () => zero;
  if (typeof given === "function") {
    const make = given as DefaultFunction;
    return (parent, root) => make(parent, root) ?? zero;
  }
  const constant = copyJson(given);
  return () => constant;
}

/** The value that a plain field has in an object's JSON though nobody gave it: Go never omits structs. */
function zeroShown(field: Field): unknown {
  if (field.pointer) return undefined;
  switch (field.node.type) {
    case "object":
      return field.omitZero ? undefined : EMPTY_OBJECT;
    case "quantity":
      return field.omitZero ? undefined : "0";
    case "intOrString":
      return field.omitZero ? undefined : 0;
    case "list":
      return field.always ? EMPTY_LIST : undefined;
    case "map":
      return field.always ? EMPTY_OBJECT : undefined;
    case "string":
    case "bytes":
      return field.always ? "" : undefined;
    case "boolean":
      return field.always ? false : undefined;
    case "int32":
    case "int64":
    case "double":
      return field.always ? 0 : undefined;
    default:
      return undefined;
  }
}
