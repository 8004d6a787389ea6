// The order of keys, the bounds of a prefix, and what a commit may hold. It refuses to know what a key means.
import type { Commit } from "./store.ts";

/** The most keys that one commit may change: a revision and a position share one number in SQLite. */
export const MOST_CHANGES = 1000;

/** Code units from U+D800 on: only these make UTF-16 order differ from the byte order that the contract promises. */
const UNORDERED = /[\ud800-\uffff]/;
const UNORDERED_ALL = /[\ud800-\uffff]/g;

/**
 * A text whose `<` is the byte order (UTF-8) of the keys: surrogates move above U+E000–U+FFFF. Prefixes stay
 * prefixes. Nearly every key is returned as it is.
 */
export function orderOf(key: string): string {
  if (!UNORDERED.test(key)) return key;
  return key.replace(UNORDERED_ALL, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code < 0xe000 ? code + 0x2000 : code - 0x800);
  });
}

/** The first text behind all keys that begin with `prefix`, in byte order; undefined: there is no end. */
export function endOf(prefix: string): string | undefined {
  // Nearly all prefixes end with a slash.
  const last = prefix.charCodeAt(prefix.length - 1);
  if (last < 0x7f) return prefix.slice(0, -1) + String.fromCharCode(last + 1);
  const points = Array.from(prefix, (c) => c.codePointAt(0)!);
  while (points.length > 0) {
    const point = points.pop()!;
    if (point < 0x10ffff) return String.fromCodePoint(...points, point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

/** Throws TypeError for what no implementation could keep: an empty key, a lone surrogate, a NUL. */
function checkKey(key: string): void {
  if (key === "" || key.includes("\0") || !key.isWellFormed()) {
    throw new TypeError(`store: ${JSON.stringify(key)} cannot be a key`);
  }
}

/** Throws TypeError for a commit that contradicts itself or is too large; every implementation calls it first. */
export function checkCommit(commit: Commit): void {
  const puts = commit.puts ?? [];
  const deletes = commit.deletes ?? [];
  for (const { key } of commit.compare) checkKey(key);
  for (const { key } of puts) checkKey(key);
  for (const key of deletes) checkKey(key);
  const changed = puts.length + deletes.length;
  if (changed <= 1) return;
  if (changed > MOST_CHANGES)
    throw new TypeError(`store: a commit changes ${changed} keys, ${MOST_CHANGES} is the most`);
  const keys = new Set(deletes);
  for (const { key } of puts) keys.add(key);
  if (keys.size !== changed) throw new TypeError("store: a commit names the same key twice");
}

/** Throws RangeError when `revision` is not a whole number from `least` on. */
export function checkRevision(revision: number, least: number): void {
  if (!Number.isSafeInteger(revision) || revision < least) throw new RangeError(`store: ${revision} is not a revision`);
}
