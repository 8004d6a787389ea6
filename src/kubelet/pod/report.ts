// Brings the status of pods to the API: only what differs, the latest wins, again until it is taken or the pod is
// gone. It refuses to make statuses.
import { backoff } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { isAbortOf } from "../../base/scope.ts";
import { revisionOf } from "../../client/cache.ts";
import type { Client } from "../../client/client.ts";
import { Pod } from "../../resources/core/pod.ts";
import { PodCondition, PodStatus } from "../../resources/core/pod/status.ts";
import { equalJson, sameField, semanticEqual } from "../../schema/equality.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { Field } from "../../schema/node.ts";
import { RESIZE_CONDITIONS } from "./resize.ts";

export interface Reporter {
  /** The status to be written; replaces one that waits. */
  report(pod: Pod, status: PodStatus): void;
  /** The pod as far as it is known: the cache's, or the last report, whether answered or on its way. */
  newest(pod: Pod): Pod;
  /** Resolves when everything reported of this pod has been written or given up. */
  flushed(uid: string): Promise<void>;
  /** The pod has left this node. */
  forget(uid: string): void;
}

interface Entry {
  wanted: { readonly pod: Pod; readonly status: PodStatus } | undefined;
  /** What the API answered: newer than the cache for a while, and what the next difference is taken from. */
  answer: Pod | undefined;
  writing: Promise<void> | undefined;
}

export interface ReporterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export function statusReporter(options: ReporterOptions): Reporter {
  const { client, clock, random, log, signal } = options;
  const entries = new Map<string, Entry>();

  async function write(entry: Entry): Promise<void> {
    const delays = backoff({ initialMs: 200, maxMs: 10_000, jitter: 0.2 }, random);
    while (entry.wanted && !signal.aborted) {
      const { pod, status } = entry.wanted;
      try {
        await patch(entry, pod, status);
        if (entry.wanted.status === status) entry.wanted = undefined;
        delays.reset();
      } catch (error) {
        if (signal.aborted) return;
        if (await isGone(pod, error)) {
          entry.wanted = undefined;
          return;
        }
        log.warn("a pod's status was not written", { pod: pod.metadata.name, error: String(error) });
        await clock.sleep(delays.next(), signal).catch((reason: unknown) => {
          if (!isAbortOf(signal, reason)) throw reason;
        });
      }
    }
  }

  /**
   * Deleted, or another pod of the same name: nobody is left who wants to know. A conflict alone does not say so: it
   * may be that others were faster, every time that the server tried.
   */
  async function isGone({ metadata: { namespace, name, uid } }: Pod, error: unknown): Promise<boolean> {
    if (hasReason(error, "NotFound")) return true;
    if (!hasReason(error, "Conflict")) return false;
    try {
      const now = await client.get(Pod, { namespace, name: name! }, { signal });
      return now.metadata.uid !== uid;
    } catch (failure) {
      if (signal.aborted) return false;
      return hasReason(failure, "NotFound");
    }
  }

  /**
   * Lists and members that were there before and are no longer are taken away by null; the uid guards against
   * namesakes.
   */
  async function patch(entry: Entry, pod: Pod, status: PodStatus): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    const body = { metadata: { uid }, status: differences(baseOf(entry, pod).status, status) };
    if (Object.keys(body.status).length === 0) return;
    const at = { namespace, name: name! };
    entry.answer = await client.patch(Pod, at, { type: "strategic", body }, { subresource: "status", signal });
  }

  return {
    report(pod, status) {
      const { uid } = pod.metadata;
      const entry = entries.get(uid!) ?? {
        wanted: undefined,
        answer: undefined,
        writing: undefined,
      };
      entries.set(uid!, entry);
      // What the API has is what counts: a status that somebody else has overwritten is written again.
      if (entry.wanted === undefined && Object.keys(differences(baseOf(entry, pod).status, status)).length === 0)
        return;
      entry.wanted = { pod, status };
      entry.writing ??= write(entry).finally(() => (entry.writing = undefined));
    },
    newest(pod) {
      const entry = entries.get(pod.metadata.uid!);
      if (entry === undefined) return pod;
      const base = baseOf(entry, pod);
      return entry.wanted ? { ...base, status: { ...base.status, ...entry.wanted.status } } : base;
    },
    flushed: (uid) => entries.get(uid)?.writing ?? Promise.resolve(),
    forget: (uid) => entries.delete(uid),
  };
}

/** The newer of what the cache and the last answer say. */
function baseOf({ answer }: Entry, pod: Pod): Pod {
  const revision = (object: Pod | undefined) => revisionOf(object?.metadata.resourceVersion);
  return revision(answer) > revision(pod) ? answer! : pod;
}

/** Whether the API would take one for the other: what it answers has its members in another order than what is made here. */
function same(name: keyof PodStatus, a: unknown, b: unknown): boolean {
  const field = (PodStatus.fields as Readonly<Record<string, Field>>)[name];
  return field ? sameField(field, a, b) : equalJson(a, b);
}

/**
 * What a strategic merge patch must say to make `before` into `after`. Conditions merge by type; all else is
 * replaced.
 */
export function differences(before: PodStatus, after: PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof PodStatus>;
  for (const name of names) {
    if (same(name, before[name], after[name])) continue;
    if (name === "conditions") {
      const changed = after.conditions?.filter((one) => {
        const old = before.conditions?.find(({ type }) => type === one.type);
        return !semanticEqual(PodCondition, old, one);
      });
      const gone = before.conditions?.filter(
        ({ type }) => RESIZE_CONDITIONS.includes(type) && !after.conditions?.some((one) => one.type === type),
      );
      const list = [
        ...(changed ?? []).map(withoutLeftovers(before)),
        ...(gone ?? []).map(({ type }) => ({ type, $patch: "delete" })),
      ];
      if (list.length > 0) patch[name] = list;
    } else if (name === "podIPs" || name === "hostIPs") {
      patch[name] = [...(after[name] ?? []), { $patch: "replace" }];
    } else patch[name] = after[name] ?? null;
  }
  return patch;
}

/** A condition whose reason or message went away: merging would keep them. */
const withoutLeftovers =
  (before: PodStatus) =>
  (after: NonNullable<PodStatus["conditions"]>[number]): object => {
    const old = before.conditions?.find(({ type }) => type === after.type);
    const gone = Object.keys(old ?? {}).filter((name) => !(name in after));
    return { ...after, ...Object.fromEntries(gone.map((name) => [name, null])) };
  };
