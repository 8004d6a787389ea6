// A list in protobuf, in pieces: the messages of its items are copied once, between a head that knows the length of all and an
// end. It refuses to make messages, and the envelope, which is that of a list without items (schema/protobuf-envelope.ts).
import { encodeList, readEnvelope } from "../../schema/protobuf-envelope.ts";
import type { TypeMeta } from "../../schema/protobuf-envelope.ts";
import type { ListMeta } from "./encoder.ts";
import { PIECE_BYTES } from "./piece-buffers.ts";
import type { PieceBuffers } from "./piece-buffers.ts";

/** Field 2 of every list, with a length. */
const ITEM_TAG = (2 << 3) | 2;

const varintBytes = (n: number) => (n < 0x80 ? 1 : n < 0x4000 ? 2 : n < 0x20_0000 ? 3 : n < 0x1000_0000 ? 4 : 5);

function writeVarint(target: Uint8Array, at: number, n: number): number {
  let rest = n;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

const itemBytes = (message: Uint8Array) => 1 + varintBytes(message.length) + message.length;

function writeItem(target: Uint8Array, at: number, message: Uint8Array): number {
  target[at++] = ITEM_TAG;
  at = writeVarint(target, at, message.length);
  target.set(message, at);
  return at + message.length;
}

/** What stands before the first item, with the length of the whole list in it, and what stands behind the last. */
function ends(type: TypeMeta, meta: ListMeta, items: number): readonly [Uint8Array, Uint8Array] {
  const empty = encodeList(type, meta, []);
  const { raw } = readEnvelope(empty);
  const from = raw.byteOffset - empty.byteOffset;
  const length = raw.length + items;
  const before = empty.subarray(0, from - varintBytes(raw.length));
  const head = new Uint8Array(before.length + varintBytes(length) + raw.length);
  head.set(before);
  head.set(raw, writeVarint(head, before.length, length));
  return [head, empty.subarray(from + raw.length)];
}

export function* protobufList(
  type: TypeMeta,
  meta: ListMeta,
  messages: readonly Uint8Array[],
  buffers: PieceBuffers,
): Generator<Uint8Array, void, void> {
  const items = messages.reduce((sum, message) => sum + itemBytes(message), 0);
  const [head, end] = ends(type, meta, items);
  const whole = head.length + items + end.length;
  let piece: Uint8Array = whole <= PIECE_BYTES ? Buffer.allocUnsafe(whole) : buffers.take();
  piece.set(head);
  let at = head.length;
  for (const message of messages) {
    if (at + itemBytes(message) > piece.length) {
      yield piece.subarray(0, at);
      piece = itemBytes(message) > PIECE_BYTES ? Buffer.allocUnsafe(itemBytes(message)) : buffers.take();
      at = 0;
    }
    at = writeItem(piece, at, message);
  }
  if (at + end.length > piece.length) {
    yield piece.subarray(0, at);
    yield end;
  } else {
    piece.set(end, at);
    yield piece.subarray(0, at + end.length);
  }
}
