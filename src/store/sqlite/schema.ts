// The file: its format and migrations, who may open it, and whether it is whole. It refuses to read or write entries.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { revisionOf } from "./messages.ts";
import type { Opened, Refused } from "./messages.ts";

/** "Kaji" as SQLite's application id: tells our files from anything else. */
const APPLICATION = 0x4b616a69;

/**
 * Migration n brings a file from format n to n + 1; the last one's number is the format that this code reads.
 *
 * `change` is the log: one row for each changed key, `id` as messages.ts packs it. `created` is 0 for a deletion,
 * `previous` is the row that held the key's value before (0: none). `live` is what exists now, without values, so
 * that counting and comparing touch few pages; `version` serves old revisions and history out of the index alone.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE change (
     id INTEGER PRIMARY KEY, key TEXT NOT NULL, created INTEGER NOT NULL, previous INTEGER NOT NULL,
     at INTEGER NOT NULL, cause TEXT NOT NULL, value BLOB
   );
   CREATE INDEX version ON change (key, id, created);
   CREATE TABLE live (key TEXT PRIMARY KEY, id INTEGER NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;`,
];

/** A reason not to open the file; becomes StoreDataError on the main thread. */
export class DataProblem extends Error {
  override readonly name = "DataProblem";
}

/** Takes the lock, checks, migrates. Throws {@link DataProblem}. */
export function openForWriting(path: string): { db: DatabaseSync; lock: DatabaseSync; opened: Opened } {
  const lock = lockFile(path);
  try {
    const unclean = sizeOf(`${path}-wal`) > 0;
    const db = openFile(path);
    if (unclean) quickCheck(db, path);
    else checkLength(db, path);
    migrate(db, path);
    checkTables(db, path);
    return { db, lock, opened: { ...standing(db), checked: unclean } };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** A second connection beside the writer's, for reads. */
export function openForReading(path: string): { db: DatabaseSync; opened: Opened } {
  const db = new DatabaseSync(path, { timeout: 5000 });
  db.exec("PRAGMA query_only = ON; PRAGMA cache_size = -2000");
  return { db, opened: { ...standing(db), checked: false } };
}

/** Bad files, broken disks and everything else, told apart by SQLite's result code. */
export function refusalOf(error: unknown, path: string): Refused {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DataProblem) return { kind: "data", message };
  const code = sqliteCode(error);
  // A failed fsync leaves unknown what the disk holds: nobody may go on from there.
  if (code === 1034 || code === 1290) return { kind: "broken", message: `${path}: ${message} (SQLite ${code})` };
  switch (code & 0xff) {
    case 8: // READONLY
    case 10: // IOERR
    case 13: // FULL
      return { kind: "write", message: `${path}: the disk refused the write: ${message} (SQLite ${code})` };
    case 11: // CORRUPT
    case 26: // NOTADB
      return { kind: "data", message: damaged(path, message) };
    default:
      return { kind: "broken", message: `${path}: ${message} (SQLite ${code})` };
  }
}

/** SQLite's extended result code; 0 when the error is not SQLite's. */
function sqliteCode(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : 0;
}

const damaged = (path: string, how: string): string =>
  `${path} is damaged (${how}): move it away together with its -wal file and restore a backup`;

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The operating system gives this lock back however the process ends: an exclusive SQLite lock on a file of its own
 * (the data file's own locks must stay free for a second connection). The owner's pid stands beside it, because
 * opening and closing the locked file itself would drop the locks of this process.
 */
function lockFile(path: string): DatabaseSync {
  const owner = `${path}.owner`;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(`${path}.lock`);
    lock.exec("BEGIN EXCLUSIVE");
    writeFileSync(owner, `${process.pid}\n`);
    return lock;
  } catch (error) {
    lock?.close();
    const code = sqliteCode(error) & 0xff;
    if (code !== 5) throw new DataProblem(`${path}.lock cannot be opened: ${String(error)}`, { cause: error });
    const pid = existsSync(owner) ? readFileSync(owner, "utf8").trim() : "";
    const who = /^\d+$/.test(pid) ? `process ${pid}` : "another process";
    throw new DataProblem(`${path} is in use by ${who}: stop it first, or choose another data folder`);
  }
}

function openFile(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 5000 });
    const application = number(db, "PRAGMA application_id", "application_id");
    const isEmpty = number(db, "SELECT count(*) AS n FROM sqlite_schema", "n") === 0;
    if (application !== APPLICATION && !(application === 0 && isEmpty)) {
      throw new DataProblem(`${path} is not a store of Kaji: move it away, or choose another data folder`);
    }
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
    db.exec(`PRAGMA journal_size_limit = ${64 * 2 ** 20}; PRAGMA cache_size = -4000`);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof DataProblem) throw error;
    const code = sqliteCode(error) & 0xff;
    const how = error instanceof Error ? error.message : String(error);
    throw new DataProblem(code === 11 || code === 26 ? damaged(path, how) : `${path} cannot be opened: ${how}`);
  }
}

