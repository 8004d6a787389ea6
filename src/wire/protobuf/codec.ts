// The protobuf wire format: varints, tags, length-delimited bytes, over one growable buffer.
// It refuses to know messages or fields (message.ts does).
// Specification: https://protobuf.dev/programming-guides/encoding/

/** Bytes that are not protobuf, or a value that protobuf cannot carry. The only error of this folder. */
export class ProtobufError extends Error {
  override name = "ProtobufError";
}

/** Wire types, the low three bits of a tag. Groups (3 and 4) are deprecated: they are skipped, never written. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

/** Nested messages beyond this are refused, so that no input can exhaust the stack. */
export const MAX_DEPTH = 256;

const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;
const MAX_FIELD = 2 ** 29 - 1;
/** Up to this length a loop over the characters beats a call into the engine's own coder (measured on Node 26). */
const SHORT_STRING = 16;
const NO_BYTES = Buffer.alloc(0);

/**
 * Writes values one after the other. Each call appends; nothing is tagged implicitly:
 * `w.tag(1, BYTES); w.string("x")`. A nested message is `const mark = w.fork(2); …; w.join(mark)`.
 * All methods throw {@link ProtobufError} for a value outside of the range of its type.
 */
export class ProtobufWriter {
  #buffer: Buffer;
  #view: DataView;
  #at = 0;
  #depth = 0;

