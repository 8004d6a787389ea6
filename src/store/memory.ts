// The store in memory: for tests, the simulation and clusters that are thrown away. It refuses to survive its process,
// and to use anything but microtasks: the same calls in the same order give the same results.
import type { Clock } from "../base/clock.ts";
import { checkCommit, checkRevision, endOf, orderOf } from "./keys.ts";
import { SortedKeys } from "./sorted-keys.ts";
import { CompactedError, FutureRevisionError, StoreClosedError, TrimmedError } from "./store.ts";
import type {
  Change,
  Commit,
  CommitResult,
  Entry,
  HistoricChange,
  RangeOptions,
  RangeResult,
  Revision,
  Store,
  WatchBatch,
  WatchOptions,
} from "./store.ts";
import { Watchers } from "./watchers.ts";
import type { Backlog, LagBound } from "./watchers.ts";

/** A key's value from one revision on. `change` goes when history is trimmed, `entry` is undefined if deleted. */
interface Version {
  readonly revision: Revision;
  readonly entry: Entry | undefined;
  change: HistoricChange | undefined;
}

/** A page of a watch's backlog; whole commits, so it may be a little longer. */
const PAGE = 1000;

/** Opens an empty store at revision 1. Commits happen at the call, in call order. Values are kept, not copied. */
export function memoryStore({ clock, lag }: { clock: Clock; lag?: LagBound }): Store {
  return new MemoryStore(clock, lag);
}

class MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  /** The versions of each key, oldest first. A key leaves when its last version is a deletion that was trimmed. */
  readonly #versions = new Map<string, Version[]>();
  /** Keys (as {@link orderOf} writes them) that have a value now, and all that have versions; → the key itself. */
  readonly #live = new SortedKeys();
  readonly #known = new SortedKeys();
  readonly #written = new Map<string, string>();
  /** Every kept change in order of revisions. */
  #log: HistoricChange[] = [];
  #revision: Revision = 1;
  #compacted: Revision = 0;
  #oldest: Revision = 0;
  /** How far the history of keys below these prefixes was forgotten, if further than the rest. */
  readonly #oldestBelow = new Map<string, Revision>();
  #closed = false;

  constructor(clock: Clock, lag: LagBound | undefined) {
    this.#clock = clock;
    this.#watchers = new Watchers(lag);
  }

  revision(): Revision {
    return this.#revision;
  }

  async get(
    key: string,
    options: { revision?: Revision } = {},
  ): Promise<{ entry: Entry | undefined; revision: Revision }> {
    const revision = this.#view(options.revision);
    return { entry: this.#at(key, revision), revision };
  }

  async range({ prefix, from, limit = Infinity, revision: asked }: RangeOptions): Promise<RangeResult> {
    const revision = this.#view(asked);
    const start = orderOf(from !== undefined && orderOf(from) > orderOf(prefix) ? from : prefix);
    const endKey = endOf(prefix);
    const end = endKey === undefined ? undefined : orderOf(endKey);
    const now = revision === this.#revision;
    const entries: Entry[] = [];
    let next: string | undefined;
    let remaining = 0;
    for (const ordered of (now ? this.#live : this.#known).between(start, end)) {
      const entry = this.#at(this.#written.get(ordered) ?? ordered, revision);
      if (entry === undefined) continue;
      if (entries.length < limit) {
        entries.push(entry);
        continue;
      }
      next ??= entry.key;
      remaining++;
      if (!now) continue;
      remaining = this.#live.count(ordered, end);
      break;
    }
    return { entries, revision, next, remaining };
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#open();
    checkCommit(commit);
    if (commit.compare.some(({ key, revision }) => (this.#now(key)?.revision ?? 0) !== revision)) {
      const current = commit.compare.map(({ key }) => this.#now(key)).filter((entry) => entry !== undefined);
      return { ok: false, revision: this.#revision, current };
    }
    const revision = this.#revision + 1;
    const changes: Change[] = [];
    const { cause } = commit;
    const at = this.#clock.now();
    const change = (key: string, value: Uint8Array | undefined) => {
      const previous = this.#now(key);
      if (value === undefined && previous === undefined) return;
      const historic = { key, revision, value, previous, cause, at };
      this.#add(historic);
      changes.push(historic);
    };
    for (const { key, value } of commit.puts ?? []) change(key, value);
    for (const key of commit.deletes ?? []) change(key, undefined);
    if (changes.length > 0) {
      this.#revision = revision;
      this.#watchers.publish(revision, changes);
    }
    return { ok: true, revision: this.#revision };
  }

  watch(options: WatchOptions): AsyncIterable<WatchBatch> {
    checkRevision(options.after, 0);
    return this.#watchers.watch(options, () => this.#backlog(options));
  }

  async compact(revision: Revision): Promise<void> {
    this.#open();
    checkRevision(revision, 1);
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    this.#compacted = Math.max(this.#compacted, revision);
  }

  async trim(limits: { keepMs: number; keepBytes: number; neverKeep: readonly string[] }): Promise<void> {
    this.#open();
    const youngest = this.#clock.now() - limits.keepMs;
    let bytes = 0;
    let first = this.#log.length;
    while (first > 0) {
      // A limit protects whole commits: the first of them that neither protects ends the walk.
      const { key, value, at } = this.#log[first - 1]!;
      bytes += key.length + (value?.length ?? 0);
      if (bytes > limits.keepBytes && at < youngest) break;
      first--;
    }
    // What reads and watches still reach is not history yet.
    const kept = first === 0 ? 0 : (this.#log[first]?.revision ?? this.#revision + 1);
    this.#oldest = Math.max(this.#oldest, Math.min(kept, this.#compacted));
    for (const prefix of limits.neverKeep) this.#oldestBelow.set(prefix, this.#compacted);
    this.#log = this.#log.filter(({ key, revision }) => revision >= this.#oldestOf(key));
    for (const [key, versions] of this.#versions) this.#prune(key, versions);
  }

  async history(options: { key: string; from?: Revision; limit?: number }): Promise<readonly HistoricChange[]> {
    this.#open();
    const { key, limit = Infinity } = options;
    const oldest = this.#oldestOf(key);
    const from = options.from ?? oldest;
    checkRevision(from, 0);
    if (from < oldest) throw new TrimmedError(oldest);
    const found: HistoricChange[] = [];
    for (const { revision, change } of (this.#versions.get(key) ?? []).toReversed()) {
      if (revision < from || change === undefined || found.length >= limit) break;
      found.push(change);
    }
    return found;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watchers.close();
  }

  #open(): void {
    if (this.#closed) throw new StoreClosedError("the store was closed");
  }

  /** The revision that a read is answered at. */
  #view(asked: Revision | undefined): Revision {
    this.#open();
    if (asked === undefined) return this.#revision;
    checkRevision(asked, 1);
    if (asked > this.#revision) throw new FutureRevisionError(asked, this.#revision);
    if (asked < this.#compacted) throw new CompactedError(this.#compacted);
    return asked;
  }

  #now(key: string): Entry | undefined {
    return this.#versions.get(key)?.at(-1)?.entry;
  }

  #at(key: string, revision: Revision): Entry | undefined {
    const versions = this.#versions.get(key);
    if (versions === undefined) return undefined;
    let low = 0;
    let high = versions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (versions[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return versions[low - 1]?.entry;
  }

  #add(change: HistoricChange): void {
    const { key, value, revision, previous } = change;
    const ordered = orderOf(key);
    const entry = value && { key, value, revision, created: previous?.created ?? revision };
    const versions = this.#versions.get(key);
    if (versions !== undefined) {
      versions.push({ revision, entry, change });
    } else {
      this.#versions.set(key, [{ revision, entry, change }]);
      this.#known.add(ordered);
      if (ordered !== key) this.#written.set(ordered, key);
    }
    if (entry === undefined) this.#live.delete(ordered);
    else if (previous === undefined) this.#live.add(ordered);
    this.#log.push(change);
  }

  #backlog({ prefix, after }: WatchOptions): Backlog {
    if (after < this.#compacted) throw new CompactedError(this.#compacted);
    const first = this.#log.findLastIndex(({ revision }) => revision <= after) + 1;
    const changes = this.#log.slice(first).filter(({ key }) => key.startsWith(prefix));
    return { reached: this.#revision, pages: pagesOf(changes) };
  }

  /** Up to where the history of this key was forgotten. */
  #oldestOf(key: string): Revision {
    let oldest = this.#oldest;
    for (const [prefix, below] of this.#oldestBelow) {
      if (below > oldest && key.startsWith(prefix)) oldest = below;
    }
    return oldest;
  }

  /** Drops the versions that were replaced before the oldest kept revision, and deletions before it. */
  #prune(key: string, versions: Version[]): void {
    const oldest = this.#oldestOf(key);
    let gone = 0;
    while (gone + 1 < versions.length && versions[gone + 1]!.revision < oldest) gone++;
    const first = versions[gone]!;
    if (first.revision < oldest) {
      if (first.entry === undefined) gone++;
      else first.change = undefined;
    }
    versions.splice(0, gone);
    if (versions.length > 0) return;
    const ordered = orderOf(key);
    this.#versions.delete(key);
    this.#known.delete(ordered);
    this.#written.delete(ordered);
  }
}

/** Cuts changes into batches of whole commits. */
function* pagesOf(changes: readonly Change[]): Generator<WatchBatch, void, void> {
  for (let start = 0, end: number; start < changes.length; start = end) {
    end = Math.min(start + PAGE, changes.length);
    while (end < changes.length && changes[end]!.revision === changes[end - 1]!.revision) end++;
    yield { changes: changes.slice(start, end), revision: changes[end - 1]!.revision };
  }
}
