// A cache that begins with its first read and ends when nobody has read it for some minutes: for what only some pods need.
// It refuses to keep a reader waiting for long: the pod tries again.
import type { Timer } from "../../base/clock.ts";
import { Cache } from "../../client/cache.ts";
import type { CacheChange, CacheOptions } from "../../client/cache.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { NotYet } from "../parts.ts";

/** Upstream's: a read that waits longer for its first answer fails, and the pod tries again. */
const FIRST_ANSWER_MS = 1000;
/** Volumes are read once a minute. */
const IDLE_MS = 5 * 60_000;

export type LateCacheOptions = CacheOptions & { readonly signal: AbortSignal };

export class LateCache<T extends KubeObject> {
  readonly #resource: Resource<T>;
  readonly #options: LateCacheOptions;
  readonly #changed: (change: CacheChange<T>, isNews: boolean) => void;
  #watch: { readonly cache: Cache<T>; readonly stop: AbortController } | undefined;
  #idle: Timer | undefined;

  /** `changed` is called for each change; what the first answer brings is no news. */
  constructor(
    resource: Resource<T>,
    options: LateCacheOptions,
    changed: (change: CacheChange<T>, isNews: boolean) => void,
  ) {
    this.#resource = resource;
    this.#options = options;
    this.#changed = changed;
  }

  /** The cache with its first list. Throws {@link NotYet} when that is not there within a second. */
  async read(): Promise<Cache<T>> {
    const { cache, stop } = (this.#watch ??= this.#follow());
    this.#idle?.cancel();
    this.#idle = this.#options.clock.after(IDLE_MS, () => this.rest());
    if (!cache.isSynced) await this.#firstAnswer(cache, stop.signal);
    return cache;
  }

  /** Ends the watch; the next read begins another. */
  rest(): void {
    this.#idle?.cancel();
    this.#watch?.stop.abort(new Error("nobody reads it"));
    this.#watch = undefined;
  }

  #follow() {
    const stop = new AbortController();
    const cache = new Cache(this.#resource, this.#options);
    void cache.run(AbortSignal.any([this.#options.signal, stop.signal]));
    void cache.synced.then(() => {
      let told = false;
      cache.listen((change) => {
        if (this.#watch?.cache === cache) this.#changed(change, told);
      });
      told = true;
    });
    return { cache, stop };
  }

  async #firstAnswer(cache: Cache<T>, signal: AbortSignal): Promise<void> {
    const late = Promise.withResolvers<never>();
    const message = `failed to sync ${this.#resource.kind.toLowerCase()} cache: timed out waiting for the condition`;
    const timer = this.#options.clock.after(FIRST_ANSWER_MS, () =>
      late.reject(new NotYet("CreateContainerConfigError", message)),
    );
    const onAbort = () => late.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([cache.synced, late.promise]);
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }
}
