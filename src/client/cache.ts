// A kind's objects kept at hand: the present state, then a watch, for ever. It refuses to write, and to promise that it is
// up to date: it says which revision it has reached, and callers that need more wait for it or ask the API.
//
// The present state comes as the beginning of the watch itself (WatchList, KEP-3157) where the server knows that, so that
// no list is held in memory twice; else as a list.
import type { Backoff } from "../base/backoff.ts";
import { backoff } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { pause } from "../base/pause.ts";
import { hasReason, serviceUnavailable } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { Client, ObjectName, WatchEvent } from "./client.ts";
import { keyOf } from "./client.ts";

/** One difference between what the cache held and holds. `old` is undefined for what it never held. */
export interface CacheChange<T> {
  readonly object: T;
  readonly old: T | undefined;
  readonly deleted: boolean;
}

export interface CacheOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Narrow what is held; a cache that is narrowed answers only for that part. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

type IndexValues<T> = (object: T) => readonly string[];

/** A resourceVersion as a number; 0 for none. Comparable only within one server and resource. */
export const revisionOf = (resourceVersion: string | undefined): number => Number(resourceVersion ?? 0) || 0;

/**
 * So long, or half as much again, a cache may be away when its server is back: others count silence, as that of nodes,
 * which are given up after 50 s. Upstream waits up to a minute, and then gives up living nodes.
 */
const MOST_RETRY_MS = 10_000;

const OWNER_INDEX = "controller-uid";

/** The uid of the controlling owner, as the index of {@link Cache.ownedBy}. */
const controllerUids = (object: KubeObject): readonly string[] => {
  for (const owner of object.metadata.ownerReferences ?? []) if (owner.controller) return [owner.uid];
  return [];
};

