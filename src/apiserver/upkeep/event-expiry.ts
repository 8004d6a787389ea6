// Events go an hour after they were last written. It refuses to touch anything else.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import type { Client } from "../../client/client.ts";
import { Event } from "../../resources/core/event.ts";
import { hasReason } from "../../schema/meta/status.ts";

export interface EventExpiryOptions {
  readonly client: Client;
  /** The events at hand, without a request. */
  readonly events: () => readonly Event[];
  readonly clock: Clock;
  readonly log: Log;
  /** An hour if left out. */
  readonly keepMs?: number;
}

const SWEEP_MS = 60_000;

/** When an event was last written, as far as it tells. */
function lastSeen(event: Event): number {
  const times = [
    event.series?.lastObservedTime,
    event.lastTimestamp,
    event.eventTime,
    event.metadata.creationTimestamp,
  ];
  return Math.max(...times.map((t) => (t ? Date.parse(t) : 0)));
}

/** Sweeps each minute until `signal` aborts. */
export async function expireEvents(
  { client, events, clock, log, keepMs = 3_600_000 }: EventExpiryOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const oldest = clock.now() - keepMs;
    for (const event of events()) {
      if (signal.aborted || lastSeen(event) >= oldest) continue;
      const { namespace, name = "", uid } = event.metadata;
      try {
        await client.delete(Event, { namespace, name }, { preconditions: { uid } });
      } catch (error) {
        if (!hasReason(error, "NotFound", "Conflict")) log.warn("event not removed", { name, error: String(error) });
      }
    }
    await pause(clock, SWEEP_MS, signal);
  }
}
