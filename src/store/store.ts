// Contract 2, Store: bytes under keys, one revision counter, history. It refuses to know a schema, a resource or a
// resourceVersion.
//
// Everything Kubernetes calls "etcd" goes through these ten methods. A key is text such as
// `apps/deployments/demo/web` (group/plural/namespace/name; "core" for the empty group; no namespace part for
// cluster-scoped kinds). A value is bytes that the store never looks into. Each commit gives ONE new revision to
// all that it changes; revisions only grow and are never reused, also after a crash or a rewind. At most one object
// of a resource changes in one revision, so that a revision can serve as that object's resourceVersion.
//
// Three implementations keep this contract: memory.ts, sqlite.ts (a worker thread, WAL, synchronous FULL) and
// etcd.ts. `suite.ts` exports the conformance suite that all of them pass.
//
// Example:
//   const { revision } = await store.range({ prefix: "core/configmaps/" });
//   const done = await store.commit({ compare: [{ key, revision: 0 }], puts: [{ key, value }], cause });
//   if (!done.ok) throw alreadyExists(done.current);
//   for await (const batch of store.watch({ prefix: "core/configmaps/", after: revision, signal })) …

/** A revision: a whole number above 0. 0 means "no such key". Safe integers only. */
export type Revision = number;

/** Why a write happened: kept beside the revision for as long as history reaches. */
export interface Cause {
  /** The user name that asked, e.g. `system:serviceaccount:kube-system:deployment-controller`. */
  readonly user: string;
  /** The verb and place, e.g. `update apps/deployments demo/web/status`. */
  readonly request: string;
  /** The audit id of the request, when it had one. */
  readonly requestId?: string;
  /** The revisions that the writer reacted to. */
  readonly reactedTo?: readonly Revision[];
}

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision of the last change of this key. */
  readonly revision: Revision;
  /** The revision that created this key (since its last deletion). */
  readonly created: Revision;
}

/** One change of one key. `value` is undefined for a deletion; `previous` is undefined for a creation. */
export interface Change {
  readonly key: string;
  readonly revision: Revision;
  readonly value: Uint8Array | undefined;
  readonly previous: Entry | undefined;
}

/** What a history lookup returns beside the change itself. */
export interface HistoricChange extends Change {
  readonly cause: Cause;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly at: number;
}

/** A condition of a commit: the key is at this revision (0: the key is absent). */
export interface Compared {
  readonly key: string;
  readonly revision: Revision;
  /** What stands there, where the caller holds it: the store need not read what watchers are shown as the previous value. */
  readonly value?: Uint8Array;
}

export interface Commit {
  /** All must hold, else nothing happens. */
  readonly compare: readonly Compared[];
  readonly puts?: readonly { readonly key: string; readonly value: Uint8Array }[];
  readonly deletes?: readonly string[];
  readonly cause: Cause;
}

export type CommitResult =
  | { readonly ok: true; readonly revision: Revision }
  /** A comparison failed; `current` holds what is under the compared keys now (absent keys are left out). */
  | { readonly ok: false; readonly revision: Revision; readonly current: readonly Entry[] };

export interface RangeOptions {
  /** Keys that begin with this text; `""` is everything. */
  readonly prefix: string;
  /** Start with the first key greater than or equal to this one (within the prefix). */
  readonly from?: string;
  /** At most so many entries. */
  readonly limit?: number;
  /** As of this revision; now if left out. Throws {@link CompactedError} or {@link FutureRevisionError}. */
  readonly revision?: Revision;
}

export interface RangeResult {
  /** In byte order of the keys. */
  readonly entries: readonly Entry[];
  /** The revision of the view: the asked one, else the store's current one. */
  readonly revision: Revision;
  /** The next key of the prefix beyond the limit, if there is one. */
  readonly next: string | undefined;
  /** How many entries of the prefix lie beyond the limit. */
  readonly remaining: number;
}