/** Reads every page: only when the last owner had no time to close. */
function quickCheck(db: DatabaseSync, path: string): void {
  let found: string;
  try {
    const row = db.prepare("PRAGMA quick_check(1)").get();
    found = String(row?.["quick_check"]);
  } catch (error) {
    found = error instanceof Error ? error.message : String(error);
  }
  if (found === "ok") return;
  db.close();
  throw new DataProblem(damaged(path, found));
}

/** What a clean close promises, without reading the pages: the file is as long as its header says. */
function checkLength(db: DatabaseSync, path: string): void {
  const pages = number(db, "PRAGMA page_count", "page_count");
  const bytes = pages * number(db, "PRAGMA page_size", "page_size");
  const size = sizeOf(path);
  if (size === 0 || size >= bytes) return;
  db.close();
  throw new DataProblem(damaged(path, `it has ${size} of ${bytes} bytes`));
}

function migrate(db: DatabaseSync, path: string): void {
  const format = number(db, "PRAGMA user_version", "user_version");
  if (format > MIGRATIONS.length) {
    db.close();
    const wanted = `has format ${format}, this version reads up to ${MIGRATIONS.length}`;
    throw new DataProblem(`${path} ${wanted}: run the newer Kaji that wrote it, or restore an older backup`);
  }
  for (let n = format; n < MIGRATIONS.length; n++) {
    const marks = `PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${n + 1}`;
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[n]}; ${marks}; COMMIT`);
  }
}

/** Statements that name every table, column and index: SQLite refuses to prepare them where one is missing. */
const NAMES: readonly string[] = [
  "SELECT id, key, created, previous, at, cause, value FROM change INDEXED BY version WHERE key = '' AND id < 0",
  "SELECT l.key, l.id, l.created FROM live l",
  "SELECT f.name, f.value FROM fact f",
];

function checkTables(db: DatabaseSync, path: string): void {
  try {
    for (const statement of NAMES) db.prepare(statement);
  } catch (error) {
    db.close();
    throw new DataProblem(damaged(path, error instanceof Error ? error.message : String(error)), { cause: error });
  }
}

/** Where the store stands. The newest row is never trimmed, so it carries the revision counter. */
function standing(db: DatabaseSync): Omit<Opened, "checked"> {
  const facts = new Map(
    db
      .prepare("SELECT name, value FROM fact")
      .all()
      .map((row) => [row["name"], row["value"]]),
  );
  const oldestBelow: Record<string, number> = {};
  for (const [name, value] of facts) {
    if (typeof name === "string" && name.startsWith("oldest below ")) oldestBelow[name.slice(13)] = Number(value);
  }
  return {
    revision: Math.max(1, revisionOf(number(db, "SELECT coalesce(max(id), 0) AS id FROM change", "id"))),
    compacted: Number(facts.get("compacted") ?? 0),
    oldest: Number(facts.get("oldest") ?? 0),
    oldestBelow,
  };
}

function number(db: DatabaseSync, sql: string, column: string): number {
  return Number(db.prepare(sql).get()?.[column]);
}
