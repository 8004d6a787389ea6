// Forgetting: small transactions that remove replaced values, so that no commit waits long behind one. It refuses to
// choose what is old: the main thread names revisions.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../base/clock.ts";
import { firstRow, revisionOf } from "./messages.ts";
import type { Operations } from "./messages.ts";
import type { Revision } from "../store.ts";

/** How long one step may take, without the time of its COMMIT. */
const STEP_MS = 6;
/** Rows between two looks at the clock. */
const ROWS = 32;
/** Rows that one step of weighing looks at. */
const WEIGHED = 2000;

export class Trimmer {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #fact: StatementSync;
  readonly #forget: StatementSync;
  readonly #window: StatementSync;
  readonly #versions: StatementSync;
  readonly #firstAt: StatementSync;
  readonly #weigh: StatementSync;
  readonly #ends: StatementSync;

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#fact = db.prepare(`INSERT INTO fact (name, value) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`);
    this.#forget = db.prepare("DELETE FROM change WHERE id = ? AND id < (SELECT max(id) FROM change)");
    this.#window = db.prepare("SELECT id, created, previous FROM change WHERE id >= ? AND id < ? ORDER BY id LIMIT ?");
    this.#versions = db.prepare(`SELECT id, key, created FROM change INDEXED BY version
      WHERE key >= ? AND key < ? ORDER BY key, id LIMIT ?`);
    this.#firstAt = db.prepare("SELECT id, at FROM change WHERE id >= ? ORDER BY id LIMIT 1");
    this.#weigh = db.prepare(`SELECT id, length(key) + coalesce(length(value), 0) AS bytes FROM change
      WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT ${WEIGHED}`);
    this.#ends = db.prepare(`SELECT (SELECT min(id) FROM change) AS least,
      (SELECT max(id) FROM change) AS most`);
  }

  compact(revision: Revision): void {
    this.#fact.run("compacted", revision);
  }

  /** Bisects by the time of writing; 0 when all is young. Where the clock jumped back, any fitting place is right. */
  revisionAt(at: number): Revision {
    const ends = this.#ends.get() as { least: number | null; most: number | null };
    const first = revisionOf(ends.least ?? 0);
    let low = first;
    let high = revisionOf(ends.most ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#firstAt.get(firstRow(middle)) as { id: number; at: number } | undefined;
      if (row === undefined || row.at >= at) high = middle;
      else low = revisionOf(row.id) + 1;
    }
    return low === first ? 0 : low;
  }

  /** Adds up rows downwards from before a revision, until they do not fit, `least` is reached or the step is over. */
  weigh({ before, least, bytes }: Operations["weigh"]["ask"]): Operations["weigh"]["answer"] {
    let left = bytes;
    let kept = before;
    let seen = 0;
    for (const row of this.#weigh.iterate(firstRow(before), firstRow(least))) {
      const { id, bytes: more } = row as unknown as { id: number; bytes: number };
      if (more > left) return { kept, left, done: true };
      left -= more;
      kept = revisionOf(id);
      seen++;
    }
    return seen < WEIGHED ? { kept: least, left, done: true } : { kept, left, done: false };
  }

  /**
   * A value replaced before `to` is no longer reachable, nor is a deletion before it: so it walks the changes from
   * `from` on and forgets what each of them replaced. Answers the revision it has come to, and keeps it.
   */
  trim({ from, to }: Operations["trim"]["ask"]): Revision {
    return this.#step(() => {
      const deadline = this.#clock.monotonic() + STEP_MS;
      let next = firstRow(from);
      for (;;) {
        const rows = this.#window.all(next, firstRow(to), ROWS) as unknown as Version[];
        for (const { id, created, previous } of rows) {
          if (previous !== 0) this.#forget.run(previous);
          if (created === 0) this.#forget.run(id);
          next = id + 1;
        }
        // Doing a part of a commit again is harmless, telling its revision too early is not.
        const reached = rows.length < ROWS ? to : revisionOf(next);
        if (reached === to || this.#clock.monotonic() > deadline) {
          this.#fact.run("oldest", reached);
          return reached;
        }
      }
    });
  }

  /** The same for the keys of one span, key by key; answers where to go on, undefined at the end. */
  trimBelow({ prefix, from, end, to }: Operations["trimBelow"]["ask"]): string | undefined {
    return this.#step(() => {
      // Told first: a history that misses a part must not look whole.
      this.#fact.run(`oldest below ${prefix}`, to);
      const deadline = this.#clock.monotonic() + STEP_MS;
      let key = from;
      for (let want = ROWS; ;) {
        const rows = this.#versions.all(key, end ?? new Uint8Array(0), want + 1) as unknown as KeyVersion[];
        const gone = rows.filter((row, i) => isReplaced(row, rows[i + 1], firstRow(to)));
        for (const { id } of gone) this.#forget.run(id);
        if (rows.length <= want) return undefined;
        // Go on with the last key, whose later versions were not seen; with more rows if all of it was kept.
        const last = rows.at(-1)!.key;
        if (last === key && gone.length === 0) want *= 2;
        else want = ROWS;
        key = last;
        if (this.#clock.monotonic() > deadline) return key;
      }
    });
  }

  /**
   * Lost steps are done again, so they do not wait for the disk; the next commit's sync covers them. The setting
   * cannot change inside a transaction.
   */
  #step<T>(work: () => T): T {
    this.#db.exec("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    } finally {
      this.#db.exec("PRAGMA synchronous = FULL");
    }
  }
}

interface Version {
  readonly id: number;
  readonly created: number;
  readonly previous: number;
}
interface KeyVersion {
  readonly id: number;
  readonly key: string;
  readonly created: number;
}

function isReplaced(row: KeyVersion, next: KeyVersion | undefined, before: number): boolean {
  if (row.created === 0) return row.id < before;
  return next !== undefined && next.key === row.key && next.id < before;
}
