// Sums over all nodes of a snapshot, remembered: how many pods of some kind each node has, which place each node
// belongs to, what terms the pods there bear. It refuses to forget to look: each sum names the node values that it was
// made of, and what is another value now is counted again. So the answers depend on the snapshot alone, and cost
// little when few nodes changed.
import type { NodeAmounts } from "./amounts.ts";
import { emptyAmounts, writeAmounts } from "./amounts.ts";
import type { Node } from "../resources/core/node.ts";
import type { BorneTerm } from "./pod-terms.ts";
import type { NodeInfo, PodInfo } from "./node-info.ts";

/** Of a snapshot, what is looked at. */
export interface Stamped {
  readonly nodes: readonly NodeInfo[];
  readonly stamps: readonly object[];
}

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

/** How many nodes share a stamp: so that who looks for what changed looks at few. */
export const BLOCK = 64;
/** How many sums of a sort are remembered; the one used longest ago goes first. */
const REMEMBERED = 128;

/** What a sum was made of: where stamps are the same nothing has to be looked at. */
interface Seen<T> {
  stamps: (object | undefined)[];
  values: (T | undefined)[];
}
interface PodCount extends Seen<NodeInfo> {
  counts: Int32Array;
}
interface PlaceTable extends Seen<Node> {
  of: Int32Array;
  readonly numbers: Map<string, number>;
}

const nothingSeen = <T>(): Seen<T> => ({ stamps: [], values: [] });

/** Calls `look` for the place of each node in blocks whose stamp is new. */
function forChanged({ nodes, stamps }: Stamped, seen: Seen<unknown>, look: (i: number, node: NodeInfo) => void): void {
  if (seen.values.length !== nodes.length) seen.values.length = nodes.length;
  if (seen.stamps.length !== stamps.length) seen.stamps.length = stamps.length;
  for (let b = 0; b < stamps.length; b++) {
    if (seen.stamps[b] === stamps[b]) continue;
    seen.stamps[b] = stamps[b];
    const end = Math.min(nodes.length, (b + 1) * BLOCK);
    for (let i = b * BLOCK; i < end; i++) look(i, nodes[i]!);
  }
}

/** The same, and stops after each block in which something was looked at, so that others may have their turn. */
function* changedInParts(
  { nodes, stamps }: Stamped,
  seen: Seen<unknown>,
  look: (i: number, node: NodeInfo) => void,
): Generator<void> {
  for (let b = 0; b < stamps.length; b++) {
    if (seen.stamps[b] === stamps[b]) continue;
    const end = Math.min(nodes.length, (b + 1) * BLOCK);
    for (let i = b * BLOCK; i < end; i++) look(i, nodes[i]!);
    seen.stamps[b] = stamps[b];
    yield;
  }
}

export class Tallies {
  readonly #pods = new Map<string, PodCount>();
  readonly #places = new Map<string, PlaceTable>();
  readonly #terms = new Map<string, TermTally>();
  #termsAt: (readonly string[])[] = [];
  #termsSeen: Seen<NodeInfo> = nothingSeen();
  readonly #images = new Map<string, number>();
  #amounts: NodeAmounts = emptyAmounts(0);
  #amountsSeen: Seen<NodeInfo> = nothingSeen();
  readonly #imagesSeen: Seen<Node> = nothingSeen();

  /** What each node has, gives and has left. Valid until another snapshot is asked about. */
  amounts(snapshot: Stamped): NodeAmounts {
    const look = this.#amountsOf(snapshot);
    forChanged(snapshot, this.#amountsSeen, look);
    return this.#amounts;
  }

  /** May put another `#amountsSeen` in place. */
  #amountsOf(snapshot: Stamped): (i: number, node: NodeInfo) => void {
    const { length } = snapshot.nodes;
    if (this.#amounts.open.length !== length) {
      this.#amounts = emptyAmounts(length);
      this.#amountsSeen = { stamps: [], values: Array.from({ length }) };
    }
    const { values } = this.#amountsSeen;
    return (i, node) => {
      if (values[i] !== node) writeAmounts(this.#amounts, i, (values[i] = node));
    };
  }

  /** How many pods of the selection each node has. Valid until another snapshot is asked about. */
  pods(snapshot: Stamped, selection: PodSelection): Int32Array {
    const { tally, look } = this.#counting(snapshot, selection);
    forChanged(snapshot, tally, look);
    return tally.counts;
  }

  /**
   * Counts in parts what a cycle is going to ask for, so that little is left to be done in one stretch. What changes
   * meanwhile is counted again when it is asked for.
   */
  *counting(snapshot: Stamped, selections: readonly PodSelection[]): Generator<void> {
    for (const selection of selections) {
      const { tally, look } = this.#counting(snapshot, selection);
      yield* changedInParts(snapshot, tally, look);
    }
    const lookAtTerms = this.#termCounting(snapshot);
    yield* changedInParts(snapshot, this.#termsSeen, lookAtTerms);
    const lookAtAmounts = this.#amountsOf(snapshot);
    yield* changedInParts(snapshot, this.#amountsSeen, lookAtAmounts);
  }

  #counting(snapshot: Stamped, selection: PodSelection) {
    const { length } = snapshot.nodes;
    const tally = remember(this.#pods, selection.key, (): PodCount => ({
      ...nothingSeen(),
      counts: new Int32Array(length),
    }));
    if (tally.counts.length !== length) tally.counts = resized(tally.counts, length);
    const look = (i: number, node: NodeInfo): void => {
      if (tally.values[i] === node) return;
      tally.values[i] = node;
      let count = 0;
      for (const pod of node.pods) if (selection.matches(pod)) count++;
      tally.counts[i] = count;
    };
    return { tally, look };
  }

