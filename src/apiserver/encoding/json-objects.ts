// The fast encoder: JSON in the form in which objects are stored. Nothing is encoded, kept bytes are spliced.
import { writeJson } from "../../schema/write.ts";
import type { Status } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { ServedKind } from "../kinds.ts";
import type { EventType } from "../watch-cache/event.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Seen } from "../watch-cache/watcher.ts";
import { bookmarkMetadata, pieces } from "./encoder.ts";
import type { Encoder } from "./encoder.ts";
import { PIECE_BYTES } from "./piece-buffers.ts";
import type { PieceBuffers } from "./piece-buffers.ts";

const COMMA = 0x2c;
const COMMA_BEFORE = Buffer.from(",");
const LIST_END = Buffer.from("]}\n");
const FRAME_END = Buffer.from("}\n");
const FRAME_HEADS: Readonly<Record<EventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};

export function jsonObjects(served: ServedKind, buffers: PieceBuffers): Encoder {
  const { resource, apiVersion, schema } = served;
  const head = `{"kind":"${resource.listKind}","apiVersion":"${apiVersion}","metadata":`;
  return {
    contentType: "application/json",
    streamType: "application/json",
    one: (kept) => kept.line,
    value: (object) => Buffer.from(`${writeJson(schema, object)}\n`),
    list: (meta, items) =>
      schema.untyped
        ? pieces(wholeItems(`${head}${JSON.stringify({ continue: "", ...meta })},"items":[`, items))
        : listParts(`${head}${JSON.stringify(meta)},"items":[`, items, buffers),
    event: (seen) =>
      seen.event === undefined ? frame(seen) : seen.event.frame(`json ${seen.type}`, () => frame(seen)),
    bookmark(revision, initialEnd) {
      const object = { apiVersion, kind: resource.kind, metadata: bookmarkMetadata(revision, initialEnd) };
      return Buffer.from(`{"type":"BOOKMARK","object":${writeJson(schema, object as KubeObject)}}\n`);
    },
    failure: jsonFailure,
  };
}

export const jsonFailure = (status: Status): Uint8Array =>
  Buffer.from(`{"type":"ERROR","object":${JSON.stringify(status)}}\n`);

/** The kept bytes are copied once: into one buffer of the right size, or into pieces of equal size. */
function* listParts(head: string, items: readonly Kept[], buffers: PieceBuffers): Generator<Uint8Array, void, void> {
  const opening = Buffer.from(head);
  let from = 0;
  do {
    let size = from === 0 ? opening.length : 0;
    let to = from;
    while (to < items.length && (to === from || size + items[to]!.itemBytes < MOST_ITEM_BYTES)) {
      size += items[to++]!.itemBytes + 1;
    }
    const last = to === items.length;
    // A list in one piece is held back until it is known to be one, and an item may be longer than a piece.
    const own = (from === 0 && last) || size > MOST_ITEM_BYTES;
    const piece = own ? Buffer.allocUnsafe(size + LIST_END.length) : buffers.take();
    let at = from === 0 ? opening.copy(piece) : 0;
    for (let i = from; i < to; i++) {
      if (i > 0) piece[at++] = COMMA;
      at = items[i]!.writeItem(piece, at);
    }
    if (last) at += LIST_END.copy(piece, at);
    yield piece.subarray(0, at);
    from = to;
  } while (from < items.length);
}

/** Bytes of a piece that items may take. */
const MOST_ITEM_BYTES = PIECE_BYTES - LIST_END.length;

/** Lists of custom resources say of each item what it is, and that nothing follows. */
function* wholeItems(head: string, items: readonly Kept[]): Generator<Uint8Array, void, void> {
  yield Buffer.from(head);
  for (let i = 0; i < items.length; i++) {
    if (i > 0) yield COMMA_BEFORE;
    yield items[i]!.line.subarray(0, -1);
  }
  yield LIST_END;
}

function frame({ type, kept, revision }: Seen): Uint8Array {
  const head = FRAME_HEADS[type];
  const line = kept.lineAt(revision);
  const out = Buffer.allocUnsafe(head.length + line.length - 1 + FRAME_END.length);
  const at = head.copy(out);
  line.copy(out, at);
  FRAME_END.copy(out, at + line.length - 1);
  return out;
}
