// Reading: entries as of a revision, changes after one, the history of a key. It refuses to decide what may still be
// read: the main thread compares with the compacted revision.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { firstRow, revisionOf } from "./messages.ts";
import type { ChangeRow, EntryRow, HistoryRow, Operations, Span } from "./messages.ts";
import type { Cause, Revision } from "../store.ts";

type Bytes = Uint8Array<ArrayBuffer>;
interface ChangeColumns {
  readonly id: number;
  readonly key: string;
  readonly value: Bytes | null;
  readonly previous: number;
  readonly previousCreated: number | null;
  readonly previousValue: Bytes | null;
  readonly at: number;
  readonly cause: string;
}

const CHANGE = `SELECT c.id, c.key, c.value, c.previous, p.created AS previousCreated, p.value AS previousValue,
  c.at, c.cause FROM change c LEFT JOIN change p ON p.id = c.previous`;
/** The newest row of each key before a row, out of the index alone, in order of keys. */
const VERSIONS = `SELECT max(id) AS id, created FROM change INDEXED BY version
  WHERE key >= ? AND key < ? AND id < ? GROUP BY key`;

/** SQLite orders every blob behind every text: an end for spans that have none. */
const NO_END: Bytes = new Uint8Array(0);

/** Revisions that one step looks through for changes below a prefix: so that a rare prefix holds up no commit. */
const LOOKED_AT = 2000;

export class Reads {
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #newest: StatementSync;
  readonly #get: StatementSync;
  readonly #pageNow: StatementSync;
  readonly #pageThen: StatementSync;
  readonly #countNow: StatementSync;
  readonly #countThen: StatementSync;
  readonly #changes: StatementSync;
  readonly #history: StatementSync;

  constructor(db: DatabaseSync) {
    this.#begin = db.prepare("BEGIN");
    this.#end = db.prepare("COMMIT");
    this.#newest = db.prepare("SELECT max(id) AS id FROM change");
    this.#get = db.prepare(
      "SELECT id, key, created, value FROM change WHERE key = ? AND id < ? ORDER BY id DESC LIMIT 1",
    );
    this.#pageNow = db.prepare(`SELECT l.id, l.key, l.created, c.value FROM live l CROSS JOIN change c ON c.id = l.id
      WHERE l.key >= ? AND l.key < ? ORDER BY l.key`);
    this.#pageThen = db.prepare(`SELECT c.id, c.key, c.created, c.value
      FROM (${VERSIONS}) v CROSS JOIN change c ON c.id = v.id WHERE v.created > 0`);
    this.#countNow = db.prepare("SELECT count(*) AS n FROM live WHERE key >= ? AND key < ?");
    this.#countThen = db.prepare(`SELECT count(*) AS n FROM (${VERSIONS}) WHERE created > 0`);
    this.#changes = db.prepare(`${CHANGE} WHERE c.id >= ? AND c.id < ? AND c.key >= ? AND c.key < ? ORDER BY c.id`);
    this.#history = db.prepare(`${CHANGE} WHERE c.key = ? AND c.id >= ? ORDER BY c.id DESC LIMIT ?`);
  }

  get({ key, revision }: Operations["get"]["ask"]): EntryRow | undefined {
    const row = this.#get.get(key, firstRow(revision + 1));
    return row === undefined || row["created"] === 0 ? undefined : entry(row);
  }

  page(ask: Operations["page"]["ask"]): Operations["page"]["answer"] {
    return this.#asOf(ask, (isNow) => {
      const rows = isNow ? this.#pageNow.iterate(...bounds(ask)) : this.#pageThen.iterate(...bounds(ask), beyond(ask));
      const entries: EntryRow[] = [];
      let bytes = 0;
      for (const row of rows) {
        const found = entry(row);
        if (entries.length >= ask.limit || bytes > ask.bytes) return { entries, next: found.key };
        bytes += found.value.length + found.key.length;
        entries.push(found);
      }
      return { entries, next: undefined };
    });
  }

  count(ask: Operations["count"]["ask"]): number {
    return this.#asOf(ask, (isNow) => {
      const row = isNow ? this.#countNow.get(...bounds(ask)) : this.#countThen.get(...bounds(ask), beyond(ask));
      return Number(row?.["n"]);
    });
  }

  changes(ask: Operations["changes"]["ask"]): Operations["changes"]["answer"] {
    const changes: ChangeRow[] = [];
    let bytes = 0;
    const last = Math.min(ask.upTo, ask.after + LOOKED_AT);
    const rows = this.#changes.iterate(firstRow(ask.after + 1), firstRow(last + 1), ...bounds(ask));
    for (const row of rows) {
      const found = change(row as unknown as ChangeColumns);
      const reached = changes.at(-1)?.revision;
      // A commit is never cut.
      if (bytes > ask.bytes && reached !== undefined && found.revision > reached) return { changes, reached };
      bytes += (found.value?.length ?? 0) + (found.previous?.value.length ?? 0) + found.key.length;
      changes.push(found);
    }
    return { changes, reached: last };
  }

  history({ key, from, limit }: Operations["history"]["ask"]): HistoryRow[] {
    const rows = this.#history.all(key, firstRow(from), limit) as unknown as ChangeColumns[];
    return rows.map((row) => ({ ...change(row), at: row.at, cause: JSON.parse(row.cause) as Cause }));
  }

  /** Within one snapshot of the file; `live` may be used when nothing was written after the asked revision. */
  #asOf<T>({ revision }: { revision: Revision }, read: (isNow: boolean) => T): T {
    this.#begin.run();
    try {
      const newest = Number(this.#newest.get()?.["id"] ?? 0);
      return read(newest < firstRow(revision + 1));
    } finally {
      this.#end.run();
    }
  }
}

const bounds = ({ from, end }: Span): [string, string | Bytes] => [from, end ?? NO_END];
const beyond = ({ revision }: { revision: Revision }): number => firstRow(revision + 1);

function entry(row: Record<string, unknown>): EntryRow {
  const { id, key, created, value } = row as unknown as { id: number; key: string; created: number; value: Bytes };
  return { key, revision: revisionOf(id), created, value };
}

function change(row: ChangeColumns): ChangeRow {
  const { id, key, previous, previousCreated, previousValue } = row;
  const before =
    previousCreated === null || previousValue === null
      ? undefined
      : { key, revision: revisionOf(previous), created: previousCreated, value: previousValue };
  return { key, revision: revisionOf(id), value: row.value ?? undefined, previous: before };
}
