// The CRI's log format, line by line: `TIME stdout|stderr P|F text`. Pure; it refuses lines of any other form.

export interface LogLine {
  /** RFC 3339 with nanoseconds, as the runtime wrote it. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** Whether the container's line ends here; a long one comes in several parts. */
  readonly whole: boolean;
  readonly text: Buffer;
}

const SPACE = 0x20;

/** Undefined for a line that is not in the format (a torn write at a crash). */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const a = line.indexOf(SPACE);
  const b = line.indexOf(SPACE, a + 1);
  const c = line.indexOf(SPACE, b + 1);
  if (a < 0 || b < 0) return undefined;
  const stream = line.toString("latin1", a + 1, b);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const tags = line.toString("latin1", b + 1, c < 0 ? line.length : c);
  return {
    time: line.toString("latin1", 0, a),
    stream,
    whole: !tags.split(":").includes("P"),
    text: c < 0 ? Buffer.alloc(0) : line.subarray(c + 1),
  };
}

/** Runtimes write at most 16 KiB of a container's line into one of theirs; more than this is never kept of one. */
const MOST_BYTES = 256 * 1024;

/**
 * Splits what is read into lines; keeps an unfinished last one for the next piece. One that grows beyond all measure is
 * given in parts, as a runtime would have written it; what has not even the form of a line is left out up to its end.
 */
export class LineSplitter {
  readonly #most: number;
  #rest: Buffer = Buffer.alloc(0);
  /** The end of what is being left out has not come yet. */
  #skips = false;

  constructor(mostBytes = MOST_BYTES) {
    this.#most = mostBytes;
  }

  push(chunk: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, from)) {
      if (this.#skips) this.#skips = false;
      else lines.push(all.subarray(from, end));
      from = end + 1;
    }
    this.#rest = this.#skips ? Buffer.alloc(0) : all.subarray(from);
    if (this.#rest.length > this.#most) this.#cut(lines);
    return lines;
  }

  /** Gives what is there as a part of its line; what follows continues under the same head. */
  #cut(lines: Buffer[]): void {
    const line = parseLogLine(this.#rest);
    if (line === undefined || line.text.length === 0) {
      this.#rest = Buffer.alloc(0);
      this.#skips = true;
      return;
    }
    lines.push(Buffer.concat([Buffer.from(`${line.time} ${line.stream} P `), line.text]));
    this.#rest = Buffer.from(this.#rest.subarray(0, this.#rest.length - line.text.length));
  }

  /** What follows the last line feed. */
  get rest(): Buffer {
    return this.#rest;
  }
}
