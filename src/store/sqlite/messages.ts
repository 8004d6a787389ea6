// What the main thread and a store thread say to each other. It refuses to hold behaviour beyond packing a batch.
import type { Cause, Commit, Revision } from "../store.ts";

/** A row's number is its revision and its position in the commit: one number orders all changes. */
export const SLOTS = 1024;

/** The number of the first row of a revision. */
export const firstRow = (revision: Revision): number => revision * SLOTS;
export const revisionOf = (row: number): Revision => Math.floor(row / SLOTS);

/** How a thread begins; it answers with {@link Opened} or {@link Refused} under id 0. */
export interface Begin {
  readonly path: string;
  /** The writer holds the lock, migrates and checks; a reader opens beside it and never writes. */
  readonly role: "writer" | "reader";
  /** Numbers pages in tests of a full file; undefined: as many as the disk takes. */
  readonly mostPages?: number | undefined;
}

export interface Opened {
  readonly revision: Revision;
  readonly compacted: Revision;
  readonly oldest: Revision;
  /** The prefixes whose history is never kept, and up to where it was forgotten. */
  readonly oldestBelow: Readonly<Record<string, Revision>>;
  /** The last owner did not close, so the whole file was checked. */
  readonly checked: boolean;
}

/** Which error of the contract the main thread has to throw. */
export interface Refused {
  readonly kind: "data" | "write" | "broken";
  readonly message: string;
}

/** An {@link Entry} as it crosses threads; its bytes are transferred. */
export interface EntryRow {
  readonly key: string;
  readonly revision: Revision;
  readonly created: Revision;
  readonly value: Uint8Array<ArrayBuffer>;
}

export interface ChangeRow {
  readonly key: string;
  readonly revision: Revision;
  readonly value: Uint8Array<ArrayBuffer> | undefined;
  readonly previous: EntryRow | undefined;
}

export interface HistoryRow extends ChangeRow {
  readonly at: number;
  readonly cause: Cause;
}

/** What stood under a key before a commit. */
export interface PreviousRow {
  readonly revision: Revision;
  readonly created: Revision;
  /** Undefined: it was held. */
  readonly value: Uint8Array<ArrayBuffer> | undefined;
}

/** One commit of a batch: ok with the previous entries in order of puts and deletes (null: nothing was deleted). */
export type Outcome =
  | { readonly ok: true; readonly revision: Revision; readonly previous: readonly (PreviousRow | undefined | null)[] }
  | { readonly ok: false; readonly revision: Revision; readonly current: readonly EntryRow[] };

/** Keys from `from` on and before `end` (undefined: to the last). */
export interface Span {
  readonly from: string;
  readonly end: string | undefined;
}

/** Each operation of a thread: what is asked and what is answered. */
export interface Operations {
  commits: { ask: PackedBatch; answer: readonly Outcome[] };
  get: { ask: { key: string; revision: Revision }; answer: EntryRow | undefined };
  /** Stops at `limit` entries or `bytes`; `next` is the key to go on with. */
  page: {
    ask: Span & { revision: Revision; limit: number; bytes: number };
    answer: { entries: readonly EntryRow[]; next: string | undefined };
  };
  count: { ask: Span & { revision: Revision }; answer: number };
  /** Whole commits after `after`, as far as a step goes; `reached` is `upTo` when nothing is left. */
  changes: {
    ask: Span & { after: Revision; upTo: Revision; bytes: number };
    answer: { changes: readonly ChangeRow[]; reached: Revision };
  };
  history: { ask: { key: string; from: Revision; limit: number }; answer: readonly HistoryRow[] };
  compact: { ask: { revision: Revision }; answer: null };
  /** The first revision written at or after `at`: 0 if all were, the newest plus one if none was. */
  revisionAt: { ask: { at: number }; answer: Revision };
  /** Walks back from before a revision: down to which one the rows fit into `bytes`, and how many bytes are left. */
  weigh: {
    ask: { before: Revision; least: Revision; bytes: number };
    answer: { kept: Revision; left: number; done: boolean };
  };
  /** One step of forgetting up to a revision; answers how far it came. */
  trim: { ask: { from: Revision; to: Revision }; answer: Revision };
  /** One step of forgetting below a prefix; answers the key to go on with. */
  trimBelow: { ask: Span & { prefix: string; to: Revision }; answer: string | undefined };
  checkpoint: { ask: null; answer: null };
  close: { ask: null; answer: null };
}
export type Operation = keyof Operations;

export interface Question {
  readonly id: number;
  readonly op: Operation;
  readonly ask: unknown;
}
export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly refused: Refused };

/** One commit of a batch as text: values are named by their length, in order, in the batch's buffer. */
export interface PackedCommit {
  /** `held`: the value is at hand on the other side. */
  readonly compare: readonly { readonly key: string; readonly revision: Revision; readonly held: boolean }[];
  readonly puts: readonly { readonly key: string; readonly length: number }[];
  readonly deletes: readonly string[];
  readonly at: number;
  readonly cause: Cause;
}

/** A text and one buffer cross threads far cheaper than a tree of objects with many buffers. */
export interface PackedBatch {
  readonly commits: string;
  readonly values: Uint8Array<ArrayBuffer>;
}

/** The values are copied once: the caller keeps its bytes, so they cannot be transferred. */
export function packBatch(commits: readonly { readonly commit: Commit; readonly at: number }[]): PackedBatch {
  let size = 0;
  for (const { commit } of commits) for (const { value } of commit.puts ?? []) size += value.length;
  const values = new Uint8Array(size);
  let offset = 0;
  const packed = commits.map(({ commit, at }): PackedCommit => {
    const puts = (commit.puts ?? []).map(({ key, value }) => {
      values.set(value, offset);
      offset += value.length;
      return { key, length: value.length };
    });
    const compare = commit.compare.map(({ key, revision, value }) => ({ key, revision, held: value !== undefined }));
    return { compare, puts, deletes: commit.deletes ?? [], at, cause: commit.cause };
  });
  return { commits: JSON.stringify(packed), values };
}
