// Defaulting: what a user may leave out is filled in, and plain structs are there even when empty. It refuses to change
// what is given: a value stays what it was.
//
// Contract: first every object gets its shape (plain structs, fields without omitempty), then its defaults: of each
// object its existing children first, then its own fields in declared order. A default function sees the parent as far
// as it is done, and the root as it came in, with its shape. Applying it twice changes nothing.
// The same object comes back when nothing was missing; otherwise what changed is a frozen copy, the rest is shared. What
// was in canonical form stays in it. A function looks at nothing of the root but the top-level field that it stands in:
// what a member becomes is noted with a member that comes again (repeated.ts).
import { inOrder, mapList, mapMembers } from "./prune.ts";
import { caseOf } from "./variant.ts";
import { copyJson, isJsonObject } from "./freeze.ts";
import { beginNotes, notesOf } from "./repeated.ts";
import type { AnyObjectNode, Field, Node, ValueIn } from "./node.ts";

type DefaultFunction = (parent: unknown, root: unknown) => unknown;
/** Gives the value with what was missing; the same one when nothing was. */
type Filler = (value: unknown, root: unknown) => unknown;

/** The object with its shape and its defaults. */
export function applyDefaults<N extends Node>(node: N, value: ValueIn<N>): ValueIn<N> {
  const given = node.type === "object" && isJsonObject(value) ? withKnownMembers(node, value) : value;
  const shaped = shape.fill(node, given, undefined);
  const filled = defaults.fill(node, shaped, shaped);
  if (node.type === "object" && isJsonObject(value)) noteMembers(node, value, filled);
  return filled as ValueIn<N>;
}

type Members = Readonly<Record<string, unknown>>;

/** The root with each member that came before as what it became then. */
function withKnownMembers(node: AnyObjectNode, value: Members): Members {
  let copy: Record<string, unknown> | undefined;
  for (const name in value) {
    const known = node.fields[name] && notesOf(node.fields[name].node, value[name])?.defaulted;
    if (known === undefined || known.root !== node || known.value === value[name]) continue;
    (copy ??= { ...value })[name] = known.value;
  }
  return copy ?? value;
}

/** Notes what the members of a root that come again have become. */
function noteMembers(root: AnyObjectNode, value: Members, filled: unknown): void {
  for (const name in value) {
    const node = root.fields[name]?.node;
    const notes = node && notesOf(node, value[name]);
    if (notes === undefined || notes.defaulted?.root === root) continue;
    const became = (filled as Members)[name];
    beginNotes(node!, became, true);
    notes.defaulted = { root, value: became };
    const own = notesOf(node!, became);
    if (own !== undefined) own.defaulted = notes.defaulted;
  }
}

/** Whether a member of the root has its defaults, those that look at the root included. */
function isSettled(root: AnyObjectNode, node: Node, member: unknown): boolean {
  const known = notesOf(node, member)?.defaulted;
  return known !== undefined && known.root === root && known.value === member;
}

/** Nodes below which a default looks at the root: functions say so by their second parameter. */
const lookers = new WeakMap<Node, boolean>();

function looksAtRoot(node: Node): boolean {
  const known = lookers.get(node);
  if (known !== undefined) return known;
  // A recursive schema meets itself here; what counts is whether something else below looks.
  lookers.set(node, false);
  const looks =
    node.type === "object"
      ? Object.values(node.fields).some((field) => hasLooker(field) || looksAtRoot(field.node)) ||
        (node.additional !== undefined && looksAtRoot(node.additional))
      : node.type === "list"
        ? looksAtRoot(node.items)
        : node.type === "map"
          ? looksAtRoot(node.values)
          : node.type === "variant" && Object.values(node.cases).some((one) => looksAtRoot(one.node));
  lookers.set(node, looks);
  return looks;
}

const hasLooker = (field: Field) => typeof field.default === "function" && field.default.length > 1;

/** One of the two passes: what it puts in where a field is missing. */
class Pass {
  readonly #missing: (field: Field) => DefaultFunction | undefined;
  /** Whether what is missing below a node may depend on the root. */
  readonly #looks: (node: Node) => boolean;
  /** By node; null where nothing below can be missing. */
  readonly #fillers = new WeakMap<Node, Filler | null>();

  constructor(missing: (field: Field) => DefaultFunction | undefined, looks: (node: Node) => boolean) {
    this.#missing = missing;
    this.#looks = looks;
  }

  fill(node: Node, value: unknown, root: unknown): unknown {
    const filler = this.#fillerOf(node);
    return filler === undefined ? value : filler(value, root);
  }

