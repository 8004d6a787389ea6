// Which fields differ between two values of one schema. It refuses to know who owns them.
import { isJsonObject } from "../freeze.ts";
import type { JsonObject, Node } from "../node.ts";
import { notesOf } from "../repeated.ts";
import { EMPTY, SetBuilder, recursiveDifference, rememberedFor } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import type { PathElement } from "./path-element.ts";
import { shapeOf, stepTo } from "./topology.ts";
import type { Shape } from "./topology.ts";

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export const SAME: Comparison = { added: EMPTY, modified: EMPTY, removed: EMPTY };

/** What changes from `before` to `after`. Parts that are the same object are not looked into. */
export function compareObjects(node: Node, before: unknown, after: unknown): Comparison {
  if (before === after) return SAME;
  const sets = new Sets();
  new Walk(sets).visit(node, before, after);
  return { added: sets.added.set, modified: sets.modified.set, removed: sets.removed.set };
}

/** Comparisons by what led to them; forgotten all at once when a node has more shapes of change than this. */
const MOST_SHAPES = 200;
/** Longer traces are those of rare and large objects. */
const LONGEST_TRACE = 16 * 1024;
const shapes = new WeakMap<Node, Map<string, Comparison>>();

/**
 * The same, and one object for all changes of one shape, so that what follows from it is found by identity: the objects of
 * a workload are made and reported on in the same way, and differ in values.
 */
export function compareShapes(node: Node, before: unknown, after: unknown): Comparison {
  if (before === after) return SAME;
  const trace = traceOf(node, before, after);
  if (trace.length > LONGEST_TRACE) return compareObjects(node, before, after);
  let known = shapes.get(node);
  if (known === undefined) shapes.set(node, (known = new Map()));
  let comparison = known.get(trace);
  if (comparison === undefined) {
    comparison = compareObjects(node, before, after);
    if (known.size >= MOST_SHAPES) known.clear();
    known.set(trace, comparison);
  }
  return comparison;
}

/**
 * What {@link compareObjects} goes through as a text: values with equal texts give equal comparisons. It costs a fraction
 * of the sets.
 */
export function traceOf(node: Node, before: unknown, after: unknown): string {
  const trace = new Trace();
  new Walk(trace).visit(node, before, after);
  return trace.text;
}

/** Who hears of what a walk finds. The place is what was entered and not left. */
interface Found {
  /** Whether it knows what the walk would find here, and has noted it down; else the walk goes on. */
  knows(node: Node, before: unknown, after: unknown): boolean;
  enter(element: PathElement): void;
  leave(): void;
  note(kind: keyof Comparison): void;
}

class Sets implements Found {
  readonly added = new SetBuilder();
  readonly modified = new SetBuilder();
  readonly removed = new SetBuilder();
  readonly #path: PathElement[] = [];

  knows(): boolean {
    return false;
  }

  enter(element: PathElement): void {
    this.#path.push(element);
  }

  leave(): void {
    this.#path.pop();
  }

  note(kind: keyof Comparison): void {
    this[kind].add(this.#path);
  }
}

/** Long parts that come again stand as a number: no number stands for two texts. */
const numbers = new Map<string, string>();
let lastNumber = 0;
const MOST_NUMBERS = 1000;

function numberOf(text: string): string {
  if (text.length < 20) return text;
  let number = numbers.get(text);
  if (number === undefined) {
    if (numbers.size >= MOST_NUMBERS) numbers.clear();
    numbers.set(text, (number = `#${++lastNumber};`));
  }
  return number;
}

/** Elements stand with their length, so that no two walks have the same text. */
class Trace implements Found {
  text = "";

  /** Of a value that comes again the part of the text is noted. */
  knows(node: Node, before: unknown, after: unknown): boolean {
    const notes = notesOf(node, after);
    if (notes === undefined) return false;
    if (notes.trace === undefined || notes.trace.from !== before) {
      const part = new Trace();
      new Walk(part).lookInto(node, before, after);
      notes.trace = { from: before, text: numberOf(part.text) };
    }
    this.text += notes.trace.text;
    return true;
  }

  enter(element: PathElement): void {
    this.text += `${element.length}:${element}`;
  }

  leave(): void {
    this.text += ")";
  }

  note(kind: keyof Comparison): void {
    this.text += kind === "added" ? "+" : kind === "modified" ? "~" : "-";
  }
}

const without = new WeakMap<Comparison, WeakMap<FieldSet, Comparison>>();

/** The comparison without the fields at or below `ignored`; the same one each time. */
export function withoutFields(comparison: Comparison, ignored: FieldSet | undefined): Comparison {
  if (!ignored || comparison === SAME) return comparison;
  return rememberedFor(without, comparison, ignored, () => ({
    added: recursiveDifference(comparison.added, ignored),
    modified: recursiveDifference(comparison.modified, ignored),
    removed: recursiveDifference(comparison.removed, ignored),
  }));
}

/** Undefined stands for "not there"; null is a value. */
class Walk {
  readonly #found: Found;

  constructor(found: Found) {
    this.#found = found;
  }

