// A watch: the present state first where asked for, then every change, bookmarks in between, until time, the client or the
// server ends it. It refuses to encode and to write. Specification: Kubernetes API concepts, "Efficient detection of changes".
import type { Timer } from "../../base/clock.ts";
import { expired } from "../../schema/meta/status.ts";
import type { Status } from "../../schema/meta/status.ts";
import { CompactedError } from "../../store/store.ts";
import type { Change } from "../../store/store.ts";
import { CacheEvent } from "../watch-cache/event.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { KindCache } from "../watch-cache/kind-cache.ts";
import { everything } from "../watch-cache/selection.ts";
import type { Selection } from "../watch-cache/selection.ts";
import { seenAs, Watcher } from "../watch-cache/watcher.ts";
import type { Seen } from "../watch-cache/watcher.ts";
import type { Call } from "./call.ts";
import { cacheOf } from "./commit.ts";
import { newEnough } from "./get.ts";
import { unjudged } from "./list.ts";
import type { WatchOptions } from "./options.ts";
import { statusErrorOf } from "../respond.ts";
import { atLeast, revisionIn, unreadableForList } from "./resource-version.ts";

/** What comes out of a watch, in order. */
export type Output =
  | { readonly type: "event"; readonly seen: Seen }
  | { readonly type: "bookmark"; readonly revision: number; readonly initialEnd: boolean }
  | { readonly type: "failure"; readonly status: Status };

/** Batches of what there is to say; the reader takes the next one when it is ready for it. Ending the iteration ends the watch. */
export interface Watch extends AsyncIterable<readonly Output[]> {
  /** Ends the watch from outside. */
  end(): void;
}

const BOOKMARK_EVERY_MS = 60_000;
/** Without timeoutSeconds a watch lives between one and two of these, so that not all end together. */
const DEFAULT_LIFE_MS = 30 * 60_000;
/** Initial objects that are handed on at once. */
const PAGE = 500;

/** Resolves when the watch may begin: its state is new enough. Throws for resource versions that are none. */
export async function watch(call: Call, selection: Selection, options: WatchOptions): Promise<Watch> {
  const { resourceVersion, sendInitialEvents } = options;
  const begin = resourceVersion === "" || resourceVersion === "0" ? 0 : revisionIn(resourceVersion);
  if (begin === undefined) throw unreadableForList(resourceVersion);
  const withState = sendInitialEvents ?? begin === 0;
  if (resourceVersion === "" && (withState || sendInitialEvents === false)) await newEnough(call, "");
  else if (withState && begin > 0) await atLeast(call, resourceVersion, unreadableForList);
  const cache = cacheOf(call.served);
  if (withState)
    for (let wait = unjudged(call, selection); wait !== undefined; wait = unjudged(call, selection)) await wait;
  const { reached } = call.parts.feed;
  const initial = withState ? [...cache.list(selection)] : [];
  const after = withState || begin === 0 ? reached : begin;
  const endsInitial = sendInitialEvents === true && options.bookmarks;
  return new RunningWatch({ call, cache, selection, options, initial, after, endsInitial, reached });
}

interface Start {
  readonly call: Call;
  readonly cache: KindCache;
  readonly selection: Selection;
  readonly options: WatchOptions;
  readonly initial: readonly Kept[];
  readonly after: number;
  readonly endsInitial: boolean;
  /** What the cache had reached when `initial` was taken. */
  readonly reached: number;
}

class RunningWatch implements Watch {
  readonly #start: Start;
  readonly #watcher: Watcher;
  /** Whether the past lies in the cache's window, so that no event is missed from now on. */
  #attached = false;
  #bookmarkDue = false;
  /** No bookmark says less: everything up to here was told. */
  #told: number;
  readonly #timers: Timer[] = [];

  constructor(start: Start) {
    this.#start = start;
    this.#told = start.after;
    // What has to be converted before it can be judged is judged when it is taken.
    const { selection } = start;
    const taken = selection.ready === undefined ? selection : everything(selection.namespace);
    this.#watcher = new Watcher(taken, start.after);
    if (start.after >= start.cache.window.from) this.#attach(start.after);
  }

  end(): void {
    this.#watcher.end();
    this.#start.cache.delete(this.#watcher);
  }

