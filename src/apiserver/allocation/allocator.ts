// The contract of what only the API server can give a new object: an address, a port (Resource.allocates).
// It refuses to write: the verb does, and says afterwards whether it did.
import type { KubeObject } from "../../schema/resource.ts";

export interface Allocated {
  /** The object with what was asked for filled in; the same object when nothing was. */
  readonly object: KubeObject;
  /** To be called once, with whether the object was stored: if not, what it was given is free again. */
  readonly settle: (stored: boolean) => void;
}

export interface Allocator {
  /** The group and plural that it serves. */
  readonly group: string;
  readonly plural: string;
  /**
   * Synchronous, so that two requests cannot be given the same. Throws a StatusError (422 when what the object asks for
   * by name is taken or out of range, 500 when nothing is left).
   */
  allocate(object: KubeObject, old: KubeObject | undefined): Allocated;
}

/** What is given away: values in use by stored objects (derived again when they change) and values of writes under way. */
export class InUse {
  readonly #stored: () => ReadonlySet<string>;
  readonly #now: () => number;
  /** value → when the reservation ends. The watch cache shows a stored object long before that. */
  readonly #reserved = new Map<string, number>();

  constructor(stored: () => ReadonlySet<string>, now: () => number) {
    this.#stored = stored;
    this.#now = now;
  }

  has(value: string): boolean {
    if (this.#stored().has(value)) return true;
    const until = this.#reserved.get(value);
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#reserved.delete(value);
    return false;
  }

  reserve(value: string): void {
    this.#reserved.set(value, Number.POSITIVE_INFINITY);
  }

  settle(values: Iterable<string>, stored: boolean): void {
    for (const value of values) {
      if (stored) this.#reserved.set(value, this.#now() + 30_000);
      else this.#reserved.delete(value);
    }
  }
}
