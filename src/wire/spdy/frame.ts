// SPDY/3.1 frames as values and as bytes.
// Specification: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
// It refuses to look into header blocks (header-block.ts) and to keep any state but the frame that is being read.

/** Bytes that are not SPDY/3.1, or a connection that broke its rules. The only error of this folder. */
export class SpdyError extends Error {
  override name = "SpdyError";
}

/** Why a stream was reset. */
export const RESET = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  unsupportedVersion: 4,
  cancel: 5,
  internalError: 6,
  flowControlError: 7,
  streamInUse: 8,
  streamAlreadyClosed: 9,
  frameTooLarge: 11,
} as const;

export type Frame =
  | { readonly type: "data"; readonly streamId: number; readonly data: Buffer; readonly fin: boolean }
  | {
      readonly type: "synStream";
      readonly streamId: number;
      readonly priority: number;
      readonly fin: boolean;
      readonly unidirectional: boolean;
      /** Compressed. */
      readonly headers: Buffer;
    }
  | {
      readonly type: "synReply" | "headers";
      readonly streamId: number;
      readonly fin: boolean;
      readonly headers: Buffer;
    }
  | { readonly type: "rstStream"; readonly streamId: number; readonly status: number }
  | { readonly type: "settings"; readonly entries: readonly { readonly id: number; readonly value: number }[] }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goAway"; readonly lastStreamId: number; readonly status: number }
  | { readonly type: "windowUpdate"; readonly streamId: number; readonly delta: number };

const VERSION = 3;
const HEADER = 8;
const FIN = 1;
const UNIDIRECTIONAL = 2;
const TYPE = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 };
/** Control frames above this are refused: a header block of remote commands has some hundred bytes. */
export const MAX_CONTROL_FRAME = 64 * 1024;
const MAX_STREAM_ID = 0x7fffffff;

