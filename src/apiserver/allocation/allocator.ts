// The contract of what only the API server can give a new object: an address, a port (Resource.allocates).
// It refuses to write: the verb does, and says afterwards whether it did.
import type { KubeObject } from "../../schema/resource.ts";

export interface Allocated {
  /** The object with what was asked for filled in; the same object when nothing was. */
  readonly object: KubeObject;
  /** To be called once, with the revision at which the object was stored: without one what it was given is free again. */
  readonly settle: (revision: number | undefined) => void;
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

/** Values in use by stored objects, as far as they are seen. */
export interface Seen {
  has(value: string): boolean;
  /** The newest revision that has been seen. */
  revision(): number;
}

/** What is given away: values in use by stored objects and values of writes under way. */
export class InUse {
  readonly #seen: Seen;
  /** value → the revision from which on the stored objects tell. */
  readonly #reserved = new Map<string, number>();

  constructor(seen: Seen) {
    this.#seen = seen;
  }

  has(value: string): boolean {
    if (this.#seen.has(value)) return true;
    const until = this.#reserved.get(value);
    if (until === undefined) return false;
    if (until > this.#seen.revision()) return true;
    this.#reserved.delete(value);
    return false;
  }

  reserve(value: string): void {
    this.#reserved.set(value, Number.POSITIVE_INFINITY);
  }

  /** The write ended; `revision` undefined: it did not happen. */
  settle(values: Iterable<string>, revision: number | undefined): void {
    for (const value of values) {
      if (revision !== undefined && revision > this.#seen.revision()) this.#reserved.set(value, revision);
      else this.#reserved.delete(value);
    }
  }
}
