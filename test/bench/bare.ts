// The baselines over HTTP/2: raw node:http2 on TLS that does the least which an answer needs. It refuses to be Kubernetes.
// A process of its own: the parent sends what to answer with, and gets the port.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

export interface BareOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** GET of anything answers these bytes. */
  readonly one: string;
  /** GET of /list answers so many of them. */
  readonly items: number;
  /** Where creations are stored, in transactions that take what has come. */
  readonly database: string;
}

const options = JSON.parse(process.argv[2]!) as BareOptions;
const one = Buffer.from(options.one);
const HEAD = { ":status": 200, "content-type": "application/json", "cache-control": "no-cache, private" };
const PIECE_ITEMS = 64;

const db = new DatabaseSync(options.database);
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, key, value)");
const insert = db.prepare("INSERT INTO t (key, value) VALUES (?, ?)");
let waiting: { readonly stream: ServerHttp2Stream; readonly body: Buffer }[] = [];

/** What came in one turn of the loop is one commit. */
function commit(): void {
  const taken = waiting;
  waiting = [];
  db.exec("BEGIN IMMEDIATE");
  for (const { body } of taken) {
    const object = JSON.parse(body.toString()) as { metadata: { name: string } };
    insert.run(object.metadata.name, body);
  }
  db.exec("COMMIT");
  for (const { stream, body } of taken) {
    stream.respond({ ...HEAD, ":status": 201, "content-length": body.length });
    stream.end(body);
  }
}

function create(stream: ServerHttp2Stream): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    waiting.push({ stream, body: Buffer.concat(chunks) });
    if (waiting.length === 1) setImmediate(commit);
  });
}

const watchers = new Set<ServerHttp2Stream>();

async function list(stream: ServerHttp2Stream): Promise<void> {
  stream.respond(HEAD);
  for (let left = options.items; left > 0; left -= PIECE_ITEMS) {
    const piece = Buffer.concat(Array.from({ length: Math.min(left, PIECE_ITEMS) }, () => one));
    if (!stream.write(piece)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  stream.end();
}

const server = createSecureServer({
  cert: readFileSync(options.certFile),
  key: readFileSync(options.keyFile),
  settings: { maxConcurrentStreams: 1000, initialWindowSize: 256 * 1024 },
});
server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
  stream.on("error", () => watchers.delete(stream));
  const path = headers[":path"]!;
  if (headers[":method"] === "POST") create(stream);
  else if (path === "/list") void list(stream);
  else if (path === "/watch") {
    stream.respond(HEAD);
    watchers.add(stream);
  } else if (path === "/event") {
    for (const watcher of watchers) watcher.write(one);
    stream.respond(HEAD);
    stream.end(one);
  } else {
    stream.respond({ ...HEAD, "content-length": one.length });
    stream.end(one);
  }
});
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit(0));
