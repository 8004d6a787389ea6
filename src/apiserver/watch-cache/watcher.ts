// One watch on one kind: what it selects, what waits for it, and how it ends. It refuses to encode and to write to sockets.
import type { CacheEvent, EventType } from "./event.ts";
import type { Kept } from "./kept.ts";
import type { Selection } from "./selection.ts";

/** A change as one watcher sees it: leaving the selection is a deletion, entering it an addition. */
export interface Seen {
  readonly type: EventType;
  readonly kept: Kept;
  /** The resourceVersion to show; that of the deletion for DELETED. */
  readonly revision: number;
  /** Where equal frames are shared; undefined for the initial state. */
  readonly event: CacheEvent | undefined;
}

/** A watcher that lags by more than this is dropped: its client lists again. */
const MOST_WAITING = 20_000;
const MOST_WAITING_BYTES = 64 * 2 ** 20;

export class Watcher {
  readonly #selection: Selection;
  #after: number;
  #waiting: Seen[] = [];
  #waitingBytes = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  /** True when it was dropped for being slow. */
  dropped = false;

  /** Sees changes with a greater revision than `after`. */
  constructor(selection: Selection, after: number) {
    this.#selection = selection;
    this.#after = after;
  }

  /** It has learnt of everything up to `revision` in another way. */
  skipTo(revision: number): void {
    this.#after = Math.max(this.#after, revision);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get idle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Calls back once, as soon as there is something to take or the watch has ended. */
  wake(then: () => void): void {
    if (this.#ended || this.#waiting.length > 0) then();
    else this.#wake = then;
  }

  /** Everything that waits. */
  take(): readonly Seen[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return taken;
  }

  offer(event: CacheEvent): void {
    if (this.#ended || event.revision <= this.#after) return;
    const seen = seenAs(event, this.#selection);
    if (seen === undefined) return;
    this.#waiting.push(seen);
    this.#waitingBytes += seen.kept.size;
    if (this.#waiting.length > MOST_WAITING || this.#waitingBytes > MOST_WAITING_BYTES) {
      this.dropped = true;
      this.#waiting = [];
      this.end();
    } else this.#notify();
  }

  /** Wakes the reader though nothing came: a bookmark is due. */
  nudge(): void {
    this.#notify();
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function selected(kept: Kept | undefined, selection: Selection): boolean {
  if (kept === undefined) return false;
  if (selection.namespace && !inNamespace(kept.key, selection.namespace)) return false;
  return selection.matches === undefined || selection.matches(kept);
}

/** Keys are `group/plural/namespace/name`. */
function inNamespace(key: string, namespace: string): boolean {
  const start = key.indexOf("/", key.indexOf("/") + 1) + 1;
  return key.startsWith(namespace, start) && key[start + namespace.length] === "/";
}

/** The event through a selection; undefined when the selection never held the object. */
export function seenAs(event: CacheEvent, selection: Selection): Seen | undefined {
  const now = selected(event.kept, selection);
  const before = selected(event.previous, selection);
  const { revision } = event;
  if (now) return { type: before ? "MODIFIED" : "ADDED", kept: event.kept!, revision, event };
  if (before) return { type: "DELETED", kept: event.previous!, revision, event };
  return undefined;
}
