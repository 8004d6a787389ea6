// Sums over all nodes of a snapshot, remembered: how many pods of some kind each node has, which place each node belongs to,
// what terms the pods there bear. It refuses to forget to look: each sum names the node values that it was made of, and what is
// another value now is counted again. So the answers depend on the snapshot alone, and cost little when few nodes changed.
import type { Node } from "../resources/core/node.ts";
import type { BorneTerm } from "./pod-terms.ts";
import type { NodeInfo, PodInfo } from "./snapshot.ts";

/** Which pods are counted. The key is equal only for selections that mean the same. */
export interface PodSelection {
  readonly key: string;
  matches(pod: PodInfo): boolean;
}

/** The values of one label of nodes, each with a number. */
export interface Places {
  /** For each node by its place in the snapshot: the number of its value, -1 when it has none. */
  readonly of: Int32Array;
  /** How many numbers there are; some may have no node any more. */
  readonly count: number;
}

/** A term with the number of pods that bear it, for each node. */
export interface TermTally {
  readonly borne: BorneTerm;
  readonly counts: Int32Array;
  total: number;
}

/** How many sums of a sort are remembered; the one used longest ago goes first. */
const REMEMBERED = 128;

interface PodCount {
  seen: (NodeInfo | undefined)[];
  counts: Int32Array;
}

interface PlaceTable {
  seen: (Node | undefined)[];
  of: Int32Array;
  readonly numbers: Map<string, number>;
}

export class Tallies {
  readonly #pods = new Map<string, PodCount>();
  readonly #places = new Map<string, PlaceTable>();
  readonly #terms = new Map<string, TermTally>();
  #termsAt: (readonly string[])[] = [];
  #termsSeen: (NodeInfo | undefined)[] = [];
  readonly #images = new Map<string, number>();
  #imagesSeen: (Node | undefined)[] = [];

  /** How many pods of the selection each node has. Valid until the next question. */
  pods(nodes: readonly NodeInfo[], selection: PodSelection): Int32Array {
    const tally = remember(this.#pods, selection.key, () => ({ seen: [], counts: new Int32Array(nodes.length) }));
    if (tally.counts.length !== nodes.length) tally.counts = resized(tally.counts, nodes.length);
    const { seen, counts } = tally;
    seen.length = nodes.length;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      if (seen[i] === node) continue;
      let count = 0;
      for (const pod of node.pods) if (selection.matches(pod)) count++;
      counts[i] = count;
      seen[i] = node;
    }
    return counts;
  }

  /** The values of a label of nodes. Valid until the next question. */
  places(nodes: readonly NodeInfo[], label: string): Places {
    const table = remember(this.#places, label, () => ({ seen: [], of: new Int32Array(nodes.length), numbers: new Map<string, number>() }));
    // Values that came and went must not grow the table for ever.
    if (table.numbers.size > 2 * nodes.length + REMEMBERED) {
      table.numbers.clear();
      table.seen = [];
    }
    if (table.of.length !== nodes.length) table.of = resized(table.of, nodes.length);
    const { seen, of, numbers } = table;
    seen.length = nodes.length;
    for (let i = 0; i < nodes.length; i++) {
      const { node } = nodes[i]!;
      if (seen[i] === node) continue;
      seen[i] = node;
      const value = node.metadata.labels?.[label];
      let number = value === undefined ? -1 : numbers.get(value);
      if (number === undefined) numbers.set(value!, (number = numbers.size));
      of[i] = number;
    }
    return { of, count: numbers.size };
  }

  /** All terms that placed pods bear. Valid until the next question. */
  terms(nodes: readonly NodeInfo[]): Iterable<TermTally> {
    if (this.#termsSeen.length !== nodes.length) this.#resizeTerms(nodes.length);
    const [seen, at] = [this.#termsSeen, this.#termsAt];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      if (seen[i] === node) continue;
      seen[i] = node;
      this.#clearTerms(i);
      let keys: string[] | undefined;
      for (const pod of node.pods) {
        for (const borne of pod.terms) {
          let tally = this.#terms.get(borne.key);
          if (!tally) this.#terms.set(borne.key, (tally = { borne, counts: new Int32Array(nodes.length), total: 0 }));
          if (tally.counts[i]!++ === 0) (keys ??= []).push(borne.key);
          tally.total++;
        }
      }
      at[i] = keys ?? NO_KEYS;
    }
    return this.#terms.values();
  }

  #clearTerms(i: number): void {
    for (const key of this.#termsAt[i] ?? NO_KEYS) {
      const tally = this.#terms.get(key)!;
      tally.total -= tally.counts[i]!;
      tally.counts[i] = 0;
      if (tally.total === 0) this.#terms.delete(key);
    }
    this.#termsAt[i] = NO_KEYS;
  }

  #resizeTerms(length: number): void {
    // Nodes came or went: places have moved, so that nearly everything is counted again anyway.
    this.#terms.clear();
    this.#termsAt = Array.from({ length }, () => NO_KEYS);
    this.#termsSeen = Array.from({ length }, () => undefined);
  }

  /** image name → how many nodes have it. Valid until the next question. */
  images(nodes: readonly NodeInfo[]): ReadonlyMap<string, number> {
    const seen = this.#imagesSeen;
    for (let i = Math.max(seen.length, nodes.length) - 1; i >= 0; i--) {
      const [before, now] = [seen[i], nodes[i]?.node];
      if (before === now) continue;
      if (before) this.#countImages(before, -1);
      if (now) this.#countImages(now, 1);
      seen[i] = now;
    }
    seen.length = nodes.length;
    return this.#images;
  }

  #countImages(node: Node, by: number): void {
    for (const name of imageSizes(node).keys()) {
      const count = (this.#images.get(name) ?? 0) + by;
      if (count === 0) this.#images.delete(name);
      else this.#images.set(name, count);
    }
  }
}

const NO_KEYS: readonly string[] = [];
const NO_SIZES: ReadonlyMap<string, number> = new Map();
const sizes = new WeakMap<Node, ReadonlyMap<string, number>>();

/** image name → bytes, of those that the node has. */
export function imageSizes(node: Node): ReadonlyMap<string, number> {
  const { images } = node.status;
  if (!images?.length) return NO_SIZES;
  let found = sizes.get(node);
  if (!found) {
    const made = new Map<string, number>();
    for (const { names, sizeBytes } of images) for (const name of names ?? []) made.set(name, sizeBytes ?? 0);
    sizes.set(node, (found = made));
  }
  return found;
}

function resized(array: Int32Array, length: number): Int32Array {
  const made = new Int32Array(length);
  made.set(array.subarray(0, Math.min(length, array.length)));
  return made;
}

function remember<V>(table: Map<string, V>, key: string, make: () => V): V {
  let value = table.get(key);
  if (value === undefined) value = make();
  else table.delete(key);
  table.set(key, value);
  if (table.size > REMEMBERED) table.delete(table.keys().next().value!);
  return value;
}
