// The caches of one process, one for each kind, read through one client. It refuses to narrow them: who wants a part makes a Cache.
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { CacheOptions } from "./cache.ts";
import { Cache } from "./cache.ts";
import type { Client } from "./client.ts";

/** Caches shared by everything in one process that reads through one client. */
export class CacheSet {
  readonly #options: CacheOptions;
  readonly #caches = new Map<Resource, Cache<KubeObject>>();
  #running: { signal: AbortSignal; ended: Promise<void>[] } | undefined;

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
    let cache = this.#caches.get(key);
    if (!cache) {
      cache = new Cache(key, this.#options);
      this.#caches.set(key, cache);
      if (this.#running) this.#running.ended.push(cache.run(this.#running.signal));
    }
    return cache as unknown as Cache<T>;
  }

  /** Runs all caches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = { signal, ended: [] };
    for (const cache of this.#caches.values()) this.#running.ended.push(cache.run(signal));
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.all(this.#running.ended);
  }

  /** Resolves when every cache asked for so far has its first list. */
  async synced(): Promise<void> {
    await Promise.all([...this.#caches.values()].map((cache) => cache.synced));
  }
}
