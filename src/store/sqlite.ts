// The store in one SQLite file: commits are grouped and durable, watches are fed on this thread from what was
// acknowledged. It refuses to touch the file itself: that is a worker thread's (sqlite/worker.ts), since one slow
// sync of a busy disk would hold up everything that the process serves.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { checkRevision, endOf, orderOf } from "./keys.ts";
import { CommitQueue } from "./sqlite/commit-queue.ts";
import type { Opened } from "./sqlite/messages.ts";
import { ReadPath } from "./sqlite/read-path.ts";
import { startWorker, StoreThread } from "./sqlite/thread.ts";
import type { StartWorker } from "./sqlite/thread.ts";
import { CompactedError, FutureRevisionError, StoreClosedError, TrimmedError } from "./store.ts";
import type {
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
import type { LagBound } from "./watchers.ts";

/** Bytes of one page that the thread reads: a few milliseconds, so that commits get in between. */
const PAGE_BYTES = 1 << 20;
/** Continued lists whose count of remaining entries is remembered. */
const REMEMBERED = 256;
/** SQLite's log is copied into the file when commits pause and it has grown by this; or by that, without a pause. */
const QUIET_LOG = 4 * 2 ** 20;
const LARGE_LOG = 48 * 2 ** 20;
const QUIET_MS = 200;
/** How often the second thread runs after the log before the writer, too fast for it, copies the rest itself. */
const CHASES = 4;

export interface SqliteOptions {
  /** The file. Its folder must exist; `-wal`, `-shm`, `.lock` and `.owner` appear beside it. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly lag?: LagBound;
  readonly start?: StartWorker;
  /** At most so many pages in the file: for tests of a full one. */
  readonly mostPages?: number;
}

/** Opens or creates the file. Rejects with {@link StoreDataError} when it is damaged, foreign, newer, or in use. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, clock, log, mostPages, start = startWorker } = options;
  const began = clock.monotonic();
  const writer = new StoreThread({ path, role: "writer", mostPages }, start);
  try {
    const opened = await writer.opened;
    const took = Math.round(clock.monotonic() - began);
    if (opened.checked) log.warn("store was not closed, its file was checked and is whole", { path, ms: took });
    log.debug("store opened", { path, revision: opened.revision, ms: took });
    return new SqliteStore(options, writer, opened);
  } catch (error) {
    await writer.gone;
    throw error;
  }
}

class SqliteStore implements Store {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writer: StoreThread;
  readonly #queue: CommitQueue;
  readonly #reads: ReadPath;
  readonly #watchers: Watchers;
  #revision: Revision;
  #compacted: Revision;
  #oldest: Revision;
  readonly #oldestBelow: Map<string, Revision>;
  /** `prefix, revision, key` of a list's continuation → how many entries follow from that key on. */
  readonly #remaining = new Map<string, number>();
  #trimming: Promise<void> = Promise.resolve();
  #checkpointing = false;
  #closing: Promise<void> | undefined;

  constructor({ clock, log, lag, path, start = startWorker }: SqliteOptions, writer: StoreThread, opened: Opened) {
    this.#clock = clock;
    this.#log = log;
    this.#writer = writer;
    this.#watchers = new Watchers(lag);
    this.#revision = opened.revision;
    this.#compacted = opened.compacted;
    this.#oldest = opened.oldest;
    this.#oldestBelow = new Map(Object.entries(opened.oldestBelow));
    this.#queue = new CommitQueue(
      writer,
      (revision, changes) => {
        this.#revision = revision;
        this.#watchers.publish(revision, changes);
      },
      () => this.#considerCheckpoint(),
    );
    const isBusy = () => this.#queue.busy || this.#checkpointing;
    this.#reads = new ReadPath({ writer, isBusy, clock, path, start });
    void writer.gone.then(() => this.#lost());
  }

  revision(): Revision {
    return this.#revision;
  }

  async get(
    key: string,
    options: { revision?: Revision } = {},
  ): Promise<{ entry: Entry | undefined; revision: Revision }> {
    return this.#viewing(options.revision, async (revision) => {
      return { entry: await this.#reads.ask("get", { key, revision }), revision };
    });
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    return this.#viewing(options.revision, (revision) => this.#range(options, revision));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#open();
    return this.#queue.commit(commit, this.#clock.now());
  }

  watch(options: WatchOptions): AsyncIterable<WatchBatch> {
    checkRevision(options.after, 0);
    return this.#watchers.watch(options, () => {
      if (options.after < this.#compacted) throw new CompactedError(this.#compacted);
      return { reached: this.#revision, pages: this.#kept(options, this.#revision) };
    });
  }

  async compact(revision: Revision): Promise<void> {
    this.#open();
    checkRevision(revision, 1);
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    if (revision <= this.#compacted) return;
    await this.#writer.ask("compact", { revision });
    this.#compacted = Math.max(this.#compacted, revision);
  }

  trim(limits: { keepMs: number; keepBytes: number; neverKeep: readonly string[] }): Promise<void> {
    const trimmed = this.#trimming.then(() => this.#trim(limits));
    this.#trimming = trimmed.catch(() => undefined);
    return trimmed;
  }

  async history(options: { key: string; from?: Revision; limit?: number }): Promise<readonly HistoricChange[]> {
    this.#open();
    const { key, limit = Number.MAX_SAFE_INTEGER } = options;
    const from = options.from ?? this.#oldestOf(key);
    checkRevision(from, 0);
    if (from < this.#oldestOf(key)) throw new TrimmedError(this.#oldestOf(key));
    const found = await this.#reads.ask("history", { key, from, limit });
    // Forgetting may have gone on meanwhile.
    const oldest = this.#oldestOf(key);
    if (options.from !== undefined && from < oldest) throw new TrimmedError(oldest);
    return found.filter(({ revision }) => revision >= oldest);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.drained();
    this.#watchers.close();
    await this.#trimming;
    await this.#reads.close();
    await this.#writer.close();
  }

  /** The thread ended: nothing more can be read or written; whoever waits for it was told by {@link StoreThread}. */
  #lost(): void {
    if (this.#closing !== undefined) return;
    this.#log.error("store thread ended, the store is closed");
    this.#closing = this.#reads.close();
    this.#watchers.close();
  }

  #open(): void {
    if (this.#closing !== undefined) throw new StoreClosedError("the store was closed");
  }

  /**
   * Reads as of a revision. What is compacted while the threads read may be trimmed under their hands: an asked
   * revision then fails, a read of "now" is done again.
   */
  async #viewing<T>(asked: Revision | undefined, read: (revision: Revision) => Promise<T>): Promise<T> {
    if (asked !== undefined) checkRevision(asked, 1);
    for (;;) {
      this.#open();
      const revision = asked ?? this.#revision;
      if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
      if (revision < this.#compacted) throw new CompactedError(this.#compacted);
      const found = await read(revision);
      if (revision >= this.#compacted) return found;
    }
  }

  async #range({ prefix, from, limit = Infinity }: RangeOptions, revision: Revision): Promise<RangeResult> {
    const end = endOf(prefix);
    const start = from !== undefined && orderOf(from) > orderOf(prefix) ? from : prefix;
    const entries: Entry[] = [];
    let next: string | undefined = start;
    do {
      const left = Math.min(limit - entries.length, Number.MAX_SAFE_INTEGER);
      const span = { from: next, end, revision };
      const page: { entries: readonly Entry[]; next: string | undefined } = await this.#reads.ask("page", {
        ...span,
        limit: left,
        bytes: PAGE_BYTES,
      });
      for (const entry of page.entries) entries.push(entry);
      next = page.next;
    } while (next !== undefined && entries.length < limit);
    if (next === undefined) return { entries, revision, next, remaining: 0 };
    const remaining = await this.#countFrom({ prefix, start, next, end, revision }, entries.length);
    return { entries, revision, next, remaining };
  }

  /** A list that is read page by page counts once: a view of a revision never changes. */
  async #countFrom(
    place: { prefix: string; start: string; next: string; end: string | undefined; revision: Revision },
    passed: number,
  ): Promise<number> {
    const { prefix, start, next, end, revision } = place;
    const name = (key: string) => JSON.stringify([prefix, revision, key]);
    const known = this.#remaining.get(name(start));
    // Counting now looks at one small index, counting then at every kept version.
    const count = () => {
      const span = { from: next, end, revision };
      return revision === this.#revision ? this.#reads.ask("count", span) : this.#reads.askBeside("count", span);
    };
    const remaining = known === undefined ? await count() : known - passed;
    this.#remaining.set(name(next), remaining);
    if (this.#remaining.size > REMEMBERED) this.#remaining.delete(this.#remaining.keys().next().value!);
    return remaining;
  }

  /** The kept changes after `after` up to `upTo`, read as the watcher takes them. */
  async *#kept({ prefix, after }: WatchOptions, upTo: Revision): AsyncGenerator<WatchBatch, void, void> {
    const span = { from: prefix, end: endOf(prefix), upTo, bytes: PAGE_BYTES };
    while (after < upTo) {
      const { changes, reached } = await this.#reads.ask("changes", { ...span, after });
      if (after < this.#compacted) throw new CompactedError(this.#compacted);
      if (changes.length > 0) yield { changes, revision: reached };
      after = reached;
    }
  }

  async #trim(limits: { keepMs: number; keepBytes: number; neverKeep: readonly string[] }): Promise<void> {
    this.#open();
    const compacted = this.#compacted;
    const to = Math.min(compacted, await this.#protectedFrom(limits));
    // A store that closes does not wait for the rest: the next call goes on.
    while (this.#oldest < to && this.#closing === undefined) {
      this.#oldest = await this.#writer.ask("trim", { from: this.#oldest, to });
    }
    for (const prefix of limits.neverKeep) {
      if ((this.#oldestBelow.get(prefix) ?? 0) >= compacted) continue;
      this.#oldestBelow.set(prefix, compacted);
      const end = endOf(prefix);
      for (let from: string | undefined = prefix; from !== undefined;) {
        from = await this.#writer.ask("trimBelow", { prefix, from, end, to: compacted });
      }
    }
  }

  /** The first revision that age or bytes protect. */
  async #protectedFrom({ keepMs, keepBytes }: { keepMs: number; keepBytes: number }): Promise<Revision> {
    const young = await this.#writer.ask("revisionAt", { at: this.#clock.now() - keepMs });
    let kept = this.#revision + 1;
    let left = keepBytes;
    while (kept > this.#oldest && young > this.#oldest) {
      const step = await this.#writer.ask("weigh", { before: kept, least: this.#oldest, bytes: left });
      ({ kept, left } = step);
      if (step.done) break;
    }
    return Math.min(young, kept);
  }

  #oldestOf(key: string): Revision {
    let oldest = this.#oldest;
    for (const [prefix, below] of this.#oldestBelow) {
      if (below > oldest && key.startsWith(prefix)) oldest = below;
    }
    return oldest;
  }

  /** SQLite's own checkpoint would run inside some commit; this one runs in a pause, or when the log is large. */
  #considerCheckpoint(): void {
    if (this.#checkpointing || this.#queue.written < QUIET_LOG || this.#closing !== undefined) return;
    this.#checkpointing = true;
    void this.#checkpoint().finally(() => (this.#checkpointing = false));
  }

  async #checkpoint(): Promise<void> {
    const paused = await this.#pausedOrLarge();
    if (this.#closing !== undefined) return;
    // The log begins anew only when all of it was copied. Most is copied beside the commits, where they do not stop.
    for (let chase = 0; !paused && chase < CHASES && this.#queue.written >= QUIET_LOG; chase++) {
      this.#queue.written = 0;
      await this.#reads.askBeside("checkpoint", null).catch((error: unknown) => this.#checkpointFailed(error));
    }
    if (this.#closing !== undefined) return;
    this.#queue.written = 0;
    await this.#writer.ask("checkpoint", null).catch((error: unknown) => this.#checkpointFailed(error));
  }

  /** Resolves with true when commits pause, with false when the log does not wait for that. */
  async #pausedOrLarge(): Promise<boolean> {
    while (this.#queue.written < LARGE_LOG && this.#closing === undefined) {
      const before = this.#queue.written;
      await this.#clock.sleep(QUIET_MS);
      if (this.#queue.written === before) return true;
    }
    return false;
  }

  /** Nothing is lost: the log only stays longer. */
  #checkpointFailed(error: unknown): void {
    this.#log.warn("store checkpoint failed", { error: String(error) });
  }
}
