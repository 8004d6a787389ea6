// What is worked out of a value that comes again: once, and then remembered with it. It refuses to remember anything of
// other values, and to work with what is not pure.
import { canonicalFrom } from "./decode.ts";
import type { Node } from "./node.ts";
import { beginNotes, notesOf } from "./repeated.ts";

/** What a function gave, and for which further arguments. */
interface Known<R> {
  readonly more: readonly unknown[];
  readonly result: R;
}

function lookUp<R>(node: Node, value: object, key: unknown, more: readonly unknown[], make: () => R): R {
  const notes = notesOf(node, value);
  if (notes === undefined) return make();
  const known = notes.derived?.get(key) as Known<R> | undefined;
  if (known !== undefined && known.more.every((one, i) => one === more[i])) return known.result;
  const result = make();
  (notes.derived ??= new Map()).set(key, { more, result });
  return result;
}

/** A pure function of a value at `node`; `more` is compared by identity. */
export function workedOutOnce<T extends object, More extends readonly unknown[], R>(
  node: Node,
  work: (value: T, ...more: More) => R,
): (value: T, ...more: More) => R {
  return (value, ...more) => lookUp(node, value, work, more, () => work(value, ...more));
}

/**
 * A pure function that changes a value at `node`. What becomes of a value that comes again does so, too: it is the same
 * object each time, in canonical form.
 */
export function changedOnce<T extends object, More extends readonly unknown[]>(
  node: Node,
  change: (value: T, ...more: More) => T,
): (value: T, ...more: More) => T {
  return (value, ...more) => {
    if (notesOf(node, value) === undefined) return change(value, ...more);
    return lookUp(node, value, change, more, () => {
      const changed = canonicalFrom(node, change(value, ...more), value as never) as T;
      beginNotes(node, changed, false);
      return changed;
    });
  };
}

const NOTHING: readonly never[] = Object.freeze([]);

/**
 * A pure judge of a value at `node`, who is not asked again about one that comes again as long as he found nothing in it.
 * `where` only shows in what he finds.
 */
export function judgedOnce<T extends object, Where, More extends readonly unknown[], Found>(
  node: Node,
  judge: (value: T, where: Where, ...more: More) => Iterable<Found>,
): (value: T, where: Where, ...more: More) => Iterable<Found> {
  return (value, where, ...more) => {
    if (notesOf(node, value) === undefined) return judge(value, where, ...more);
    const isFine = lookUp(node, value, judge, more, () => isEmpty(judge(value, where, ...more)));
    return isFine ? NOTHING : judge(value, where, ...more);
  };
}

function isEmpty(found: Iterable<unknown>): boolean {
  for (const _ of found) return false;
  return true;
}
