// How long the past is kept: what reads and watches may reach, and what the store remembers beyond that. It refuses to read it.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { isAbortOf } from "../base/scope.ts";
import type { Store } from "../store/store.ts";

/** Watches and continue tokens reach back this far, as upstream. */
const COMPACT_EVERY_MS = 5 * 60_000;

/** History for `why` and `rewind`. Leases and Events would fill it without telling anything. */
const LIMITS = {
  keepMs: 24 * 3_600_000,
  keepBytes: 256 * 2 ** 20,
  neverKeep: ["coordination.k8s.io/leases/", "core/events/"],
};

export interface HistoryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Compacts to where the store was one round ago, and trims, until `signal` aborts. */
export async function keepHistory({ store, clock, log }: HistoryOptions, signal: AbortSignal): Promise<void> {
  let before = store.revision();
  for (;;) {
    try {
      await clock.sleep(COMPACT_EVERY_MS, signal);
    } catch (error) {
      if (isAbortOf(signal, error)) return;
      throw error;
    }
    try {
      await store.compact(before);
      await store.trim(LIMITS);
    } catch (error) {
      // The next round tries again; nothing is lost but room.
      log.warn("history was not trimmed", { error: error instanceof Error ? error.message : String(error) });
    }
    before = store.revision();
  }
}
