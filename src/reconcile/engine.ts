// Runs controllers: feeds their queues from caches, hands each key to one worker, waits until the caches have seen the
// controller's own writes, and tries again what failed. It refuses to know any kind.
import { backoff, keyedBackoff } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { isAbortOf } from "../base/scope.ts";
import { WorkQueue } from "../base/work-queue.ts";
import { revisionOf } from "../client/cache.ts";
import type { Cache, CacheChange } from "../client/cache.ts";
import type { CacheSet } from "../client/cache-set.ts";
import type { Client } from "../client/client.ts";
import { keyOf, nameOf } from "../client/client.ts";
import { StatusError, hasReason } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { Controller, Loop, ReconcileContext, Reader } from "./controller.ts";
import { isLoop } from "./controller.ts";
import type { EventRecorder } from "./events.ts";
import { eventRecorder } from "./events.ts";
import { controllerOf } from "./owner.ts";
import type { Written, WrittenByKind } from "./tracking.ts";
import { trackingClient } from "./tracking.ts";

/** How long a key waits for the caches to see its own writes before the API is read instead. */
const OWN_WRITES_WAIT_MS = 1000;

/** At most so many revisions are named as the cause of a write; more would say nothing. */
const MAX_CAUSES = 8;

export interface EngineOptions {
  /** Fills the caches; may read all kinds that controllers name. */
  readonly caches: CacheSet;
  /** A client that speaks as this service account of kube-system. */
  readonly clientFor: (identity: string) => Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Every kind that the server serves; controllers that say `discovers` ask for it. */
  readonly discovered?: () => Promise<readonly Resource[]>;
}

/** Runs all controllers until `signal` aborts. The caches must be running (or be started by the caller) too. */
export async function runControllers(
  controllers: readonly (Controller | Loop)[],
  options: EngineOptions,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    controllers.map((c) => (isLoop(c) ? runLoop(c, options, signal) : new Runner(c, options).run(signal))),
  );
}

function discoveredFor(
  one: Pick<Controller, "name" | "discovers">,
  options: EngineOptions,
): ReconcileContext["discovered"] {
  return () => {
    if (!one.discovers) throw new Error(`controller ${one.name} discovers kinds without declaring it`);
    if (!options.discovered) throw new Error(`controller ${one.name} needs discovery, which was not given`);
    return options.discovered();
  };
}

/** Keeps a loop running: it ends with `signal`, and begins again when it fails. */
async function runLoop(loop: Loop, options: EngineOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, caches } = options;
  const log = options.log.with({ controller: loop.name });
  const client = options.clientFor(loop.identity);
  const events = eventRecorder({ client, component: loop.component ?? loop.identity, clock, random, log });
  const declared = new Set(loop.reads);
  const cache = <T extends KubeObject>(resource: Resource<T>): Cache<T> => {
    if (!loop.discovers && !declared.has(resource as unknown as Resource))
      throw new Error(`controller ${loop.name} reads ${resource.plural} without declaring it`);
    return caches.of(resource);
  };
  await Promise.race([Promise.all(loop.reads.map((r) => caches.of(r).synced)), aborted(signal)]);
  const delays = backoff({ initialMs: 100, maxMs: 30_000 }, random);
  while (!signal.aborted) {
    // What one run began ends with it, even if it fails.
    const life = new AbortController();
    const both = AbortSignal.any([signal, life.signal]);
    try {
      await loop.run({
        client,
        signal: both,
        events,
        random,
        log,
        clock,
        cache,
        forget: (resource) => {
          if (!declared.has(resource)) caches.forget(resource);
        },
        discovered: discoveredFor(loop, options),
      });
      if (signal.aborted) return;
      throw new Error("the loop ended by itself");
    } catch (error) {
      if (signal.aborted) return;
      log.warn("loop failed", { error: textOf(error) });
    } finally {
      life.abort();
    }
    await clock.sleep(delays.next(), signal).catch((error: unknown) => {
      if (!isAbortOf(signal, error)) throw error;
    });
  }
}

