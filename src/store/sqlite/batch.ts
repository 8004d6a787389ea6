// Writing: applies a batch of commits as one SQLite transaction. It refuses to know who waits for it.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { firstRow, revisionOf } from "./messages.ts";
import type { EntryRow, Outcome, PackedBatch, PackedCommit, PreviousRow } from "./messages.ts";
import type { Revision } from "../store.ts";

/** A row of `live`. */
interface Live {
  readonly id: number;
  readonly created: Revision;
}

export class BatchWriter {
  readonly #db: DatabaseSync;
  readonly #live: StatementSync;
  readonly #value: StatementSync;
  readonly #log: StatementSync;
  readonly #put: StatementSync;
  readonly #move: StatementSync;
  readonly #drop: StatementSync;
  #revision: Revision;

  constructor(db: DatabaseSync, revision: Revision) {
    this.#db = db;
    this.#revision = revision;
    this.#live = db.prepare("SELECT id, created FROM live WHERE key = ?");
    this.#value = db.prepare("SELECT value FROM change WHERE id = ?");
    this.#log = db.prepare(
      "INSERT INTO change (id, key, created, previous, at, cause, value) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#put = db.prepare("INSERT INTO live (key, id, created) VALUES (?, ?, ?)");
    this.#move = db.prepare("UPDATE live SET id = ? WHERE key = ?");
    this.#drop = db.prepare("DELETE FROM live WHERE key = ?");
  }

  /**
   * Each commit is compared with what the earlier ones of the batch left. Returns when SQLite's COMMIT returned; when
   * it throws, nothing of the batch happened.
   */
  apply(batch: PackedBatch): Outcome[] {
    const commits = JSON.parse(batch.commits) as PackedCommit[];
    const before = this.#revision;
    let offset = 0;
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const outcomes = commits.map((commit) => {
        const start = offset;
        for (const { length } of commit.puts) offset += length;
        return this.#commit(commit, batch.values, start);
      });
      this.#db.exec("COMMIT");
      return outcomes;
    } catch (error) {
      this.#revision = before;
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #commit(commit: PackedCommit, values: Uint8Array<ArrayBuffer>, start: number): Outcome {
    for (const { key, revision } of commit.compare) {
      const live = this.#find(key);
      if ((live === undefined ? 0 : revisionOf(live.id)) !== revision) return this.#refuse(commit);
    }
    const revision = this.#revision + 1;
    const cause = JSON.stringify(commit.cause);
    const previous: (PreviousRow | undefined | null)[] = [];
    let row = firstRow(revision);
    let offset = start;
    for (const { key, length } of commit.puts) {
      const live = this.#find(key);
      const value = values.subarray(offset, (offset += length));
      this.#log.run(row, key, live?.created ?? revision, live?.id ?? 0, commit.at, cause, value);
      if (live === undefined) this.#put.run(key, row, revision);
      else this.#move.run(row, key);
      previous.push(live && this.#previous(commit, key, live));
      row++;
    }
    for (const key of commit.deletes) {
      const live = this.#find(key);
      if (live !== undefined) {
        this.#log.run(row, key, 0, live.id, commit.at, cause, null);
        this.#drop.run(key);
        row++;
      }
      previous.push(live === undefined ? null : this.#previous(commit, key, live));
    }
    if (row > firstRow(revision)) this.#revision = revision;
    return { ok: true, revision: this.#revision, previous };
  }

  #refuse(commit: PackedCommit): Outcome {
    const current: EntryRow[] = [];
    for (const { key } of commit.compare) {
      const live = this.#find(key);
      if (live !== undefined) current.push(this.#entry(key, live));
    }
    return { ok: false, revision: this.#revision, current };
  }

  #previous({ compare }: PackedCommit, key: string, live: Live): PreviousRow {
    const { id, created } = live;
    if (compare.some((one) => one.held && one.key === key))
      return { revision: revisionOf(id), created, value: undefined };
    return this.#entry(key, live);
  }

  #find(key: string): Live | undefined {
    return this.#live.get(key) as Live | undefined;
  }

  #entry(key: string, { id, created }: Live): EntryRow {
    const row = this.#value.get(id) as { value: Uint8Array<ArrayBuffer> };
    return { key, revision: revisionOf(id), created, value: row.value };
  }
}
