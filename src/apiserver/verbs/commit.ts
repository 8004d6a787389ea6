// The one place where verbs write to the store: an object under its key, if nobody was faster. It refuses to judge objects.
import type { KubeObject } from "../../schema/resource.ts";
import type { CommitResult } from "../../store/store.ts";
import { storedBytes, workedKept } from "../kinds.ts";
import type { ServedKind } from "../kinds.ts";
import { Kept } from "../watch-cache/kept.ts";
import type { KindCache } from "../watch-cache/kind-cache.ts";
import { causeOf } from "./call.ts";
import type { Call } from "./call.ts";

export type Put =
  | { readonly ok: true; readonly kept: Kept; readonly changed: boolean }
  /** Somebody was faster; what is there now, if anything. */
  | { readonly ok: false; readonly current: Kept | undefined };

/** The cache of a kind that has one. */
export function cacheOf(served: ServedKind): KindCache {
  if (served.cache === undefined) throw new Error(`${served.resource.kind} is not stored`);
  return served.cache;
}

/** A stored form has no resourceVersion. */
function withoutVersion(stored: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = stored.metadata;
  return { ...stored, metadata } as KubeObject;
}

/** `current` undefined: the key must be absent. Writing what is there already changes nothing. */
export async function put(call: Call, key: string, object: KubeObject, current: Kept | undefined): Promise<Put> {
  const { parts, served } = call;
  const made = (served.conversion ?? served).toStored?.(object) ?? object;
  const stored = withoutVersion(made instanceof Promise ? await made : made);
  const value = storedBytes(served.stored, stored);
  const before = current?.stored;
  if (before !== undefined && Buffer.compare(value, before) === 0) return { ok: true, kept: current!, changed: false };
  const announced = parts.feed.announce(key, value, stored);
  let done: CommitResult | undefined;
  try {
    done = await parts.store.commit({
      compare: [{ key, revision: current?.revision ?? 0, ...(before && { value: before }) }],
      puts: [{ key, value }],
      cause: causeOf(call),
    });
    if (!done.ok) return { ok: false, current: currentOf(served, key, done) };
    const { revision } = done;
    const kept = cacheOf(served).get(key);
    if (kept?.revision === revision) return { ok: true, kept, changed: true };
    // The feed takes this one over when it comes by.
    announced.kept = new Kept(
      cacheOf(served).form,
      { key, value, revision, created: current?.created ?? revision },
      stored,
    );
    return { ok: true, kept: announced.kept, changed: true };
  } finally {
    if (done?.ok !== true) parts.feed.withdraw(key, announced);
  }
}

/** Deletes what `current` is. The answer's revision is that of the deletion. */
export async function remove(
  call: Call,
  current: Kept,
): Promise<
  { readonly ok: true; readonly revision: number } | { readonly ok: false; readonly current: Kept | undefined }
> {
  const { key } = current;
  const done = await call.parts.store.commit({
    compare: [{ key, revision: current.revision, value: current.stored }],
    deletes: [key],
    cause: causeOf(call),
  });
  return done.ok ? { ok: true, revision: done.revision } : { ok: false, current: currentOf(call.served, key, done) };
}

function currentOf(served: ServedKind, key: string, result: Extract<CommitResult, { ok: false }>): Kept | undefined {
  const entry = result.current.find((one) => one.key === key);
  return entry && cacheOf(served).keep(entry, undefined);
}

/** What is stored under a key: from the cache when it is up to date, so that nearly every read costs nothing. */
export async function readCurrent(call: Call, key: string): Promise<Kept | undefined> {
  const cache = cacheOf(call.served);
  if (call.parts.feed.fresh) return cache.get(key);
  const { entry } = await call.parts.store.get(key);
  return entry && cache.keep(entry, undefined);
}

/** A kept object in the form that is worked on; some have to be converted by somebody first. */
export function workedLater(served: ServedKind, kept: Kept): KubeObject | Promise<KubeObject> {
  const pending = served.conversion?.ready([kept]);
  return pending === undefined ? workedKept(served, kept) : pending.then(() => workedKept(served, kept));
}