export interface WatchOptions {
  readonly prefix: string;
  /** Changes with a greater revision than this are delivered, first the kept ones, then new ones, without a gap. */
  readonly after: Revision;
  readonly signal: AbortSignal;
  /** True: commits that change nothing below the prefix are told, too, as a batch without changes. */
  readonly progress?: boolean;
}

/**
 * All changes below the prefix of one or more whole commits, in order, and the revision the watch has reached (which
 * may lie beyond the last change). Without `progress` there is at least one change.
 */
export interface WatchBatch {
  readonly changes: readonly Change[];
  readonly revision: Revision;
}

export interface Store {
  /** The newest revision that this process knows to be durable. 1 for a new store. */
  revision(): Revision;
  get(key: string, options?: { revision?: Revision }): Promise<{ entry: Entry | undefined; revision: Revision }>;
  range(options: RangeOptions): Promise<RangeResult>;
  /**
   * Resolves when the commit is durable (or refused). Watchers may see it slightly earlier or later, never before it is
   * durable. Commits happen in call order. One that changes nothing takes no revision. TypeError: a key that is no text
   * or is named twice, or more than 1000 changes. The bytes of values stay as they are: neither side changes them.
   */
  commit(commit: Commit): Promise<CommitResult>;
  /**
   * Ends quietly when `signal` aborts. Throws {@link CompactedError} when `after` lies before the compacted revision
   * and {@link StoreClosedError} when the store closes. A reader that lags by more than the implementation's bound is
   * thrown out with {@link SlowWatcherError} instead of being remembered for ever.
   */
  watch(options: WatchOptions): AsyncIterable<WatchBatch>;
  /** Logical: from now on reads and watches before `revision` get {@link CompactedError}. Never goes back. */
  compact(revision: Revision): Promise<void>;
  /**
   * Physical: forgets history that neither `keepMs` nor `keepBytes` protects, below the prefixes of `neverKeep` all of
   * it; never what reads and watches from the compacted revision on still need. Current values always stay.
   */
  trim(limits: { keepMs: number; keepBytes: number; neverKeep: readonly string[] }): Promise<void>;
  /**
   * The changes of one key from revision `from` on (left out: all that are kept), newest first. Throws
   * {@link TrimmedError} when `from` lies before what is kept.
   */
  history(options: { key: string; from?: Revision; limit?: number }): Promise<readonly HistoricChange[]>;
  /** Ends watches, finishes accepted commits, releases files. */
  close(): Promise<void>;
}

/** A read or watch before the compacted revision. */
export class CompactedError extends Error {
  override readonly name = "CompactedError";
  readonly compacted: Revision;
  constructor(compacted: Revision) {
    super(`revision has been compacted (oldest readable revision is ${compacted})`);
    this.compacted = compacted;
  }
}

/** A read at a revision that does not exist yet. */
export class FutureRevisionError extends Error {
  override readonly name = "FutureRevisionError";
  readonly current: Revision;
  constructor(asked: Revision, current: Revision) {
    super(`revision ${asked} is in the future (current revision is ${current})`);
    this.current = current;
  }
}

/** History older than what the limits kept. */
export class TrimmedError extends Error {
  override readonly name = "TrimmedError";
  readonly oldest: Revision;
  constructor(oldest: Revision) {
    super(`history before revision ${oldest} has been trimmed`);
    this.oldest = oldest;
  }
}

/** A watcher that did not read fast enough. */
export class SlowWatcherError extends Error {
  override readonly name = "SlowWatcherError";
}

/** The store was closed, or its worker ended. Commits whose outcome is unknown fail with this, too. */
export class StoreClosedError extends Error {
  override readonly name = "StoreClosedError";
}

/** The disk refused a write (full, read-only, broken). Nothing of the commit happened. */
export class StoreWriteError extends Error {
  override readonly name = "StoreWriteError";
}

/**
 * The data on disk cannot be opened: another format version, half written, corrupt, or in use by another process. The
 * message says which and what to do.
 */
export class StoreDataError extends Error {
  override readonly name = "StoreDataError";
}
