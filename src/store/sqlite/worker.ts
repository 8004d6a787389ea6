// The thread that owns a connection: takes questions in order, answers each. It refuses to hold a second one open and
// to start anything by itself: no timers, no watches.
import { flushCompileCache } from "node:module";
import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../base/clock.ts";
import { BatchWriter } from "./batch.ts";
import type { Begin, ChangeRow, EntryRow, Opened, Operation, Operations, Outcome, Question } from "./messages.ts";
import { Reads } from "./reads.ts";
import { openForReading, openForWriting, refusalOf } from "./schema.ts";
import { Trimmer } from "./trim.ts";

type Handlers = { [K in Operation]: (ask: Operations[K]["ask"]) => Operations[K]["answer"] };

const port = parentPort!;
const { path, role, mostPages } = workerData as Begin;

/** Opens, says how it went, and then serves. */
function begin(): void {
  let db: DatabaseSync;
  let opened: Opened;
  let lock: DatabaseSync | undefined;
  try {
    if (role === "writer") ({ db, lock, opened } = openForWriting(path));
    else ({ db, opened } = openForReading(path));
    if (mostPages !== undefined) db.exec(`PRAGMA max_page_count = ${mostPages}`);
  } catch (error) {
    port.postMessage({ id: 0, refused: refusalOf(error, path) });
    return;
  }
  const handlers = handlersOf(db, opened, lock);
  port.on("message", ({ id, op, ask }: Question) => {
    try {
      const answer = handlers[op](ask as never);
      port.postMessage({ id, answer }, buffersOf(op, answer));
      if (op === "close") port.close();
    } catch (error) {
      port.postMessage({ id, refused: refusalOf(error, path) });
    }
  });
  port.postMessage({ id: 0, answer: opened });
  // A later start need not strip and compile these files again; costs nothing when they are known.
  flushCompileCache();
}

function handlersOf(db: DatabaseSync, opened: Opened, lock: DatabaseSync | undefined): Handlers {
  const reads = new Reads(db);
  const writer = new BatchWriter(db, opened.revision);
  const trimmer = new Trimmer(db, systemClock);
  // PASSIVE waits for nobody. It copies pages into the file; the next commit then starts the log anew.
  const checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  return {
    commits: (ask) => writer.apply(ask),
    get: (ask) => reads.get(ask),
    page: (ask) => reads.page(ask),
    count: (ask) => reads.count(ask),
    changes: (ask) => reads.changes(ask),
    history: (ask) => reads.history(ask),
    compact({ revision }) {
      trimmer.compact(revision);
      return null;
    },
    revisionAt: ({ at }) => trimmer.revisionAt(at),
    weigh: (ask) => trimmer.weigh(ask),
    trim: (ask) => trimmer.trim(ask),
    trimBelow: (ask) => trimmer.trimBelow(ask),
    checkpoint() {
      checkpoint.get();
      return null;
    },
    close() {
      // Closing the last connection copies the log into the file and removes it: the mark of a clean end.
      db.close();
      lock?.close();
      return null;
    },
  };
}

/** The buffers of an answer: each value has its own, so that keeping one entry does not keep its neighbours. */
function buffersOf(op: Operation, answer: Operations[Operation]["answer"]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  const entry = (row: EntryRow | undefined | null) => void (row && buffers.push(row.value.buffer));
  const change = ({ value, previous }: ChangeRow) => {
    if (value !== undefined) buffers.push(value.buffer);
    entry(previous);
  };
  if (op === "get") entry(answer as EntryRow | undefined);
  else if (op === "page") (answer as Operations["page"]["answer"]).entries.forEach(entry);
  else if (op === "changes") (answer as Operations["changes"]["answer"]).changes.forEach(change);
  else if (op === "history") (answer as Operations["history"]["answer"]).forEach(change);
  else if (op === "commits") {
    for (const outcome of answer as readonly Outcome[])
      if (outcome.ok) {
        for (const row of outcome.previous) if (row?.value !== undefined) buffers.push(row.value.buffer);
      } else outcome.current.forEach(entry);
  }
  return buffers;
}

begin();
