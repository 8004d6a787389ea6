// The recent past of one kind: events in order, bounded by count and bytes. It refuses to reach further back; the store does.
import type { CacheEvent } from "./event.ts";

/** Enough for a client that was away for a moment under heavy load. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 32 * 2 ** 20;

/** Events whose frames are kept: watchers that keep up are nearer than this. */
const HOT_EVENTS = 500;

export class EventWindow {
  #events: CacheEvent[] = [];
  #first = 0;
  #bytes = 0;
  #from: number;

  /** Events after `from` will be in the window. */
  constructor(from: number) {
    this.#from = from;
  }

  /** Watches after this revision or a later one are complete. */
  get from(): number {
    return this.#from;
  }

  push(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += event.bytes;
    this.#events[this.#events.length - 1 - HOT_EVENTS]?.cool();
    while (this.#events.length - this.#first > MOST_EVENTS || this.#bytes > MOST_BYTES) {
      const oldest = this.#events[this.#first]!;
      this.#first++;
      this.#bytes -= oldest.bytes;
      this.#from = oldest.revision;
    }
    // Slots before #first are given back in one go, so that push stays cheap.
    if (this.#first > MOST_EVENTS) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Watches that begin before this revision are refused from now on: their past was compacted. */
  forgetBefore(revision: number): void {
    while (this.#first < this.#events.length && this.#events[this.#first]!.revision <= revision) {
      this.#bytes -= this.#events[this.#first]!.bytes;
      this.#first++;
    }
    this.#from = Math.max(this.#from, revision);
  }

  /** The events after `revision`, in order. */
  *after(revision: number): Generator<CacheEvent, void, void> {
    let low = this.#first;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.#events.length; i++) yield this.#events[i]!;
  }
}
