// Values that come again: the pods of a workload differ in their names, not in their spec. Such a value becomes one frozen
// object, and what a walk has found out about it is noted with it, so that the next pod of the workload costs its names.
// It refuses to remember what came once, and to hold more than a bounded number of values.
//
// Notes are about one value at one node, and only of what is a pure function of the two. A value is told by identity; a
// value that is equal but another object is walked as ever. So nothing depends on whether a value has notes but time.
import { isJsonObject } from "./freeze.ts";
import { caseOf } from "./variant.ts";
import type { Node } from "./node.ts";

/** What walks have noted about a value. Each note has one writer, named here. */
export class Notes {
  /** The node under which the value was met: notes say nothing about it at another one. */
  readonly node: Node;
  /** default.ts: nothing is missing in it, unless a default looks at the root. */
  complete = false;
  /** default.ts: the root's node and what this value, a member of such a root, becomes by its defaults. */
  defaulted: { readonly root: Node; readonly value: unknown } | undefined;
  /** write.ts: its JSON. */
  text: string | undefined;
  /** managed-fields/compare.ts: the trace of a walk from `from` to the value. */
  trace: { readonly from: unknown; readonly text: string } | undefined;
  /** validate.ts: the check that found no fault in it. */
  faultless: unknown;
  /** prune.ts: the gates that keep nothing of it out. */
  free: unknown;
  /** derived.ts: what was worked out of it, by function. */
  derived: Map<unknown, unknown> | undefined;

  constructor(node: Node) {
    this.node = node;
  }
}

const noted = new WeakMap<object, Notes>();

/** The notes of a value that comes again; undefined for any other, which is the rule. */
export function notesOf(node: Node, value: unknown): Notes | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const notes = noted.get(value);
  return notes !== undefined && notes.node === node ? notes : undefined;
}

/** Begins notes for a frozen value in canonical form and for all that is in it. `complete`: it has its defaults. */
export function beginNotes(node: Node, value: unknown, complete: boolean): void {
  if (typeof value !== "object" || value === null || isBare(value)) return;
  let notes = noted.get(value);
  if (notes === undefined) noted.set(value, (notes = new Notes(node)));
  if (notes.node === node) notes.complete ||= complete;
  switch (node.type) {
    case "object":
      if (!isJsonObject(value)) return;
      for (const [name, member] of Object.entries(value)) {
        const field = node.fields[name];
        if (field !== undefined) beginNotes(field.node, member, complete);
      }
      return;
    case "list":
      if (Array.isArray(value)) for (const item of value) beginNotes(node.items, item, complete);
      return;
    case "map":
      if (isJsonObject(value)) for (const member of Object.values(value)) beginNotes(node.values, member, complete);
      return;
    case "variant": {
      const found = caseOf(node, value);
      if (found !== undefined) beginNotes(found.node, value, complete);
      return;
    }
    default:
  }
}

/** Empty ones are shared constants that stand at many nodes. */
function isBare(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** A value whose text stands in another one. */
export interface Found {
  readonly value: object;
  /** The place behind its text. */
  readonly end: number;
}

/** Texts of one node: what was met once, and the values of those that came again. */
class Texts {
  readonly #met = new Set<string>();
  readonly #values = new Map<string, object>();
  #metChars = 0;

  /** Those that were found last, the last one first. */
  readonly #recent: string[] = [];

  find(text: string): object | undefined {
    const value = this.#values.get(text);
    if (value !== undefined && !this.#recent.includes(text)) {
      this.#recent.unshift(ownCopy(text));
      this.#recent.length = Math.min(this.#recent.length, MOST_RECENT);
    }
    return value;
  }

  findAt(text: string, at: number): Found | undefined {
    for (const known of this.#recent) {
      if (!text.startsWith(known, at)) continue;
      const value = this.#values.get(known);
      return value && { value, end: at + known.length };
    }
    return undefined;
  }

  /** Of the second time on the value is found. All are forgotten at once when there are too many: they come again. */
  meet(node: Node, text: string, value: object): void {
    if (this.#met.delete(text)) {
      this.#metChars -= text.length;
      if (this.#values.size >= MOST_VALUES) this.#values.clear();
      beginNotes(node, value, false);
      this.#values.set(ownCopy(text), value);
      return;
    }
    if (this.#metChars > MOST_MET_CHARS) {
      this.#met.clear();
      this.#metChars = 0;
    }
    this.#met.add(ownCopy(text));
    this.#metChars += text.length;
  }
}

/** A slice keeps all of the text that it was cut out of. */
const ownCopy = (text: string): string => Buffer.from(text).toString();

/** How many texts are tried one after the other. */
const MOST_RECENT = 8;

/** Of each node. Workloads beyond this take turns at being walked anew. */
const MOST_VALUES = 256;
const MOST_MET_CHARS = 2 ** 20;
/** Texts outside of these bounds are not worth it, or too much to keep. */
export const LEAST_CHARS = 200;
export const MOST_CHARS = 32 * 1024;

/** Where texts come from: in what a store kept null may stand for an empty list. */
export type Source = "body" | "store";

const texts = { body: new WeakMap<Node, Texts>(), store: new WeakMap<Node, Texts>() };

/** The value that this text has at this node, if it came again before. */
export function repeatedValue(source: Source, node: Node, text: string): object | undefined {
  return texts[source].get(node)?.find(text);
}

/** A text was read at this node and has this value: frozen, in canonical form. */
export function meetText(source: Source, node: Node, text: string, value: object): void {
  let known = texts[source].get(node);
  if (known === undefined) texts[source].set(node, (known = new Texts()));
  known.meet(node, text, value);
}

/**
 * The value whose text stands at `at`, if it was one of the last ones that were found. A text that is an object is not how
 * another object begins, so that what stands there is that object, if an object does.
 */
export function repeatedAt(source: Source, node: Node, text: string, at: number): Found | undefined {
  return texts[source].get(node)?.findAt(text, at);
}
