// The load generator: a process of its own that sends requests over HTTP/2 and reports what they cost the server.
// It refuses to know who answers, Kaji or a bare server; it gets jobs over its parent's channel, one at a time.
import { connect } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { cpuSeconds } from "./process-cost.ts";

/** Requests alike but for a number: `{i}` in path and body becomes that of the request. */
export interface RequestJob {
  readonly type: "requests";
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly inFlight: number;
  readonly count: number;
  readonly firstNumber: number;
  /** Any other status ends the job with an error. */
  readonly status: number;
}

/** Watches that are opened and kept. */
export interface WatchJob {
  readonly type: "watch";
  readonly path: string;
  readonly watchers: number;
}

/** One GET whose answer is wanted as text. */
export interface TextJob {
  readonly type: "text";
  readonly path: string;
}

/** Closes what {@link WatchJob} has opened. */
export interface UnwatchJob {
  readonly type: "unwatch";
}

/** Waits until every watcher has seen so many lines more. */
export interface LinesJob {
  readonly type: "lines";
  readonly each: number;
}

export interface Ask {
  readonly port: number;
  /** Whose processor time counts. */
  readonly pid: number;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly job: RequestJob | WatchJob | UnwatchJob | LinesJob | TextJob;
}

export interface Report {
  readonly count: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Of the server. */
  readonly cpuSeconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of a {@link TextJob}. */
  readonly text?: string;
}

const SESSIONS = 4;
const sessions = new Map<number, ClientHttp2Session[]>();
const watching: ClientHttp2Stream[] = [];
let lines = 0;
let onLines: () => void = () => {};

function sessionsOf({ port, tls }: Ask): ClientHttp2Session[] {
  let open = sessions.get(port);
  if (open === undefined) {
    open = Array.from({ length: SESSIONS }, () => connect(`https://127.0.0.1:${port}`, tls));
    sessions.set(port, open);
  }
  return open;
}

function request(session: ClientHttp2Session, job: RequestJob, number: number): Promise<number> {
  const fill = (text: string) => text.replaceAll("{i}", String(number));
  const body = job.body === undefined ? undefined : Buffer.from(fill(job.body));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const head = { ":method": job.method, ":path": fill(job.path), ...job.headers };
  const stream = session.request(head, { endStream: body === undefined });
  let size = 0;
  let refusal = "";
  let refused = false;
  stream.on("response", (headers) => (refused = headers[":status"] !== job.status));
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (refused) refusal += chunk.toString();
  });
  stream.on("end", () => (refused ? reject(new Error(`${job.method} ${job.path}: ${refusal}`)) : resolve(size)));
  stream.on("error", reject);
  if (body !== undefined) stream.end(body);
  return promise;
}

const at = (sorted: readonly number[], part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;

async function requests(ask: Ask, job: RequestJob): Promise<Report> {
  const open = sessionsOf(ask);
  const took: number[] = [];
  let next = 0;
  let bytes = 0;
  const cpuBefore = cpuSeconds(ask.pid);
  const began = performance.now();
  const loop = async (session: ClientHttp2Session) => {
    while (next < job.count) {
      const number = job.firstNumber + next++;
      const sent = performance.now();
      bytes += await request(session, job, number);
      took.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: job.inFlight }, (_, i) => loop(open[i % open.length]!)));
  const seconds = (performance.now() - began) / 1000;
  took.sort((a, b) => a - b);
  const cpu = cpuSeconds(ask.pid) - cpuBefore;
  return { count: job.count, bytes, seconds, cpuSeconds: cpu, p50: at(took, 0.5), p99: at(took, 0.99) };
}

async function openWatches(ask: Ask, job: WatchJob): Promise<Report> {
  const open = sessionsOf(ask);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: job.watchers }, (_, i) => {
      const stream = open[i % open.length]!.request({ ":path": job.path });
      watching.push(stream);
      stream.on("data", (chunk: Buffer) => {
        for (let from = chunk.indexOf(10); from >= 0; from = chunk.indexOf(10, from + 1)) lines++;
        onLines();
      });
      return new Promise((resolve, reject) => {
        stream.once("response", resolve);
        stream.on("error", reject);
      });
    }),
  );
  return { ...NOTHING, count: job.watchers, seconds: (performance.now() - began) / 1000 };
}

const NOTHING: Report = { count: 0, bytes: 0, seconds: 0, cpuSeconds: 0, p50: 0, p99: 0 };

/** Counts from the last call, so that nothing that came before is lost. */
async function waitForLines(ask: Ask, job: LinesJob): Promise<Report> {
  const wanted = job.each * watching.length;
  const began = performance.now();
  await new Promise<void>((resolve) => {
    onLines = () => {
      if (lines >= wanted) resolve();
    };
    onLines();
  });
  lines -= wanted;
  return { ...NOTHING, count: wanted, seconds: (performance.now() - began) / 1000, cpuSeconds: cpuSeconds(ask.pid) };
}

async function text(ask: Ask, { path }: TextJob): Promise<Report> {
  let body = "";
  for await (const chunk of sessionsOf(ask)[0]!.request({ ":path": path }).setEncoding("utf8")) body += chunk as string;
  return { ...NOTHING, count: 1, text: body };
}

async function closeWatches(): Promise<Report> {
  const closing = watching.splice(0);
  await Promise.all(
    closing.map((stream) => {
      const closed = new Promise((resolve) => stream.once("close", resolve));
      stream.close(8);
      return closed;
    }),
  );
  lines = 0;
  return NOTHING;
}

function run(ask: Ask): Promise<Report> {
  const { job } = ask;
  switch (job.type) {
    case "requests":
      return requests(ask, job);
    case "watch":
      return openWatches(ask, job);
    case "unwatch":
      return closeWatches();
    case "text":
      return text(ask, job);
    case "lines":
      return waitForLines(ask, job);
  }
}

process.on("message", (ask: Ask) => {
  run(ask).then(
    (report) => process.send!({ report }),
    (error: unknown) => process.send!({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
