// Where the last lines of a log begin, read from its end in pieces. It refuses to hold more of the file than one piece,
// however long its lines are.
import type { FileHandle } from "node:fs/promises";
import { parseLogLine } from "./log-lines.ts";

const CHUNK_BYTES = 64 * 1024;
/** Time, stream and tags of a line are within so many bytes. */
const HEAD_BYTES = 128;

interface Start {
  readonly at: number;
  /** The beginning of the line. */
  readonly head: Buffer;
}

/** The offset at which the last `count` whole lines begin; a line that came in several parts counts as one. */
export async function tailStart(file: FileHandle, count: number): Promise<number> {
  const { size } = await file.stat();
  if (count === 0) return size;
  let seen = 0;
  let next: number | undefined;
  for await (const { at, head } of startsBackwards(file, size)) {
    // A line whose predecessor is only a part belongs to that one.
    if (next !== undefined && (parseLogLine(firstLine(head))?.whole ?? true) && ++seen === count) return next;
    next = at;
  }
  return 0;
}

const firstLine = (head: Buffer): Buffer => {
  const end = head.indexOf(10);
  return end < 0 ? head : head.subarray(0, end);
};

/** Where lines begin, the last one first. */
async function* startsBackwards(file: FileHandle, size: number): AsyncGenerator<Start> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, end - from, from);
    for (let at = bytesRead; at > 0;) {
      at = chunk.lastIndexOf(10, at - 1);
      if (at < 0) break;
      // What follows the last line feed of the file is no line yet.
      if (from + at + 1 < size)
        yield { at: from + at + 1, head: await headAt(file, from + at + 1, chunk.subarray(at + 1, bytesRead)) };
    }
    end = from;
  }
  if (size > 0) yield { at: 0, head: await headAt(file, 0, Buffer.alloc(0)) };
}

/** `known`: what has been read of the line already. */
async function headAt(file: FileHandle, at: number, known: Buffer): Promise<Buffer> {
  if (known.length >= HEAD_BYTES || known.includes(10)) return known.subarray(0, HEAD_BYTES);
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, at);
  return head.subarray(0, bytesRead);
}