/** Answers of the server in one line, defects with where they happened. */
function textOf(error: unknown): string {
  if (error instanceof StatusError) return `${error.reason}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** One controller at work. */
class Runner {
  readonly #controller: Controller;
  readonly #options: EngineOptions;
  readonly #queue: WorkQueue<string>;
  readonly #client: Client;
  readonly #declared: Set<Resource>;
  readonly #log: Log;
  readonly #events: EventRecorder;
  /** What the last call for a key wrote. */
  readonly #written = new Map<string, WrittenByKind>();
  /** The revisions that made a key wait in the queue. */
  readonly #causes = new Map<string, Set<string>>();

  constructor(controller: Controller, options: EngineOptions) {
    this.#controller = controller;
    this.#options = options;
    this.#client = options.clientFor(controller.identity);
    this.#log = options.log.with({ controller: controller.name });
    this.#declared = new Set([
      controller.of,
      ...controller.owns,
      ...controller.maps.map((m) => m.from),
      ...controller.reads,
    ]);
    const component = controller.component ?? controller.identity;
    this.#events = eventRecorder({
      client: this.#client,
      component,
      clock: options.clock,
      random: options.random,
      log: this.#log,
    });
    const delays = keyedBackoff<string>({ initialMs: 5, maxMs: 1_000_000 }, options.random);
    this.#queue = new WorkQueue({ clock: options.clock, backoff: delays });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#connect();
    await Promise.race([this.#allSynced(), aborted(signal)]);
    const workers = Array.from({ length: this.#controller.workers ?? 5 }, () => this.#work(signal));
    await Promise.all(workers);
    this.#queue.clear();
  }

  #allSynced(): Promise<unknown> {
    return Promise.all([...this.#declared].map((resource) => this.#options.caches.of(resource).synced));
  }

  /** Wires caches to the queue. */
  #connect(): void {
    const { of, owns, maps, reads, indexes } = this.#controller;
    const { caches } = this.#options;
    for (const index of indexes) caches.of(index.of).addIndex(index.name, (o) => index.values(o));
    caches.of(of).listen(({ object, old, deleted }) => {
      if (deleted || !old || this.#controller.heeds?.(object, old) !== false) this.#enqueue(keyOf(object), object);
    });
    for (const owned of owns) caches.of(owned).listen((change) => this.#enqueueOwners(change));
    for (const map of maps) {
      caches.of(map.from).listen(({ object, old, deleted }) => {
        for (const key of map.keys(object, { old, deleted, cache: (r) => this.#reader(r) })) this.#enqueue(key, object);
      });
    }
    for (const read of reads) caches.of(read);
  }

  #enqueueOwners({ object, old }: CacheChange<KubeObject>): void {
    for (const version of old && old !== object ? [old, object] : [object]) {
      const owner = controllerOf(version);
      if (owner?.kind !== this.#controller.of.kind) continue;
      const { namespace } = version.metadata;
      this.#enqueue(
        this.#controller.of.scope === "Namespaced" && namespace ? `${namespace}/${owner.name}` : owner.name,
        object,
      );
    }
  }

  #enqueue(key: string, because: KubeObject): void {
    const revision = because.metadata.resourceVersion;
    if (revision) {
      let causes = this.#causes.get(key);
      if (!causes) this.#causes.set(key, (causes = new Set()));
      if (causes.size < MAX_CAUSES) causes.add(revision);
    }
    this.#queue.add(key);
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      let key: string;
      try {
        key = await this.#queue.take(signal);
      } catch (error) {
        if (isAbortOf(signal, error)) return;
        throw error;
      }
      try {
        await this.#once(key, signal);
      } catch (error) {
        if (signal.aborted) return;
        const delayMs = this.#queue.retry(key);
        const level = hasReason(error, "Conflict", "NotFound", "AlreadyExists") ? "debug" : "warn";
        this.#log[level]("reconcile failed", { key, delayMs, error: textOf(error) });
      } finally {
        this.#queue.done(key);
      }
    }
  }

  async #once(key: string, signal: AbortSignal): Promise<void> {
    const fresh = await this.#ownWritesSeen(key, signal);
    const causes = [...(this.#causes.get(key) ?? [])];
    this.#causes.delete(key);
    // What the caches have still not seen must be waited for by the next call as well.
    const written: WrittenByKind = new Map(
      [...(this.#written.get(key) ?? [])].filter(([resource]) => fresh.has(resource)),
    );
    this.#written.delete(key);
    const context = this.#context(written, causes, fresh, signal);
    const name = nameOf(key);
    const object = context.cache(this.#controller.of).get(name);
    let result;
    try {
      if (object) result = await this.#controller.reconcile(object, context);
      else result = await this.#controller.gone?.(name, context);
    } finally {
      if (written.size > 0) this.#written.set(key, written);
    }
    // What failed is tried again anyway, in its time.
    this.#lookAgain(key, written, fresh, signal);
    this.#queue.forget(key);
    if (result) this.#queue.addAfter(key, result.afterMs);
  }

  /**
   * What a call created, or read from the API past its cache, may be gone again before the cache comes to hold it: if
   * the cache lists anew meanwhile, no change tells of that, and the key has to be looked at once more.
   */
  #lookAgain(key: string, written: WrittenByKind, fresh: ReadonlyMap<Resource, Reader>, signal: AbortSignal): void {
    for (const [resource, { revision, made }] of written) {
      if (!this.#declared.has(resource) || (made.size === 0 && !fresh.has(resource))) continue;
      const uids = [...made];
      const cache = this.#options.caches.of(resource);
      cache.reached(revision, signal).then(
        () => {
          if (fresh.has(resource) || uids.some((uid) => cache.byUid(uid) === undefined)) this.#queue.add(key);
        },
        (error: unknown) => {
          if (!isAbortOf(signal, error)) throw error;
        },
      );
    }
  }

  /**
   * Waits for the caches to reach what the last call for `key` wrote. For kinds that stay behind too long it reads
   * the API instead and returns what it says.
   */
  async #ownWritesSeen(key: string, signal: AbortSignal): Promise<Map<Resource, Reader>> {
    const fresh = new Map<Resource, Reader>();
    const written = this.#written.get(key);
    if (!written || this.#allSeen(written)) return fresh;
    const { clock } = this.#options;
    const enough = new AbortController();
    const timer = clock.after(OWN_WRITES_WAIT_MS, () => enough.abort(new Error("caches lag behind")));
    const give = AbortSignal.any([signal, enough.signal]);
    try {
      for (const [resource, own] of written) {
        if (this.#declared.has(resource) && !(await this.#seen(resource, own, give, signal))) {
          this.#log.info("cache lags behind own writes; reading the API", { key, resource: resource.plural });
          const reader = await this.#readConsistently(resource, key, signal);
          fresh.set(resource, reader);
          // The cache must not show later what is older than this.
          own.revision = Math.max(own.revision, ...reader.list().map((o) => revisionOf(o.metadata.resourceVersion)));
          own.isUncertain = false;
        }
      }
    } finally {
      timer.cancel();
    }
    return fresh;
  }

  /** Whether the caches show all of this already: the usual case, in which nothing has to be waited for. */
  #allSeen(written: WrittenByKind): boolean {
    for (const [resource, own] of written) {
      if (!this.#declared.has(resource)) continue;
      const cache = this.#options.caches.of(resource);
      if (own.isUncertain || cache.revision < own.revision) return false;
      for (const uid of own.deleted) if (isAlive(cache.byUid(uid))) return false;
    }
    return true;
  }

  /** Whether the cache of `resource` came to show `own` before `give` aborted. */
  async #seen(resource: Resource, own: Written, give: AbortSignal, signal: AbortSignal): Promise<boolean> {
    if (own.isUncertain) return false;
    const cache = this.#options.caches.of(resource);
    try {
      await cache.reached(own.revision, give);
      while ([...own.deleted].some((uid) => isAlive(cache.byUid(uid)))) await cache.reached(cache.revision + 1, give);
      return true;
    } catch (error) {
      if (signal.aborted || !give.aborted) throw error;
      return false;
    }
  }

  async #readConsistently(resource: Resource, key: string, signal: AbortSignal): Promise<Reader> {
    const { namespace } = nameOf(key);
    const narrowed = resource.scope === "Namespaced" && namespace ? { namespace } : {};
    // Through the caches' client: an identity that only writes (service accounts, the root CA) may not list.
    const { items } = await this.#options.caches.reader.list(resource, { ...narrowed, signal });
    const byKey = new Map(items.map((o) => [keyOf(o), o]));
    const cache = this.#options.caches.of(resource);
    return {
      get: (name) => byKey.get(name.namespace ? `${name.namespace}/${name.name}` : name.name),
      list: (ns) => (ns === undefined ? items : items.filter((o) => o.metadata.namespace === ns)),
      ownedBy: (uid) => items.filter((o) => controllerOf(o)?.uid === uid),
      by: (index, value) => cache.indexed(index, value, items),
    };
  }

  #context(
    written: WrittenByKind,
    causes: readonly string[],
    fresh: Map<Resource, Reader>,
    signal: AbortSignal,
  ): ReconcileContext {
    const { clock, random, caches } = this.#options;
    const client = trackingClient(
      this.#client.because(causes),
      written,
      (resource, name) => caches.of(resource).get(name)?.metadata.uid,
    );
    return {
      client,
      now: clock.now(),
      signal,
      random,
      log: this.#log,
      events: this.#events,
      discovered: discoveredFor(this.#controller, this.#options),
      cache: <T extends KubeObject>(resource: Resource<T>) =>
        (fresh.get(resource as unknown as Resource) ?? this.#reader(resource)) as Reader<T>,
    };
  }

  #reader<T extends KubeObject>(resource: Resource<T>): Reader<T> {
    if (!this.#declared.has(resource as unknown as Resource))
      throw new Error(`controller ${this.#controller.name} reads ${resource.plural} without declaring it`);
    return this.#options.caches.of(resource);
  }
}

const isAlive = (object: KubeObject | undefined): boolean => object !== undefined && !object.metadata.deletionTimestamp;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
