// What the store's tests do to a store in one line each. It refuses to hold a test.
import assert from "node:assert/strict";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { Cause, Change, CommitResult, Revision, Store } from "./store.ts";

export const cause: Cause = { user: "alice", request: "update core/configmaps demo/a" };
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

/** A clock whose wall time the test sets; everything else is the machine's. */
export function settableClock(): Clock & { at: number } {
  return {
    ...systemClock,
    at: 1_000_000,
    now(): number {
      return this.at;
    },
  };
}

/** Puts one key and returns the revision. */
export async function put(store: Store, key: string, value: string): Promise<Revision> {
  const done = await store.commit({ compare: [], puts: [{ key, value: bytes(value) }], cause });
  assert.ok(done.ok);
  return done.revision;
}

export async function remove(store: Store, key: string): Promise<CommitResult> {
  return store.commit({ compare: [], deletes: [key], cause });
}

/** Reads a watch until it saw `count` changes. */
export async function changesOf(store: Store, prefix: string, after: Revision, count: number): Promise<Change[]> {
  const changes: Change[] = [];
  const end = new AbortController();
  if (count === 0) return changes;
  for await (const batch of store.watch({ prefix, after, signal: end.signal })) {
    changes.push(...batch.changes);
    if (changes.length >= count) break;
  }
  return changes;
}