  visit(node: Node, before: unknown, after: unknown): void {
    if (before === after || this.#found.knows(node, before, after)) return;
    this.lookInto(node, before, after);
  }

  lookInto(node: Node, before: unknown, after: unknown): void {
    const shape = shapeOf(node, after ?? before);
    const whole = shape.type === "leaf" || (isBare(shape, before) && isBare(shape, after));
    if (whole) {
      if (before !== undefined && after !== undefined) {
        if (!sameValue(before, after)) this.#found.note("modified");
        return;
      }
    } else if (shape.type === "map") this.#map(shape, before, after);
    else this.#list(shape, listOf(before), listOf(after));
    if (before === undefined) this.#found.note("added");
    else if (after === undefined) this.#found.note("removed");
  }

  /** In memory an object may lack what its JSON always has; that counts as if it were there. */
  #map({ child, standing }: Shape & { type: "map" }, before: unknown, after: unknown): void {
    const left = isJsonObject(before) ? before : undefined;
    const right = isJsonObject(after) ? after : undefined;
    const value = (side: JsonObject | undefined, key: string) =>
      side && (Object.hasOwn(side, key) ? side[key] : own(standing, key));
    for (const key of Object.keys(right ?? {})) {
      const held = value(left, key);
      if (held !== right![key]) this.#step(stepTo(key), child(key), held, right![key]);
    }
    for (const key of Object.keys(left ?? {})) {
      if (!right || !Object.hasOwn(right, key)) this.#step(stepTo(key), child(key), left![key], value(right, key));
    }
    if (left && right) return;
    const only = left ?? right ?? standing;
    for (const key of Object.keys(standing)) {
      if (!Object.hasOwn(only, key)) this.#step(stepTo(key), child(key), value(left, key), value(right, key));
    }
  }

  #list(
    shape: { readonly items: Node; readonly element: (item: unknown) => PathElement | undefined },
    before: readonly unknown[],
    after: readonly unknown[],
  ): void {
    if (this.#sameItems(shape, before, after) || this.#newItems(shape, before, after)) return;
    const left = byElement(shape.element, before);
    const right = byElement(shape.element, after);
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      this.#items(shape.items, element, left.get(element) ?? [], right.get(element) ?? []);
    }
  }

  /** The usual case: the same items in the same order, so that no table of them is needed. */
  #sameItems(
    shape: { readonly items: Node; readonly element: (item: unknown) => PathElement | undefined },
    before: readonly unknown[],
    after: readonly unknown[],
  ): boolean {
    if (before.length !== after.length || before.length === 0) return false;
    const elements: PathElement[] = [];
    for (let i = 0; i < after.length; i++) {
      const element = shape.element(after[i]);
      if (element === undefined || elements.includes(element)) return false;
      if (before[i] !== after[i] && shape.element(before[i]) !== element) return false;
      elements.push(element);
    }
    for (let i = 0; i < after.length; i++) this.#step(elements[i]!, shape.items, before[i], after[i]);
    return true;
  }

  /** On create: a list where there was none. */
  #newItems(
    shape: { readonly items: Node; readonly element: (item: unknown) => PathElement | undefined },
    before: readonly unknown[],
    after: readonly unknown[],
  ): boolean {
    if (before.length > 0) return false;
    const elements: PathElement[] = [];
    for (const item of after) {
      const element = shape.element(item);
      if (element === undefined || elements.includes(element)) return false;
      elements.push(element);
    }
    for (let i = 0; i < after.length; i++) this.#step(elements[i]!, shape.items, undefined, after[i]);
    return true;
  }

  /** Items of one identity: usually one on each side; where there are several they are compared as a whole. */
  #items(node: Node, element: PathElement, left: readonly unknown[], right: readonly unknown[]): void {
    if (left.length <= 1 && right.length <= 1) return this.#step(element, node, left[0], right[0]);
    if (left.length >= 2 && right.length >= 2) {
      if (!sameValue(left, right)) this.#noteAt(element, "modified");
    } else if (left.length >= 2) {
      if (right.length === 1) this.#step(element, node, undefined, right[0]);
      this.#noteAt(element, "removed");
    } else {
      if (left.length === 1) this.#step(element, node, left[0], undefined);
      this.#noteAt(element, "added");
    }
  }

  #step(element: PathElement, node: Node | undefined, before: unknown, after: unknown): void {
    if (!node || before === after) return;
    this.#found.enter(element);
    this.visit(node, before, after);
    this.#found.leave();
  }

  #noteAt(element: PathElement, kind: keyof Comparison): void {
    this.#found.enter(element);
    this.#found.note(kind);
    this.#found.leave();
  }
}

/** Nothing to look into: absent, null or empty, and no field that stands there anyway. */
function isBare(shape: Shape, value: unknown): boolean {
  if (!isEmpty(value)) return false;
  return shape.type !== "map" || !isJsonObject(value) || isEmpty(shape.standing);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _key in value) return false;
  return true;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const own = (object: Readonly<Record<string, unknown>>, key: string) =>
  Object.hasOwn(object, key) ? object[key] : undefined;

function byElement(
  element: (item: unknown) => PathElement | undefined,
  list: readonly unknown[],
): Map<PathElement, unknown[]> {
  const result = new Map<PathElement, unknown[]>();
  for (const item of list) {
    const id = element(item);
    if (id === undefined) continue;
    const held = result.get(id);
    if (held) held.push(item);
    else result.set(id, [item]);
  }
  return result;
}

/** Equality of JSON, keys in any order; an absent list or map is not an empty one. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
}
