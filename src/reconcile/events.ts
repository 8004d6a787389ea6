// Records Events about objects as upstream's recorder does: repeats raise a count, many alike are combined, floods are dropped.
// It refuses to fail or to delay whoever records: writes go out one after another behind its back.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { formatTime } from "../base/timestamp.ts";
import type { Client } from "../client/client.ts";
import { Event } from "../resources/core/event.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";
import type { Events } from "./controller.ts";

/** Events alike but for their message, within this time, beyond this number, become one. */
const SIMILAR_WITHIN_MS = 600_000;
const SIMILAR_AT_MOST = 10;
/** Events of one source about one object: so many at once, then one more for each interval. */
const BURST = 25;
const REFILL_MS = 300_000;
/** How many keys each table remembers. */
const REMEMBERED = 4096;
/** Events that wait to be written; more are dropped. */
const MAX_WAITING = 1000;

export interface RecorderOptions {
  readonly client: Client;
  /** `source.component`, e.g. `deployment-controller`, `kubelet`. */
  readonly component: string;
  /** `source.host`: the node's name, for a kubelet. */
  readonly host?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface EventRecorder extends Events {
  /** As `record`, with the part of the object that it is about: `spec.containers{web}`. */
  recordAbout(object: KubeObject, fieldPath: string, type: "Normal" | "Warning", reason: string, message: string): void;
  /** Resolves when everything recorded so far has been written or given up. */
  flushed(): Promise<void>;
}

interface Written {
  readonly namespace: string;
  readonly name: string;
  count: number;
}

/** A Map that forgets what was used longest ago. */
function remember<V>(table: Map<string, V>, key: string, make: () => V): V {
  let value = table.get(key);
  if (value === undefined) value = make();
  else table.delete(key);
  table.set(key, value);
  if (table.size > REMEMBERED) table.delete(table.keys().next().value!);
  return value;
}

export function eventRecorder(options: RecorderOptions): EventRecorder {
  const { clock, log } = options;
  const written = new Map<string, Written>();
  const similar = new Map<string, { since: number; messages: Set<string> }>();
  const buckets = new Map<string, { tokens: number; at: number }>();
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;

  function allowed(aboutKey: string, now: number): boolean {
    const bucket = remember(buckets, aboutKey, () => ({ tokens: BURST, at: now }));
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  /** The message to write: the one given, or the combined one once there were too many alike. */
  function combine(kindKey: string, message: string, now: number): { message: string; combined: boolean } {
    const group = remember(similar, kindKey, () => ({ since: now, messages: new Set<string>() }));
    if (now - group.since > SIMILAR_WITHIN_MS) group.messages.clear();
    group.since = now;
    group.messages.add(message);
    if (group.messages.size < SIMILAR_AT_MOST) return { message, combined: false };
    return { message: `(combined from similar events): ${message}`, combined: true };
  }

  async function write(key: string, event: Event): Promise<void> {
    const seen = written.get(key);
    if (seen) {
      const { namespace, name } = seen;
      const body = { count: seen.count + 1, lastTimestamp: event.lastTimestamp, message: event.message };
      try {
        await options.client.patch(Event, { namespace, name }, { type: "strategic", body });
        seen.count++;
        return;
      } catch (error) {
        // Expired meanwhile: told anew below.
        if (!hasReason(error, "NotFound")) throw error;
        written.delete(key);
      }
    }
    await options.client.create(Event, event);
    remember(written, key, () => ({ namespace: event.metadata.namespace!, name: event.metadata.name!, count: 1 }));
  }

  function recordAbout(
    object: KubeObject,
    fieldPath: string,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ): void {
    const now = clock.now();
    const { apiVersion, kind } = object;
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const about = `${options.component}|${options.host ?? ""}|${kind}|${namespace ?? ""}|${name}|${uid}|${apiVersion}`;
    if (!allowed(about, now)) return;
    const kindKey = `${about}|${fieldPath}|${type}|${reason}`;
    const told = combine(kindKey, message, now);
    const stamp = formatTime(now);
    const event: Event = {
      metadata: { name: `${name}.${eventSuffix(now, options.random)}`, namespace: namespace || "default" },
      involvedObject: { kind, namespace, name, uid, apiVersion, resourceVersion, ...(fieldPath && { fieldPath }) },
      reason,
      message: told.message,
      source: { component: options.component, ...(options.host && { host: options.host }) },
      firstTimestamp: stamp,
      lastTimestamp: stamp,
      count: 1,
      type,
      reportingComponent: options.component,
      reportingInstance: options.host ?? "",
    };
    if (waiting >= MAX_WAITING) return log.debug("too many events wait; one is dropped", { reason, about });
    waiting++;
    tail = tail
      .then(() => write(told.combined ? kindKey : `${kindKey}|${message}`, event))
      .catch((error: unknown) => log.debug("event not written", { reason, about, error: String(error) }))
      .finally(() => waiting--);
  }

  return {
    recordAbout,
    record: (object, type, reason, message) => recordAbout(object, "", type, reason, message),
    flushed: () => tail,
  };
}

/** What upstream takes from the clock in nanoseconds; here milliseconds and chance, of the same form. */
function eventSuffix(now: number, random: Random): string {
  return (BigInt(Math.floor(now)) * 1_000_000n + BigInt(random.below(1_000_000))).toString(16);
}
