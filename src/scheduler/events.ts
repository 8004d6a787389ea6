// Events of the scheduler, in the new API (events.k8s.io). It refuses to fail or to delay.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { formatMicroTime } from "../base/timestamp.ts";
import type { Client } from "../client/client.ts";
import { Event } from "../resources/events/event.ts";
import type { KubeObject } from "../schema/resource.ts";
import { hasReason } from "../schema/meta/status.ts";

/** Repeats within this time become a series of one event. */
const SERIES_MS = 360_000;

export interface SchedulerEvents {
  tell(about: KubeObject, type: "Normal" | "Warning", reason: string, action: string, note: string, related?: KubeObject): void;
}

export function schedulerEvents({ client, clock, random, log }: { client: Client; clock: Clock; random: Random; log: Log }): SchedulerEvents {
  const recent = new Map<string, { namespace: string; name: string; count: number; at: number }>();
  let tail: Promise<void> = Promise.resolve();

  async function write(key: string, event: Event, now: number): Promise<void> {
    const seen = recent.get(key);
    if (seen && now - seen.at < SERIES_MS) {
      seen.count++;
      seen.at = now;
      const body = { series: { count: seen.count, lastObservedTime: formatMicroTime(now) } };
      try {
        await client.patch(Event, { namespace: seen.namespace, name: seen.name }, { type: "strategic", body });
        return;
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
    await client.create(Event, event);
    recent.set(key, { namespace: event.metadata.namespace ?? "", name: event.metadata.name ?? "", count: 1, at: now });
    for (const [k, { at }] of recent) if (now - at >= SERIES_MS) recent.delete(k);
  }

  const reference = (o: KubeObject) => ({
    apiVersion: o.apiVersion,
    kind: o.kind,
    namespace: o.metadata.namespace,
    name: o.metadata.name,
    uid: o.metadata.uid,
    resourceVersion: o.metadata.resourceVersion,
  });

  return {
    tell(about, type, reason, action, note, related) {
      const now = clock.now();
      const suffix = (BigInt(now) * 1_000_000n + BigInt(random.below(1_000_000))).toString(16);
      const event: Event = {
        metadata: { name: `${about.metadata.name}.${suffix}`, namespace: about.metadata.namespace || "default" },
        eventTime: formatMicroTime(now),
        reportingController: "default-scheduler",
        reportingInstance: "default-scheduler",
        action,
        reason,
        type,
        note,
        regarding: reference(about),
        ...(related && { related: reference(related) }),
      };
      const key = `${about.metadata.uid}|${type}|${reason}|${action}|${note}`;
      tail = tail.then(() => write(key, event, now)).catch((error: unknown) => log.debug("event not written", { reason, error: String(error) }));
    },
  };
}
