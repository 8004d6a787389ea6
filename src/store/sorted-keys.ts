// A sorted set of texts in chunks: insertion, bounds and counts without a scan, good for hundreds of thousands.
// It refuses to hold values and to compare by anything but `<`.

/** A chunk is split in two beyond this; short enough that `splice` is cheap, long enough that there are few. */
const CHUNK = 512;

export class SortedKeys {
  #chunks: string[][] = [];
  size = 0;

  /** False when it was there already. */
  add(key: string): boolean {
    if (this.#chunks.length === 0) this.#chunks.push([]);
    const c = this.#chunkFor(key);
    const chunk = this.#chunks[c]!;
    const i = lowerBound(chunk, key);
    if (chunk[i] === key) return false;
    chunk.splice(i, 0, key);
    this.size++;
    if (chunk.length > CHUNK) this.#chunks.splice(c + 1, 0, chunk.splice(CHUNK / 2));
    return true;
  }

  /** False when it was not there. */
  delete(key: string): boolean {
    if (this.#chunks.length === 0) return false;
    const c = this.#chunkFor(key);
    const chunk = this.#chunks[c]!;
    const i = lowerBound(chunk, key);
    if (chunk[i] !== key) return false;
    chunk.splice(i, 1);
    this.size--;
    if (chunk.length === 0) this.#chunks.splice(c, 1);
    return true;
  }

  /** The keys from `from` on that lie before `end` (undefined: to the last). Do not change the set meanwhile. */
  *between(from: string, end: string | undefined): Generator<string, void, void> {
    if (this.#chunks.length === 0) return;
    let c = this.#chunkFor(from);
    let i = lowerBound(this.#chunks[c]!, from);
    for (; c < this.#chunks.length; c++, i = 0) {
      const chunk = this.#chunks[c]!;
      for (; i < chunk.length; i++) {
        const key = chunk[i]!;
        if (end !== undefined && key >= end) return;
        yield key;
      }
    }
  }

  /** How many keys {@link between} would give. */
  count(from: string, end: string | undefined): number {
    return (end === undefined ? this.size : this.#rank(end)) - this.#rank(from);
  }

  /** How many keys lie before this one. */
  #rank(key: string): number {
    if (this.#chunks.length === 0) return 0;
    const c = this.#chunkFor(key);
    let rank = lowerBound(this.#chunks[c]!, key);
    for (let i = 0; i < c; i++) rank += this.#chunks[i]!.length;
    return rank;
  }

  /** The last chunk whose first key is not behind `key`; chunks are never empty, except a single first one. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]![0]! <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The index of the first key that is not before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
