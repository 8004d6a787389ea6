// Objects by the labels that lists ask for. It refuses to index a label that nobody selects by: most writes bring several,
// and each costs every write.
import type { Kept } from "./kept.ts";

/** Labels that are indexed at once; of more the one that was not asked for the longest is given up. */
const MOST_LABELS = 16;

export class LabelIndex {
  /** By label, then by value; the one asked for last comes last. */
  readonly #labels = new Map<string, Map<string, Set<Kept>>>();

  add(kept: Kept): void {
    for (const [label, values] of this.#labels) addTo(values, label, kept);
  }

  delete(kept: Kept): void {
    for (const [label, values] of this.#labels) {
      const value = valueOf(kept, label);
      const found = value === undefined ? undefined : values.get(value);
      found?.delete(kept);
      if (found?.size === 0) values.delete(value!);
    }
  }

  /** Those that have the label with this value; `all` is gone through when the label is asked for the first time. */
  find(label: string, value: string, all: Iterable<Kept>): ReadonlySet<Kept> {
    let values = this.#labels.get(label);
    if (values === undefined) {
      values = new Map();
      for (const kept of all) addTo(values, label, kept);
      if (this.#labels.size >= MOST_LABELS) this.#labels.delete(this.#labels.keys().next().value!);
    } else this.#labels.delete(label);
    this.#labels.set(label, values);
    return values.get(value) ?? NOTHING;
  }
}

const NOTHING: ReadonlySet<Kept> = new Set();

/** A label may be called `constructor`. */
const valueOf = ({ labels }: Kept, label: string): string | undefined =>
  Object.hasOwn(labels, label) ? labels[label] : undefined;

function addTo(values: Map<string, Set<Kept>>, label: string, kept: Kept): void {
  const value = valueOf(kept, label);
  if (value === undefined) return;
  const found = values.get(value);
  if (found === undefined) values.set(value, new Set([kept]));
  else found.add(kept);
}