/** Start it with {@link Cache.run}; it holds nothing before. All reads are synchronous and give frozen objects. */
export class Cache<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly #options: CacheOptions;
  readonly #objects = new Map<string, T>();
  readonly #uids = new Map<string, string>();
  readonly #indexes = new Map<string, { values: IndexValues<T>; keys: Map<string, Set<string>> }>();
  readonly #listeners = new Set<(change: CacheChange<T>) => void>();
  readonly #waiters = new Set<{ revision: number; resolve: () => void }>();
  #revision = 0;
  #synced = Promise.withResolvers<void>();
  #isSynced = false;
  /** Whether the server may know WatchList; false once it refused. */
  #streams = true;

  constructor(resource: Resource<T>, options: CacheOptions) {
    this.resource = resource;
    this.#options = options;
    this.addIndex("namespace", (o) => [o.metadata.namespace ?? ""]);
    this.addIndex(OWNER_INDEX, controllerUids);
  }

  /** The revision that the cache has reached. */
  get revision(): number {
    return this.#revision;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves once the first list is in. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Adds an index before or after the start; harmless when it exists. */
  addIndex(name: string, values: IndexValues<T>): void {
    if (this.#indexes.has(name)) return;
    const index = { values, keys: new Map<string, Set<string>>() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) enter(index.keys, values(object), key);
  }

  /**
   * Calls `listener` for each change from now on, in order, once the cache holds it, after telling it of all that is
   * held already as if it were new. Returns how to stop.
   */
  listen(listener: (change: CacheChange<T>) => void): () => void {
    for (const object of this.#objects.values()) listener({ object, old: undefined, deleted: false });
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(name: ObjectName): T | undefined {
    return this.#objects.get(name.namespace ? `${name.namespace}/${name.name}` : name.name);
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.by("namespace", namespace);
  }

  ownedBy(uid: string): readonly T[] {
    return this.by(OWNER_INDEX, uid);
  }

  by(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`the cache of ${this.resource.plural} has no index ${index}`);
    const keys = found.keys.get(value);
    return keys ? Array.from(keys, (key) => this.#objects.get(key)!) : [];
  }

  /** What `by` would answer if the cache held `objects`. */
  indexed(index: string, value: string, objects: readonly T[]): readonly T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`the cache of ${this.resource.plural} has no index ${index}`);
    return objects.filter((o) => found.values(o).includes(value));
  }

  /** The object of this uid, wherever it is. */
  byUid(uid: string): T | undefined {
    const key = this.#uids.get(uid);
    return key === undefined ? undefined : this.#objects.get(key);
  }

  /** Resolves when the cache has reached `revision`, or rejects with `signal.reason`. */
  reached(revision: number, signal: AbortSignal): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve();
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
      };
      const waiter = {
        revision,
        resolve: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Lists and watches until `signal` aborts; failures are logged and tried again with growing delays. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options;
    const delays = backoff({ initialMs: 100, maxMs: MOST_RETRY_MS, jitter: 0.5 }, random);
    while (!signal.aborted) {
      try {
        await this.#fill(signal, delays);
        await this.#follow(signal, delays);
      } catch (error) {
        if (signal.aborted) return;
        const level = hasReason(error, "Expired", "Gone", "ServiceUnavailable") ? "debug" : "warn";
        log[level]("list and watch interrupted", { resource: this.resource.plural, error: String(error) });
        await pause(clock, delays.next(), signal);
      }
    }
  }

  /** Brings the cache to the present state, by whatever way the server offers. */
  async #fill(signal: AbortSignal, delays: Backoff): Promise<void> {
    if (this.#streams) {
      try {
        return await this.#stream(signal, delays);
      } catch (error) {
        // Servers without WatchList refuse the option; those with it never find it invalid.
        if (!hasReason(error, "Invalid", "BadRequest")) throw error;
        this.#streams = false;
      }
    }
    const { client, namespace, labelSelector, fieldSelector } = this.#options;
    const list = await client.list(this.resource, { namespace, labelSelector, fieldSelector, signal });
    const seen = new Set<string>();
    for (const object of list.items) {
      seen.add(keyOf(object));
      this.#put(object);
    }
    this.#filled(seen, revisionOf(list.metadata.resourceVersion));
  }

  /**
   * One watch that begins with the present state and is followed as long as it lasts. What failed before it is
   * forgotten once it tells news: the state alone does not say that the server lasts.
   */
  async #stream(signal: AbortSignal, delays: Backoff): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector } = this.#options;
    const timeoutSeconds = this.#watchSeconds();
    let seen: Set<string> | undefined = new Set<string>();
    const events = client.watch(this.resource, {
      namespace,
      labelSelector,
      fieldSelector,
      sendInitialEvents: true,
      timeoutSeconds,
      signal,
    });
    for await (const event of events) {
      if (seen === undefined) {
        this.#take(event);
        delays.reset();
      } else if (event.type !== "BOOKMARK") {
        seen.add(keyOf(event.object));
        this.#put(event.object);
      } else if (event.initialEnd) {
        this.#filled(seen, revisionOf(event.resourceVersion));
        seen = undefined;
      }
    }
    if (seen !== undefined && !signal.aborted)
      throw serviceUnavailable(`the watch of ${this.resource.plural} ended before its initial events did`);
  }

  /** What was not seen is gone; the cache stands at `revision`. */
  #filled(seen: ReadonlySet<string>, revision: number): void {
    for (const [key, object] of [...this.#objects]) if (!seen.has(key)) this.#remove(key, object);
    this.#reach(revision);
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  /** Watches of many caches do not end together. */
  #watchSeconds(): number {
    return Math.round(300 + 300 * this.#options.random.float());
  }

  /** Watches, again and again from where it was, until that place has expired or the server fails. */
  async #follow(signal: AbortSignal, delays: Backoff): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector } = this.#options;
    while (!signal.aborted) {
      const timeoutSeconds = this.#watchSeconds();
      const resourceVersion = String(this.#revision);
      const events = client.watch(this.resource, {
        namespace,
        labelSelector,
        fieldSelector,
        resourceVersion,
        timeoutSeconds,
        signal,
      });
      let delivered = false;
      for await (const event of events) {
        this.#take(event);
        delivered = true;
        delays.reset();
      }
      // A server that ends watches at once must not be asked without pause.
      if (!delivered) await pause(this.#options.clock, delays.next(), signal);
    }
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === "BOOKMARK") return this.#reach(revisionOf(event.resourceVersion));
    const key = keyOf(event.object);
    if (event.type === "DELETED") this.#remove(key, event.object);
    else this.#put(event.object);
    this.#reach(revisionOf(event.object.metadata.resourceVersion));
  }

  #put(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (
      old &&
      old.metadata.resourceVersion === object.metadata.resourceVersion &&
      old.metadata.uid === object.metadata.uid
    )
      return;
    // An object replaced by another of the same name between two lists: the first one was deleted.
    if (old && old.metadata.uid !== object.metadata.uid) this.#remove(key, old);
    const before = this.#objects.get(key);
    for (const { values, keys } of this.#indexes.values()) {
      if (before) leave(keys, values(before), key);
      enter(keys, values(object), key);
    }
    this.#objects.set(key, object);
    if (object.metadata.uid) this.#uids.set(object.metadata.uid, key);
    this.#tell({ object, old: before, deleted: false });
  }

  #remove(key: string, last: T): void {
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    if (old.metadata.uid) this.#uids.delete(old.metadata.uid);
    for (const { values, keys } of this.#indexes.values()) leave(keys, values(old), key);
    this.#tell({ object: last, old, deleted: true });
  }

  #tell(change: CacheChange<T>): void {
    for (const listener of this.#listeners) listener(change);
  }

  #reach(revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    for (const waiter of this.#waiters) {
      if (waiter.revision > revision) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}

function enter(keys: Map<string, Set<string>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const set = keys.get(value);
    if (set) set.add(key);
    else keys.set(value, new Set([key]));
  }
}

function leave(keys: Map<string, Set<string>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const set = keys.get(value);
    if (set?.delete(key) && set.size === 0) keys.delete(value);
  }
}
