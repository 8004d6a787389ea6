// One change of one object, shared by all watchers of its kind. It refuses to judge who wants to see it (watcher.ts).
import type { Kept } from "./kept.ts";

export type EventType = "ADDED" | "MODIFIED" | "DELETED";

export class CacheEvent {
  readonly revision: number;
  /** Undefined for a deletion. */
  readonly kept: Kept | undefined;
  /** Undefined for a creation. */
  readonly previous: Kept | undefined;
  /** Most events are watched by nobody outside. */
  #frames: Map<string, Uint8Array> | undefined;

  constructor(revision: number, kept: Kept | undefined, previous: Kept | undefined) {
    this.revision = revision;
    this.kept = kept;
    this.previous = previous;
  }

  /** The bytes of this event for one encoding, made for the first watcher and kept for the others. */
  frame(id: string, make: () => Uint8Array): Uint8Array {
    this.#frames ??= new Map();
    let frame = this.#frames.get(id);
    if (frame === undefined) this.#frames.set(id, (frame = make()));
    return frame;
  }

  /** Forgets the frames: whoever comes late makes them again. */
  cool(): void {
    this.#frames = undefined;
  }

  get bytes(): number {
    return (this.kept?.size ?? 0) + 200;
  }
}