  /** `capacity`: bytes reserved at first; the buffer grows by doubling. */
  constructor(capacity = 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(capacity, 16));
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  #grow(more: number): void {
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + more));
    this.#buffer.copy(bigger, 0, 0, this.#at);
    this.#buffer = bigger;
    this.#view = new DataView(bigger.buffer);
  }

  tag(field: number, wireType: number): void {
    // `>>> 0`: the three highest bits of a field number reach bit 31.
    this.#uint32(((field << 3) | wireType) >>> 0);
  }

  #uint32(n: number): void {
    if (this.#at + 5 > this.#buffer.length) this.#grow(5);
    const buffer = this.#buffer;
    let at = this.#at;
    while (n > 0x7f) {
      buffer[at++] = (n & 0x7f) | 0x80;
      n >>>= 7;
    }
    buffer[at++] = n;
    this.#at = at;
  }

  /** An integer from -2^63 up to 2^64 (exclusive), of any type but sint. Negative ones take ten bytes. */
  varint(n: number): void {
    if (n >= 0 && n < TWO_32) {
      if (n !== Math.floor(n)) throw new ProtobufError(`${n} is not an integer`);
      this.#uint32(n);
      return;
    }
    if (!Number.isInteger(n)) throw new ProtobufError(`${n} is not an integer`);
    if (n < -TWO_63 || n >= TWO_64) throw new ProtobufError(`${n} does not fit into 64 bits`);
    // Two's complement in two halves: floor division gives the high one for negative numbers too.
    const high = Math.floor(n / TWO_32);
    this.#varint64((n - high * TWO_32) >>> 0, high >>> 0);
  }

  /** As {@link varint}, exact beyond 2^53. */
  bigVarint(n: bigint): void {
    if (n < -(1n << 63n) || n >= 1n << 64n) throw new ProtobufError(`${n} does not fit into 64 bits`);
    const bits = BigInt.asUintN(64, n);
    this.#varint64(Number(bits & 0xffffffffn), Number(bits >> 32n));
  }

  #varint64(low: number, high: number): void {
    if (this.#at + 10 > this.#buffer.length) this.#grow(10);
    const buffer = this.#buffer;
    let at = this.#at;
    while (high !== 0) {
      buffer[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    while (low > 0x7f) {
      buffer[at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    buffer[at++] = low;
    this.#at = at;
  }

  bool(b: boolean): void {
    if (this.#at + 1 > this.#buffer.length) this.#grow(1);
    this.#buffer[this.#at++] = b ? 1 : 0;
  }

  /** UTF-8 with its length. A lone surrogate becomes U+FFFD. */
  string(s: string): void {
    const length = s.length;
    if (length <= SHORT_STRING) {
      if (this.#at + 1 + length > this.#buffer.length) this.#grow(1 + length);
      const buffer = this.#buffer;
      const start = this.#at;
      let i = 0;
      for (; i < length; i++) {
        const c = s.charCodeAt(i);
        if (c > 0x7f) break;
        buffer[start + 1 + i] = c;
      }
      if (i === length) {
        buffer[start] = length;
        this.#at = start + 1 + length;
        return;
      }
    }
    const size = Buffer.byteLength(s);
    this.#uint32(size);
    if (this.#at + size > this.#buffer.length) this.#grow(size);
    this.#buffer.write(s, this.#at, size, "utf8");
    this.#at += size;
  }

  /** Bytes with their length. */
  bytes(b: Uint8Array): void {
    this.#uint32(b.length);
    this.raw(b);
  }

  /** Bytes as they are: for what is encoded already. */
  raw(b: Uint8Array): void {
    if (this.#at + b.length > this.#buffer.length) this.#grow(b.length);
    this.#buffer.set(b, this.#at);
    this.#at += b.length;
  }

  double(n: number): void {
    if (this.#at + 8 > this.#buffer.length) this.#grow(8);
    this.#view.setFloat64(this.#at, n, true);
    this.#at += 8;
  }

  float(n: number): void {
    if (this.#at + 4 > this.#buffer.length) this.#grow(4);
    this.#view.setFloat32(this.#at, n, true);
    this.#at += 4;
  }

  /**
   * Begins a nested message as field `field`; give the answer to {@link join} when its fields are written.
   * One byte is kept for the length, which fits most; a longer message is moved up by `join`.
   */
  fork(field: number): number {
    if (++this.#depth > MAX_DEPTH) throw new ProtobufError(`messages are nested deeper than ${MAX_DEPTH}`);
    this.tag(field, BYTES);
    if (this.#at + 1 > this.#buffer.length) this.#grow(1);
    return this.#at++;
  }

  join(mark: number): void {
    this.#depth--;
    const start = mark + 1;
    const size = this.#at - start;
    if (size < 0x80) {
      this.#buffer[mark] = size;
      return;
    }
    const extra = size < 0x4000 ? 1 : size < 0x200000 ? 2 : size < 0x10000000 ? 3 : 4;
    if (this.#at + extra > this.#buffer.length) this.#grow(extra);
    const end = this.#at + extra;
    this.#buffer.copyWithin(start + extra, start, this.#at);
    this.#at = mark;
    this.#uint32(size);
    this.#at = end;
  }

  /** A nested message written by `write`: {@link fork} and {@link join} around it. */
  message(field: number, write: (writer: this) => void): void {
    const mark = this.fork(field);
    write(this);
    this.join(mark);
  }

  /** What was written, in bytes of their own. The writer is empty afterwards and can be used again. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#at);
    bytes.set(this.#buffer.subarray(0, this.#at));
    this.reset();
    return bytes;
  }

  /** Forgets what was written: needed before using a writer again in which a write threw. */
  reset(): void {
    this.#at = 0;
    this.#depth = 0;
  }
}

/**
 * Reads values one after the other:
 * `for (let tag = r.tag(); tag !== 0; tag = r.tag()) switch (tag >>> 3) { case 1: …; default: r.skip(tag) }`.
 * Whoever reads a field must have looked at its wire type (`tag & 7`). All methods throw {@link ProtobufError}
 * where the bytes end early or say something impossible; they never read outside of [start, end).
 */
export class ProtobufReader {
  readonly #buffer: Buffer;
  #at: number;
  #end: number;
  #depth = 0;
  /** The halves of the varint read last: a second result without an allocation. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (start < 0 || end > bytes.length || start > end) throw new ProtobufError("the range lies outside of the bytes");
    this.#at = start;
    this.#end = end;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#at;
  }

  /** Offset at which the message that is being read ends. */
  get end(): number {
    return this.#end;
  }

  /** `field << 3 | wireType` of the next field (unsigned), 0 at the end of the message. */
  tag(): number {
    if (this.#at >= this.#end) return 0;
    const first = this.#buffer[this.#at]!;
    if (first < 0x80) {
      this.#at++;
      if (first < 8) throw new ProtobufError("field number 0");
      return first;
    }
    this.#varint64();
    const tag = this.#low;
    if (this.#high !== 0 || tag >>> 3 === 0 || tag >>> 3 > MAX_FIELD) throw new ProtobufError("bad field number");
    return tag;
  }

  #varint64(): void {
    const buffer = this.#buffer;
    const end = this.#end;
    let at = this.#at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new ProtobufError("the bytes end within a varint");
      const byte = buffer[at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break;
        this.#at = at;
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new ProtobufError("a varint is longer than 64 bits");
  }

  /** An unsigned integer of up to 64 bits; beyond 2^53 the nearest double. */
  varint(): number {
    const at = this.#at;
    if (at < this.#end) {
      const first = this.#buffer[at]!;
      if (first < 0x80) {
        this.#at = at + 1;
        return first;
      }
    }
    this.#varint64();
    return this.#high * TWO_32 + this.#low;
  }

  /** A signed integer of 32 bits, cut from a longer one as protobuf asks. */
  int32(): number {
    return this.uint32() | 0;
  }

  uint32(): number {
    const at = this.#at;
    if (at < this.#end && this.#buffer[at]! < 0x80) return this.#buffer[this.#at++]!;
    this.#varint64();
    return this.#low;
  }

  /** A signed integer of 64 bits; beyond 2^53 the nearest double. */
  int64(): number {
    const at = this.#at;
    if (at < this.#end && this.#buffer[at]! < 0x80) return this.#buffer[this.#at++]!;
    this.#varint64();
    return (this.#high | 0) * TWO_32 + this.#low;
  }

  bigInt64(): bigint {
    this.#varint64();
    return (BigInt(this.#high | 0) << 32n) | BigInt(this.#low);
  }

  bigUint64(): bigint {
    this.#varint64();
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  bool(): boolean {
    const at = this.#at;
    if (at < this.#end && this.#buffer[at]! < 0x80) return this.#buffer[this.#at++]! !== 0;
    this.#varint64();
    return this.#low !== 0 || this.#high !== 0;
  }

  double(): number {
    const at = this.#advance(8);
    return this.#buffer.readDoubleLE(at);
  }

  float(): number {
    const at = this.#advance(4);
    return this.#buffer.readFloatLE(at);
  }

  /** Checks that `n` bytes follow, steps over them, answers where they begin. */
  #advance(n: number): number {
    const at = this.#at;
    if (n > this.#end - at) throw new ProtobufError(`${n} bytes announced, ${this.#end - at} left`);
    this.#at = at + n;
    return at;
  }

  /** UTF-8; what is not valid becomes U+FFFD, as upstream's answers show it in JSON. */
  string(): string {
    const size = this.varint();
    const at = this.#advance(size);
    if (size <= SHORT_STRING) {
      let s = "";
      let i = 0;
      for (; i < size; i++) {
        const byte = this.#buffer[at + i]!;
        if (byte > 0x7f) break;
        s += String.fromCharCode(byte);
      }
      if (i === size) return s;
    }
    return this.#buffer.toString("utf8", at, at + size);
  }

  /** A view into the bytes that are being read: copy it to keep it longer than them. */
  bytes(): Uint8Array {
    const size = this.varint();
    if (size === 0) return NO_BYTES;
    const at = this.#advance(size);
    return this.#buffer.subarray(at, at + size);
  }

  /**
   * A nested message or a packed list: `read` sees this reader end where the message ends.
   * What `read` leaves unread is an error.
   */
  message<T>(read: (reader: this) => T): T {
    const outer = this.enter();
    const value = read(this);
    this.leave(outer);
    return value;
  }

  /** {@link message} in two halves, for loops that want no closure. Give the answer to {@link leave}. */
  enter(): number {
    const size = this.varint();
    if (++this.#depth > MAX_DEPTH) throw new ProtobufError(`messages are nested deeper than ${MAX_DEPTH}`);
    const outer = this.#end;
    this.#end = this.#advance(size) + size;
    this.#at = this.#end - size;
    return outer;
  }

  leave(outer: number): void {
    if (this.#at !== this.#end) throw new ProtobufError(`${this.#end - this.#at} bytes of a message were not read`);
    this.#depth--;
    this.#end = outer;
  }

  /** Steps over the value of the field whose tag (or bare wire type) was just read. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.#varint64();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case BYTES:
        this.#advance(this.varint());
        return;
      case FIXED32:
        this.#advance(4);
        return;
      case START_GROUP:
        this.#skipGroup(tag >>> 3);
        return;
      default:
        throw new ProtobufError(`unexpected wire type ${tag & 7}`);
    }
  }

  #skipGroup(field: number): void {
    if (++this.#depth > MAX_DEPTH) throw new ProtobufError(`groups are nested deeper than ${MAX_DEPTH}`);
    for (;;) {
      const tag = this.tag();
      if (tag === 0) throw new ProtobufError("the bytes end within a group");
      if ((tag & 7) === END_GROUP) {
        if (tag >>> 3 !== field) throw new ProtobufError("a group ends with another field's number");
        this.#depth--;
        return;
      }
      this.skip(tag);
    }
  }
}
