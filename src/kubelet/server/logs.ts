// A container's log as the API gives it: from the file that the runtime writes, perhaps its last lines, perhaps as it grows.
// It refuses to rotate and to find containers.
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { isAbortOf } from "../../base/scope.ts";
import type { LogLine } from "./log-lines.ts";
import { LineSplitter, parseLogLine } from "./log-lines.ts";
import { tailStart } from "./log-tail.ts";

export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines?: number | undefined;
  /** Milliseconds since the epoch; earlier lines are left out. */
  readonly sinceMs?: number | undefined;
  readonly timestamps: boolean;
  readonly limitBytes?: number | undefined;
  readonly stream?: "stdout" | "stderr" | undefined;
}

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether the container still runs; when it does not, what is written is all there will be. */
  readonly isRunning: () => Promise<boolean>;
}

const CHUNK_BYTES = 64 * 1024;
/** How often a followed file is looked at. */
const FOLLOW_MS = 100;
/** How often, while nothing comes, the runtime is asked whether the container still runs. */
const ASK_EVERY = 5;

/** The bytes to send, in pieces. Throws the file system's error (ENOENT) when there is no log. */
export async function* readLog(path: string, options: LogOptions, follow: FollowOptions): AsyncGenerator<Buffer> {
  const file = await open(path, "r");
  try {
    const start = options.tailLines === undefined ? 0 : await tailStart(file, options.tailLines);
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    const shape = formatter(options);
    for await (const line of linesFrom(file, start, options.follow, follow)) {
      const parsed = parseLogLine(line);
      if (!parsed || (options.stream && parsed.stream !== options.stream) || !isSince(parsed, options.sinceMs))
        continue;
      const bytes = shape(parsed);
      yield bytes.length <= left ? bytes : bytes.subarray(0, left);
      left -= bytes.length;
      if (left <= 0) return;
    }
  } finally {
    await file.close();
  }
}

function isSince(line: LogLine, sinceMs: number | undefined): boolean {
  return sinceMs === undefined || Date.parse(line.time) >= sinceMs;
}

const LINE_FEED = Buffer.from("\n");

/** A part of a line has no line feed, and a time in front only where the line begins. */
function formatter({ timestamps }: LogOptions): (line: LogLine) => Buffer {
  let begins = true;
  return (line) => {
    const head = timestamps && begins ? [Buffer.from(`${line.time} `)] : [];
    begins = line.whole;
    return Buffer.concat(line.whole ? [...head, line.text, LINE_FEED] : [...head, line.text]);
  };
}

async function* linesFrom(
  file: FileHandle,
  start: number,
  followed: boolean,
  { clock, signal, isRunning }: FollowOptions,
): AsyncGenerator<Buffer> {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let position = start;
  let idle = 0;
  let last = false;
  while (!signal.aborted) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    position += bytesRead;
    if (bytesRead > 0) {
      idle = 0;
      yield* splitter.push(Buffer.from(chunk.subarray(0, bytesRead)));
      continue;
    }
    if (!followed || last) return;
    if (++idle % ASK_EVERY === 0 && !(await isRunning())) {
      // One more look: it may have written between the last read and its end.
      last = true;
      continue;
    }
    try {
      await clock.sleep(FOLLOW_MS, signal);
    } catch (error) {
      if (isAbortOf(signal, error)) return;
      throw error;
    }
  }
}