  #fillerOf(node: Node): Filler | undefined {
    const known = this.#fillers.get(node);
    if (known !== undefined) return known ?? undefined;
    // While it compiles, a recursive schema gets a filler that looks the real one up when it runs.
    this.#fillers.set(node, (value, root) => this.#fillers.get(node)?.(value, root) ?? value);
    const filler = this.#unlessComplete(node, this.#compile(node));
    this.#fillers.set(node, filler ?? null);
    return filler;
  }

  #unlessComplete(node: Node, fill: Filler | undefined): Filler | undefined {
    if (fill === undefined || this.#looks(node)) return fill;
    return (value, root) => (notesOf(node, value)?.complete ? value : fill(value, root));
  }

  #compile(node: Node): Filler | undefined {
    switch (node.type) {
      case "object":
        return this.#compileObject(node);
      case "variant":
        return (value, root) => {
          const found = caseOf(node, value);
          return (found && this.#fillerOf(found.node)?.(value, root)) ?? value;
        };
      case "list": {
        const fill = this.#fillerOf(node.items);
        return fill && ((value, root) => (Array.isArray(value) ? mapList(value, (item) => fill(item, root)) : value));
      }
      case "map": {
        const fill = this.#fillerOf(node.values);
        return fill && ((value, root) => (isJsonObject(value) ? mapMembers(value, (item) => fill(item, root)) : value));
      }
      default:
        return undefined;
    }
  }

  #compileObject(node: AnyObjectNode): Filler | undefined {
    const steps: Step[] = [];
    for (const [name, field] of Object.entries(node.fields)) {
      const fill = this.#fillerOf(field.node);
      const missing = this.#missing(field);
      if (fill === undefined && missing === undefined) continue;
      steps.push({ name, node: field.node, fill, missing, plain: !field.pointer && field.default !== undefined });
    }
    const additional = node.additional && this.#fillerOf(node.additional);
    if (steps.length === 0 && additional === undefined) return undefined;
    // Keys that no schema names have no place in its order.
    const open = node.additional !== undefined || node.preserveUnknown || node.embedded || node.untyped;
    const names = open ? undefined : Object.keys(node.fields);
    return (value, root) => {
      if (!isJsonObject(value)) return value;
      const filled = fillObject({ node, steps, names }, value, root);
      return additional === undefined ? filled : fillAdditional(node, additional, filled, root);
    };
  }
}

/** One field that has something to do. */
interface Step {
  readonly name: string;
  readonly node: Node;
  /** What is missing inside the field's value. */
  readonly fill: Filler | undefined;
  /** What stands there when it is absent (or, in a plain field, zero); undefined: nothing. */
  readonly missing: DefaultFunction | undefined;
  /** Zero means absence: a plain Go value with a default. */
  readonly plain: boolean;
}

/** What to do in the objects of one node. */
interface Plan {
  readonly node: AnyObjectNode;
  readonly steps: readonly Step[];
  /** All fields in the order in which what is missing is put between what is there. */
  readonly names: readonly string[] | undefined;
}

function fillObject({ node: owner, steps, names }: Plan, value: Members, root: unknown): unknown {
  let copy: Record<string, unknown> | undefined;
  let added = false;
  for (const { name, node, fill } of steps) {
    const member = value[name];
    if (fill === undefined || member === undefined || member === null) continue;
    if (value === root && isSettled(owner, node, member)) continue;
    const filled = fill(member, root);
    if (filled !== member) (copy ??= { ...value })[name] = filled;
  }
  let current = copy ?? value;
  for (const { name, node, fill, missing, plain } of steps) {
    if (missing === undefined) continue;
    const member = current[name];
    if (member !== undefined && !(plain && isZero(member))) continue;
    let made = missing(current, root);
    if (made === undefined || made === member) continue;
    made = shape.fill(node, made, undefined);
    if (fill !== undefined) made = fill(made, root);
    current = copy ??= { ...value };
    copy[name] = made;
    added ||= member === undefined;
  }
  if (copy === undefined) return value;
  return Object.freeze(added && names !== undefined ? inOrder(copy, names) : copy);
}

function fillAdditional(node: AnyObjectNode, fill: Filler, value: unknown, root: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return mapMembers(value, (member, key) => (Object.hasOwn(node.fields, key) ? member : fill(member, root)));
}

const isZero = (value: unknown) => value === "" || value === 0 || value === false || value === "0";

const EMPTY_OBJECT = Object.freeze({});
const EMPTY_LIST = Object.freeze([]);

/** A field's default, then the zero that JSON always shows. */
function defaultOf(field: Field): DefaultFunction | undefined {
  const given = field.default;
  if (given === undefined) return undefined;
  const zero = zeroShown(field);
  if (typeof given === "function") {
    const make = given as DefaultFunction;
    return (parent, root) => make(parent, root) ?? zero;
  }
  const constant = copyJson(given);
  return () => constant;
}

/** Fields with a default wait for it: their zero must not look as if it were given. */
function shapeOf(field: Field): DefaultFunction | undefined {
  const zero = field.default === undefined ? zeroShown(field) : undefined;
  return zero === undefined ? undefined : () => zero;
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

const shape = new Pass(shapeOf, () => false);
const defaults = new Pass(defaultOf, looksAtRoot);