function control(type: number, flags: number, payload: readonly number[], rest: Buffer = NOTHING): Buffer {
  const length = payload.length * 4 + rest.length;
  if (length > MAX_CONTROL_FRAME) throw new SpdyError(`a control frame of ${length} bytes`);
  const frame = Buffer.allocUnsafe(HEADER + length);
  frame.writeUInt16BE(0x8000 | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(((flags << 24) | length) >>> 0, 4);
  payload.forEach((word, i) => frame.writeUInt32BE(word >>> 0, HEADER + i * 4));
  rest.copy(frame, HEADER + payload.length * 4);
  return frame;
}

const NOTHING = Buffer.alloc(0);

/** The frame's bytes. For data see {@link dataHeader}, which spares a copy. */
export function encodeFrame(frame: Frame): Buffer {
  switch (frame.type) {
    case "data":
      return Buffer.concat([dataHeader(frame.streamId, frame.data.length, frame.fin), frame.data]);
    case "synStream": {
      const flags = (frame.fin ? FIN : 0) | (frame.unidirectional ? UNIDIRECTIONAL : 0);
      // Two bytes follow the stream ids: the priority in the upper three bits, and a slot that is not used.
      const tail = Buffer.concat([Buffer.of(frame.priority << 5, 0), frame.headers]);
      return control(TYPE.synStream, flags, [frame.streamId, 0], tail);
    }
    case "synReply":
    case "headers":
      return control(TYPE[frame.type], frame.fin ? FIN : 0, [frame.streamId], frame.headers);
    case "rstStream":
      return control(TYPE.rstStream, 0, [frame.streamId, frame.status]);
    case "settings":
      return control(TYPE.settings, 0, [
        frame.entries.length,
        ...frame.entries.flatMap(({ id, value }) => [id, value]),
      ]);
    case "ping":
      return control(TYPE.ping, 0, [frame.id]);
    case "goAway":
      return control(TYPE.goAway, 0, [frame.lastStreamId, frame.status]);
    case "windowUpdate":
      return control(TYPE.windowUpdate, 0, [frame.streamId, frame.delta]);
  }
}

/** The eight bytes before `length` (below 2^24) bytes of data. */
export function dataHeader(streamId: number, length: number, fin: boolean): Buffer {
  const header = Buffer.allocUnsafe(HEADER);
  header.writeUInt32BE(streamId, 0);
  header.writeUInt32BE((((fin ? FIN : 0) << 24) | length) >>> 0, 4);
  return header;
}

/** A data frame of which `left` bytes are to come. */
interface OpenData {
  readonly streamId: number;
  readonly fin: boolean;
  left: number;
}

/**
 * Cuts a byte stream into frames. Data frames are given out in the pieces in which they arrive, the last with `fin`;
 * control frames whole. Frames of unknown types are dropped, as the specification asks.
 */
export class FrameReader {
  /** What has arrived of a frame's header, or of a control frame. */
  #kept: Buffer[] = [];
  #keptLength = 0;
  #wanted = HEADER;
  /** The data frame that is being passed on. */
  #data: OpenData | undefined;

  /** The frames that end in `chunk`. Throws {@link SpdyError}; the reader is of no use afterwards. */
  *push(chunk: Uint8Array): Generator<Frame> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    while (rest.length > 0) {
      if (this.#data !== undefined) {
        const part = rest.subarray(0, this.#data.left);
        rest = rest.subarray(part.length);
        yield* this.#passOn(this.#data, part);
        continue;
      }
      const part = rest.subarray(0, this.#wanted - this.#keptLength);
      rest = rest.subarray(part.length);
      this.#kept.push(part);
      this.#keptLength += part.length;
      if (this.#keptLength === this.#wanted) yield* this.#arrived();
    }
  }

  *#passOn(frame: OpenData, part: Buffer): Generator<Frame> {
    frame.left -= part.length;
    const last = frame.left === 0;
    if (last) this.#data = undefined;
    yield { type: "data", streamId: frame.streamId, data: part, fin: last && frame.fin };
  }

  /** A header or a whole control frame lies in `#kept`. */
  *#arrived(): Generator<Frame> {
    const bytes = this.#kept.length === 1 ? this.#kept[0]! : Buffer.concat(this.#kept);
    const length = bytes.readUInt32BE(4) & 0xffffff;
    const isControl = (bytes[0]! & 0x80) !== 0;
    if (isControl && bytes.length < HEADER + length) {
      if (length > MAX_CONTROL_FRAME) throw new SpdyError(`a control frame of ${length} bytes`);
      this.#kept = [bytes];
      this.#wanted = HEADER + length;
      return;
    }
    this.#kept = [];
    this.#keptLength = 0;
    this.#wanted = HEADER;
    if (isControl) {
      const frame = decodeControl(bytes);
      if (frame !== undefined) yield frame;
      return;
    }
    const streamId = bytes.readUInt32BE(0);
    if (streamId === 0) throw new SpdyError("data for stream 0");
    const data = { streamId, fin: (bytes[4]! & FIN) !== 0, left: length };
    if (length === 0) yield* this.#passOn(data, NOTHING);
    else this.#data = data;
  }

  /** Throws when the bytes ended within a frame. */
  end(): void {
    if (this.#keptLength > 0 || this.#data !== undefined) throw new SpdyError("the connection ended within a frame");
  }
}

function decodeControl(bytes: Buffer): Frame | undefined {
  const version = bytes.readUInt16BE(0) & 0x7fff;
  if (version !== VERSION) throw new SpdyError(`SPDY version ${version}, not ${VERSION}`);
  const type = bytes.readUInt16BE(2);
  const flags = bytes[4]!;
  const payload = bytes.subarray(HEADER);
  const least = (size: number) => {
    if (payload.length < size) throw new SpdyError(`a control frame of type ${type} with ${payload.length} bytes`);
  };
  const word = (at: number) => payload.readUInt32BE(at);
  const streamId = () => {
    least(4);
    return word(0) & MAX_STREAM_ID;
  };
  const fin = (flags & FIN) !== 0;
  switch (type) {
    case TYPE.synStream:
      least(10);
      return {
        type: "synStream",
        streamId: streamId(),
        priority: payload[8]! >> 5,
        fin,
        unidirectional: (flags & UNIDIRECTIONAL) !== 0,
        headers: payload.subarray(10),
      };
    case TYPE.synReply:
      return { type: "synReply", streamId: streamId(), fin, headers: payload.subarray(4) };
    case TYPE.headers:
      return { type: "headers", streamId: streamId(), fin, headers: payload.subarray(4) };
    case TYPE.rstStream:
      least(8);
      return { type: "rstStream", streamId: streamId(), status: word(4) };
    case TYPE.settings:
      return { type: "settings", entries: settingsOf(payload) };
    case TYPE.ping:
      least(4);
      return { type: "ping", id: word(0) };
    case TYPE.goAway:
      least(8);
      return { type: "goAway", lastStreamId: streamId(), status: word(4) };
    case TYPE.windowUpdate:
      least(8);
      return { type: "windowUpdate", streamId: streamId(), delta: word(4) & MAX_STREAM_ID };
    default:
      return undefined;
  }
}

function settingsOf(payload: Buffer): { id: number; value: number }[] {
  const count = payload.length < 4 ? -1 : payload.readUInt32BE(0);
  if (payload.length !== 4 + count * 8) throw new SpdyError("a SETTINGS frame whose length and count differ");
  return Array.from({ length: count }, (_, i) => ({
    // The upper byte holds flags about persistence, which has no meaning here.
    id: payload.readUInt32BE(4 + i * 8) & 0xffffff,
    value: payload.readUInt32BE(8 + i * 8),
  }));
}