  /** From here on the watcher hears of every change after `after`. */
  #attach(after: number): void {
    const { cache } = this.#start;
    for (const event of cache.window.after(after)) this.#watcher.offer(event);
    cache.add(this.#watcher);
    this.#attached = true;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Output[], void, void> {
    const { call, cache, initial, endsInitial, reached } = this.#start;
    const stop = () => this.end();
    const { stopping } = call.parts;
    if (stopping.aborted) stop();
    stopping.addEventListener("abort", stop, { once: true });
    this.#arm();
    call.parts.watching.began(call.context);
    try {
      for (let i = 0; i < initial.length && !this.#watcher.ended; i += PAGE) {
        yield initial.slice(i, i + PAGE).map((kept): Output => ({
          type: "event",
          seen: { type: "ADDED", kept, revision: kept.revision, event: undefined },
        }));
      }
      // A watch that ends early must not say that its initial events are complete: clients would drop what was not sent.
      if (this.#watcher.ended) return;
      if (endsInitial) yield [{ type: "bookmark", revision: reached, initialEnd: true }];
      if (!this.#attached) yield* this.#past();
      while (!this.#watcher.ended || !this.#watcher.idle) {
        const seen = this.#watcher.take();
        if (seen.length > 0) yield* this.#judged(seen);
        else if (this.#bookmarkDue) yield* this.#bookmark();
        else await new Promise<void>((resolve) => this.#watcher.wake(resolve));
      }
    } finally {
      call.parts.watching.ended(call.context);
      for (const timer of this.#timers) timer.cancel();
      stopping.removeEventListener("abort", stop);
      cache.delete(this.#watcher);
      this.#watcher.end();
    }
  }

  /** What happened before the window begins comes from the store's history, as far as it reaches. */
  async *#past(): AsyncGenerator<readonly Output[], void, void> {
    const { call, cache, after } = this.#start;
    const controller = new AbortController();
    let position = after;
    try {
      for await (const batch of call.parts.store.watch({
        prefix: cache.prefix,
        after,
        signal: controller.signal,
        progress: true,
      })) {
        const events = batch.changes.map((change) => eventOf(cache, change));
        const seen = this.#seen(events);
        yield* outputs(seen instanceof Promise ? await seen : seen);
        position = batch.revision;
        if (position >= cache.window.from || this.#watcher.ended) break;
      }
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      const status = expired(`too old resource version: ${after} (${error.compacted})`).toStatus();
      yield [{ type: "failure", status }];
      this.#watcher.end();
      return;
    } finally {
      controller.abort();
    }
    // The store may have told more than the cache has heard of yet: that must not be told again.
    this.#watcher.skipTo(position);
    this.#told = position;
    this.#attach(position);
  }

  /** What a watcher took, as the selection sees it. */
  async *#judged(taken: readonly Seen[]): AsyncGenerator<readonly Output[], void, void> {
    if (this.#start.selection.ready === undefined) return yield* outputs(taken);
    try {
      yield* outputs(await this.#seen(taken.map(({ event }) => event!)));
    } catch (error) {
      // Without its conversion nobody knows whether an object is selected: the watch ends with it.
      yield [{ type: "failure", status: statusErrorOf(error).toStatus() }];
      this.end();
    }
  }

  #seen(events: readonly CacheEvent[]): readonly Seen[] | Promise<readonly Seen[]> {
    const { selection } = this.#start;
    const judge = () => events.map((event) => seenAs(event, selection)).filter((one) => one !== undefined);
    const pending = selection.ready?.(
      events.flatMap(({ kept, previous }) => [kept, previous].filter((one) => one !== undefined)),
    );
    return pending === undefined ? judge() : pending.then(judge);
  }

  *#bookmark(): Generator<readonly Output[], void, void> {
    this.#bookmarkDue = false;
    const revision = this.#start.call.parts.feed.reached;
    if (revision >= this.#told) yield [{ type: "bookmark", revision, initialEnd: false }];
  }

  #arm(): void {
    const { call, options } = this.#start;
    const { clock, random } = call.parts;
    const life = options.timeoutSeconds ? options.timeoutSeconds * 1000 : DEFAULT_LIFE_MS * (1 + random.float());
    this.#timers[0] = clock.after(life, () => this.end());
    if (options.bookmarks) this.#nextBookmark();
  }

  #nextBookmark(): void {
    this.#timers[1] = this.#start.call.parts.clock.after(BOOKMARK_EVERY_MS, () => {
      this.#bookmarkDue = true;
      this.#watcher.nudge();
      this.#nextBookmark();
    });
  }
}

function* outputs(seen: readonly Seen[]): Generator<readonly Output[], void, void> {
  if (seen.length > 0) yield seen.map((one): Output => ({ type: "event", seen: one }));
}

function eventOf(cache: KindCache, change: Change): CacheEvent {
  const { key, revision, value, previous } = change;
  const before = previous && cache.keep(previous, undefined);
  const kept = value && cache.keep({ key, value, revision, created: previous?.created ?? revision }, undefined);
  return new CacheEvent(revision, kept, before);
}