  /** The values of a label of nodes. Valid until another snapshot is asked about. */
  places(snapshot: Stamped, label: string): Places {
    const { length } = snapshot.nodes;
    const fresh = (): PlaceTable => ({
      ...nothingSeen(),
      of: new Int32Array(length),
      numbers: new Map<string, number>(),
    });
    let table = remember(this.#places, label, fresh);
    // Values that came and went must not grow the table for ever.
    if (table.numbers.size > 2 * length + REMEMBERED) this.#places.set(label, (table = fresh()));
    if (table.of.length !== length) table.of = resized(table.of, length);
    const { values, of, numbers } = table;
    forChanged(snapshot, table, (i, { node }) => {
      if (values[i] === node) return;
      values[i] = node;
      const value = node.metadata.labels?.[label];
      let number = value === undefined ? -1 : numbers.get(value);
      if (number === undefined) numbers.set(value!, (number = numbers.size));
      of[i] = number;
    });
    return { of, count: numbers.size };
  }

  /** All terms that placed pods bear. Valid until another snapshot is asked about. */
  terms(snapshot: Stamped): Iterable<TermTally> {
    const look = this.#termCounting(snapshot);
    forChanged(snapshot, this.#termsSeen, look);
    return this.#terms.values();
  }

  /** May put another `#termsSeen` in place. */
  #termCounting(snapshot: Stamped): (i: number, node: NodeInfo) => void {
    const { length } = snapshot.nodes;
    if (this.#termsSeen.values.length !== length) {
      // Nodes came or went: places have moved, so that nearly everything is counted again anyway.
      this.#terms.clear();
      this.#termsAt = Array.from({ length }, () => NO_KEYS);
      this.#termsSeen = { stamps: [], values: Array.from({ length }) };
    }
    const { values } = this.#termsSeen;
    return (i, node) => {
      if (values[i] === node) return;
      values[i] = node;
      this.#clearTerms(i);
      this.#termsAt[i] = this.#countTerms(i, node, length);
    };
  }

  #countTerms(i: number, { pods }: NodeInfo, nodes: number): readonly string[] {
    let keys: string[] | undefined;
    for (const { terms } of pods) {
      for (const borne of terms) {
        let tally = this.#terms.get(borne.key);
        if (!tally) this.#terms.set(borne.key, (tally = { borne, counts: new Int32Array(nodes), total: 0 }));
        if (tally.counts[i]!++ === 0) (keys ??= []).push(borne.key);
        tally.total++;
      }
    }
    return keys ?? NO_KEYS;
  }

  #clearTerms(i: number): void {
    for (const key of this.#termsAt[i]!) {
      const tally = this.#terms.get(key)!;
      tally.total -= tally.counts[i]!;
      tally.counts[i] = 0;
      if (tally.total === 0) this.#terms.delete(key);
    }
  }

  /** image name → how many nodes have it. Valid until another snapshot is asked about. */
  images(snapshot: Stamped): ReadonlyMap<string, number> {
    const { values } = this.#imagesSeen;
    const { length } = snapshot.nodes;
    for (let i = length; i < values.length; i++) if (values[i]) this.#countImages(values[i]!, -1);
    forChanged(snapshot, this.#imagesSeen, (i, { node }) => {
      const before = values[i];
      if (before === node) return;
      if (before) this.#countImages(before, -1);
      this.#countImages(node, 1);
      values[i] = node;
    });
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
