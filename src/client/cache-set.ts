// The caches of one process, one for each kind, read through one client. It refuses to narrow them: who wants a part makes a Cache.
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { CacheOptions } from "./cache.ts";
import { Cache } from "./cache.ts";
import type { Client } from "./client.ts";

/** Caches shared by everything in one process that reads through one client. */
export class CacheSet {
  readonly #options: CacheOptions;
  readonly #caches = new Map<Resource, { readonly cache: Cache<KubeObject>; readonly stop: AbortController }>();
  #running: { readonly signal: AbortSignal; readonly ended: Set<Promise<void>> } | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** The client that fills the caches: for reads that must be newer than they are. */
  get reader(): Client {
    return this.#options.client;
  }

  /** The cache of a kind, made (and started, when the set runs) on first use. */
  of<T extends KubeObject>(resource: Resource<T>): Cache<T> {
    const key = resource as unknown as Resource;
    let found = this.#caches.get(key);
    if (!found) {
      found = { cache: new Cache(key, this.#options), stop: new AbortController() };
      this.#caches.set(key, found);
      if (this.#running) this.#start(found);
    }
    return found.cache as unknown as Cache<T>;
  }

  /** Ends the cache of a kind that nobody serves any more. */
  forget(resource: Resource): void {
    this.#caches.get(resource)?.stop.abort();
    this.#caches.delete(resource);
  }

  /** Runs all caches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = { signal, ended: new Set() };
    for (const one of this.#caches.values()) this.#start(one);
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.all(this.#running.ended);
  }

  #start({ cache, stop }: { readonly cache: Cache<KubeObject>; readonly stop: AbortController }): void {
    const { signal, ended } = this.#running!;
    const run = cache.run(AbortSignal.any([signal, stop.signal])).finally(() => ended.delete(run));
    ended.add(run);
  }

  /** Resolves when every cache asked for so far has its first list. */
  async synced(): Promise<void> {
    await Promise.all([...this.#caches.values()].map(({ cache }) => cache.synced));
  }
}
