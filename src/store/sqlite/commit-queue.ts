// Group commit: everything that waits becomes one transaction of the writing thread. It refuses to reorder, and to
// acknowledge anything before the thread's COMMIT returned.
import { checkCommit } from "../keys.ts";
import { StoreWriteError } from "../store.ts";
import type { Change, Commit, CommitResult, Entry, Revision } from "../store.ts";
import { packBatch } from "./messages.ts";
import type { Outcome, PreviousRow } from "./messages.ts";
import type { StoreThread } from "./thread.ts";

/** Batches with the thread at once: a second one would only make the groups smaller while the disk is waited for. */
const IN_FLIGHT = 1;
/** A batch ends at so many commits or bytes, so that no answer takes long to work through. */
const MOST_COMMITS = 512;
const MOST_BYTES = 4 * 2 ** 20;

interface Queued {
  readonly commit: Commit;
  readonly at: number;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: Error) => void;
}

export class CommitQueue {
  readonly #writer: StoreThread;
  readonly #publish: (revision: Revision, changes: readonly Change[]) => void;
  readonly #answered: () => void;
  #queue: Queued[] = [];
  #inFlight = 0;
  #scheduled = false;
  #drained: (() => void)[] = [];
  #broken: Error | undefined;
  /** A rough count of what went into SQLite's log since {@link forgetWritten}. */
  written = 0;

  /** `publish` is called for each commit in order of revisions; `answered` when a batch is done. */
  constructor(
    writer: StoreThread,
    publish: (revision: Revision, changes: readonly Change[]) => void,
    answered: () => void,
  ) {
    this.#writer = writer;
    this.#publish = publish;
    this.#answered = answered;
  }

  /** Whether commits wait for the disk. */
  get busy(): boolean {
    return this.#inFlight > 0;
  }

  commit(commit: Commit, at: number): Promise<CommitResult> {
    checkCommit(commit);
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#queue.push({ commit, at, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when everything accepted so far has its outcome. */
  drained(): Promise<void> {
    if (this.#queue.length === 0 && this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** In a microtask, so that commits made in one go share a batch. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= IN_FLIGHT || this.#queue.length === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const batch = this.#takeBatch();
      this.#inFlight++;
      void this.#send(batch).then(() => {
        this.#inFlight--;
        this.#answered();
        this.#schedule();
        if (this.#queue.length === 0 && this.#inFlight === 0) this.#drained.splice(0).forEach((resolve) => resolve());
      });
    });
  }

  #takeBatch(): Queued[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < MOST_COMMITS && (count === 0 || bytes <= MOST_BYTES)) {
      for (const { value } of this.#queue[count]!.commit.puts ?? []) bytes += value.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #send(batch: readonly Queued[]): Promise<void> {
    try {
      const packed = packBatch(batch);
      this.written += packed.values.length + packed.commits.length + batch.length * 12_000;
      const outcomes = await this.#writer.ask("commits", packed, [packed.values.buffer]);
      batch.forEach(({ commit, resolve }, i) => resolve(this.#settle(commit, outcomes[i]!)));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of batch) reject(failure);
      if (!(failure instanceof StoreWriteError)) this.#break(failure);
    }
  }

  /** Feeds watches, then answers: whoever gets the answer finds its change on the way already. */
  #settle(commit: Commit, outcome: Outcome): CommitResult {
    if (!outcome.ok) return outcome;
    const { revision, previous } = outcome;
    const changes: Change[] = [];
    let i = 0;
    for (const { key, value } of commit.puts ?? [])
      changes.push({ key, revision, value, previous: entryOf(commit, key, previous[i++]) });
    for (const key of commit.deletes ?? []) {
      const before = entryOf(commit, key, previous[i++]);
      if (before) changes.push({ key, revision, value: undefined, previous: before });
    }
    if (changes.length > 0) this.#publish(revision, changes);
    return { ok: true, revision };
  }

  /** After anything but a refused write the thread cannot be trusted with more. */
  #break(failure: Error): void {
    this.#broken = failure;
    for (const { reject } of this.#queue.splice(0)) reject(failure);
    void this.#writer.abandon();
  }
}

function entryOf({ compare }: Commit, key: string, row: PreviousRow | undefined | null): Entry | undefined {
  if (!row) return undefined;
  const { revision, created } = row;
  const value = row.value ?? compare.find((one) => one.key === key)?.value;
  if (value === undefined) throw new Error(`the value before revision ${revision} of ${key} is neither read nor held`);
  return { key, revision, created, value };
}
