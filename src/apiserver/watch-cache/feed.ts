// The one watch of the whole store that keeps every kind's cache up to date, and who waits for it to reach a revision.
// It refuses to know kinds: a cache exists for a prefix once somebody has asked for it.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isAbortOf } from "../../base/scope.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Entry, Store } from "../../store/store.ts";
import type { Kept } from "./kept.ts";
import { KindCache } from "./kind-cache.ts";
import type { KindCacheOptions } from "./kind-cache.ts";

/** Entries that are read at once while loading: a stretch of a few milliseconds. */
const PAGE = 500;

/** What a writer has just handed to the store: the feed need not decode it again. */
export interface Written {
  readonly value: Uint8Array;
  readonly object: KubeObject;
  /** What the writer has made of it already. */
  kept?: Kept;
}

export class Feed {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #caches = new Map<string, KindCache>();
  readonly #written = new Map<string, Written>();
  #waiting: { readonly revision: number; readonly resolve: () => void }[] = [];
  /** Entries of prefixes that no kind has claimed yet, by prefix: kinds that come with a CRD later. */
  readonly #unclaimed = new Map<string, Map<string, Entry>>();
  /** Everything up to here has been taken over. */
  reached = 0;
  /** Called with each revision that is reached: for bookmarks and metrics. */
  onProgress: (revision: number) => void = () => {};

  constructor(options: { store: Store; clock: Clock; log: Log }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Declares a kind. Before or after {@link start}. */
  cache(options: Omit<KindCacheOptions, "from">): KindCache {
    let cache = this.#caches.get(options.prefix);
    if (cache === undefined) {
      cache = new KindCache({ ...options, from: this.reached });
      for (const entry of this.#unclaimed.get(options.prefix)?.values() ?? []) cache.load(entry);
      this.#unclaimed.delete(options.prefix);
      this.#caches.set(options.prefix, cache);
    }
    return cache;
  }

  /** A kind is served no more, or in another form: its watches end, its entries wait for whoever claims them. */
  release(prefix: string): void {
    const cache = this.#caches.get(prefix);
    if (cache === undefined) return;
    this.#caches.delete(prefix);
    for (const watcher of cache.watchers) watcher.end();
    for (const { key, stored, revision, created } of cache.all())
      this.#setAside(prefix, { key, value: stored, revision, created });
  }

  get caches(): IterableIterator<KindCache> {
    return this.#caches.values();
  }

  /** Loads everything, then follows the store until `signal` aborts. Resolves with what follows, once loaded. */
  async start(signal: AbortSignal): Promise<{ following: Promise<void> }> {
    const revision = await this.#load();
    for (const cache of this.#caches.values()) {
      cache.window.forgetBefore(revision);
      cache.changed = Math.max(cache.changed, revision);
    }
    this.#reach(revision);
    return { following: this.#follow(signal) };
  }

  async #load(): Promise<number> {
    let from: string | undefined;
    let revision: number | undefined;
    do {
      const page = await this.#store.range({
        prefix: "",
        limit: PAGE,
        ...(from !== undefined && { from }),
        ...(revision !== undefined && { revision }),
      });
      revision = page.revision;
      for (const entry of page.entries) {
        const prefix = prefixOf(entry.key);
        const cache = this.#caches.get(prefix);
        if (cache !== undefined) cache.load(entry);
        else this.#setAside(prefix, entry);
      }
      from = page.next;
    } while (from !== undefined);
    return revision!;
  }

  #setAside(prefix: string, entry: Entry): void {
    const entries = this.#unclaimed.get(prefix);
    if (entries === undefined) this.#unclaimed.set(prefix, new Map([[entry.key, entry]]));
    else entries.set(entry.key, entry);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    try {
      for await (const batch of this.#store.watch({ prefix: "", after: this.reached, signal, progress: true })) {
        for (const change of batch.changes) {
          const prefix = prefixOf(change.key);
          const cache = this.#caches.get(prefix);
          if (cache !== undefined) cache.apply(change, this.#takeWritten(change.key, change.value));
          else if (change.value === undefined) this.#unclaimed.get(prefix)?.delete(change.key);
          else
            this.#setAside(prefix, {
              key: change.key,
              value: change.value,
              revision: change.revision,
              created: change.revision,
            });
        }
        this.#reach(batch.revision);
      }
    } catch (error) {
      if (!isAbortOf(signal, error)) throw error;
    }
  }

  /** Before a commit: the object that these bytes are. {@link withdraw} when the commit did not happen. */
  announce(key: string, value: Uint8Array, object: KubeObject): Written {
    const written = { value, object };
    this.#written.set(key, written);
    return written;
  }

  withdraw(key: string, written: Written): void {
    if (this.#written.get(key) === written) this.#written.delete(key);
  }

  #takeWritten(key: string, value: Uint8Array | undefined): Written | undefined {
    const written = value && this.#written.get(key);
    if (!written || (written.value !== value && Buffer.compare(written.value, value) !== 0)) return undefined;
    this.#written.delete(key);
    return written;
  }

  #reach(revision: number): void {
    this.reached = revision;
    if (this.#waiting.length > 0) {
      const ready = this.#waiting.filter((waiter) => waiter.revision <= revision);
      if (ready.length > 0) this.#waiting = this.#waiting.filter((waiter) => waiter.revision > revision);
      for (const waiter of ready) waiter.resolve();
    }
    this.onProgress(revision);
  }

  /** Whether the caches hold everything that is durable: then a read needs no waiting. */
  get fresh(): boolean {
    return this.reached >= this.#store.revision();
  }

  /** Resolves when the caches hold what was durable at the call. */
  upToDate(): Promise<boolean> {
    return this.upTo(this.#store.revision(), FRESH_WITHIN_MS);
  }

  /** Resolves with true when `revision` is reached, with false after `withinMs`. */
  upTo(revision: number, withinMs: number): Promise<boolean> {
    if (this.reached >= revision) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = {
        revision,
        resolve: () => {
          timer.cancel();
          resolve(true);
        },
      };
      const timer = this.#clock.after(withinMs, () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        this.#log.debug("the watch cache did not reach a revision in time", { revision, reached: this.reached });
        resolve(false);
      });
      this.#waiting.push(waiter);
    });
  }
}

/** How long a consistent read waits for the feed before it gives up. */
const FRESH_WITHIN_MS = 10_000;

/** `apps/deployments/` of `apps/deployments/demo/web`. */
function prefixOf(key: string): string {
  return key.slice(0, key.indexOf("/", key.indexOf("/") + 1) + 1);
}
