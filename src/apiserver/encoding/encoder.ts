// How objects of one kind leave the server, for one choice of version, media type and shape. It refuses to negotiate.
// json-objects.ts is the fast one, for the form in which objects are stored; values.ts makes all others.
import type { Status } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Seen } from "../watch-cache/watcher.ts";

export interface ListMeta {
  /** Absent for what is not stored. */
  readonly resourceVersion?: string | undefined;
  readonly continue?: string | undefined;
  readonly remainingItemCount?: number | undefined;
}

export interface Encoder {
  readonly contentType: string;
  readonly streamType: string;
  /** A stored object. */
  one(kept: Kept): Uint8Array;
  /** The same as JSON without form, for whoever writes YAML elsewhere. Absent where there is nothing to gain. */
  plain?(kept: Kept): string;
  /** An object that is not stored: a dry run, or one that was changed on its way out. In the kind's worked-on form. */
  value(object: KubeObject): Uint8Array;
  /** A list, in pieces that are worth a write each; an empty piece is a place for a break. */
  list(meta: ListMeta, items: readonly Kept[]): Iterable<Uint8Array>;
  /** One event of a watch, with its frame. */
  event(seen: Seen): Uint8Array;
  bookmark(revision: number, initialEnd: boolean): Uint8Array;
  /** The event that ends a watch with an error. */
  failure(status: Status): Uint8Array;
}

/** Bytes that a piece of a list has at least: fewer writes, and a bounded copy. */
const PIECE = 128 * 1024;

/** Parts that are taken at once. */
export const BREAK_EVERY = 64;

export const BREAK = new Uint8Array();

/** Joins small parts into larger pieces, with places for breaks between them: parts that take longer, more often. */
export function* pieces(parts: Iterable<Uint8Array>, breakEvery = BREAK_EVERY): Generator<Uint8Array, void, void> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  let taken = 0;
  for (const part of parts) {
    waiting.push(part);
    size += part.length;
    if (size >= PIECE) {
      yield Buffer.concat(waiting, size);
      waiting = [];
      size = 0;
    } else if (++taken % breakEvery === 0) yield BREAK;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}

export const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** The metadata of a bookmark. */
export function bookmarkMetadata(
  revision: number,
  initialEnd: boolean,
): { resourceVersion: string; annotations?: Record<string, string> } {
  return { resourceVersion: String(revision), ...(initialEnd && { annotations: { [INITIAL_EVENTS_END]: "true" } }) };
}
