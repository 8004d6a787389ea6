// Events of the scheduler, in the new API (events.k8s.io). It refuses to fail or to delay: writes go out behind the
// caller's back, a few at a time, and when too many wait the newest is dropped.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { formatMicroTime } from "../base/timestamp.ts";
import type { Client } from "../client/client.ts";
import { Event } from "../resources/events/event.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";

/** Repeats within this time become a series of one event. */
const SERIES_MS = 360_000;
/** How many events are remembered for their repeats. */
const REMEMBERED = 4096;
const AT_ONCE = 16;
const MOST_WAITING = 20_000;

export interface Telling {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly related?: KubeObject;
}

export interface SchedulerEvents {
  tell(about: KubeObject, telling: Telling): void;
  /** Resolves when everything told so far is written or given up. */
  flushed(): Promise<void>;
}

export interface EventOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Who speaks; the scheduler's name. */
  readonly reporter: string;
}

/** An event that may be repeated. */
interface Told {
  readonly namespace: string;
  readonly name: string;
  count: number;
  at: number;
  /** Its writes happen one after another. */
  written: Promise<void>;
}

export function schedulerEvents({ client, clock, random, log, reporter }: EventOptions): SchedulerEvents {
  const recent = new Map<string, Told>();
  const waiting: (() => Promise<void>)[] = [];
  let underWay = 0;
  let idle = Promise.withResolvers<void>();

  function next(): void {
    while (underWay < AT_ONCE) {
      const write = waiting.shift();
      if (!write) break;
      underWay++;
      void write()
        .catch((error: unknown) => log.debug("event not written", { error: String(error) }))
        .finally(() => {
          underWay--;
          next();
        });
    }
    if (underWay === 0) {
      idle.resolve();
      idle = Promise.withResolvers();
    }
  }

  return {
    tell(about, telling) {
      if (waiting.length >= MOST_WAITING)
        return log.debug("too many events wait; one is dropped", { reason: telling.reason });
      const now = clock.now();
      const suffix = (BigInt(Math.floor(now)) * 1_000_000n + BigInt(random.below(1_000_000))).toString(16);
      const event = eventOf(about, telling, { now, suffix, reporter });
      const key = `${about.metadata.uid}|${telling.type}|${telling.reason}|${telling.action}|${telling.note}`;
      const before = recent.get(key);
      recent.delete(key);
      const isRepeat = before !== undefined && now - before.at < SERIES_MS;
      const fresh = () => ({
        namespace: event.metadata.namespace!,
        name: event.metadata.name!,
        count: 0,
        at: now,
        written: Promise.resolve(),
      });
      const told: Told = isRepeat ? before : fresh();
      told.count++;
      told.at = now;
      recent.set(key, told);
      if (recent.size > REMEMBERED) recent.delete(recent.keys().next().value!);
      waiting.push(() => {
        const write = () =>
          isRepeat ? repeat(client, told, event) : client.create(Event, event).then(() => undefined);
        // A write that failed must not keep the next from being tried.
        told.written = told.written.then(write, write);
        return told.written;
      });
      next();
    },
    flushed: () => (underWay === 0 ? Promise.resolve() : idle.promise),
  };
}

interface EventFacts {
  readonly now: number;
  readonly suffix: string;
  readonly reporter: string;
}

/** `suffix` makes the name unlike that of any other event about the object. */
function eventOf(about: KubeObject, { type, reason, action, note, related }: Telling, facts: EventFacts): Event {
  const { now, suffix, reporter } = facts;
  return {
    metadata: { name: `${about.metadata.name}.${suffix}`, namespace: about.metadata.namespace || "default" },
    eventTime: formatMicroTime(now),
    reportingController: reporter,
    reportingInstance: reporter,
    action,
    reason,
    type,
    note,
    regarding: reference(about),
    ...(related && { related: reference(related) }),
  };
}

/** Counts one more of what was told already. */
async function repeat(client: Client, told: Told, event: Event): Promise<void> {
  const { namespace, name, count, at } = told;
  const body = { series: { count, lastObservedTime: formatMicroTime(at) } };
  try {
    await client.patch(Event, { namespace, name }, { type: "strategic", body });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    // Expired meanwhile: told anew.
    await client.create(Event, event);
  }
}

const reference = ({ apiVersion, kind, metadata }: KubeObject) => ({
  apiVersion,
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});
