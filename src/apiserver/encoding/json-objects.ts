// The fast encoder: JSON in the form in which objects are stored. Nothing is encoded, kept bytes are spliced.
import { writeJson } from "../../schema/write.ts";
import type { Status } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { ServedKind } from "../kinds.ts";
import type { EventType } from "../watch-cache/event.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Seen } from "../watch-cache/watcher.ts";
import { bookmarkMetadata } from "./encoder.ts";
import type { Encoder } from "./encoder.ts";

const COMMA = 0x2c;
const LIST_END = Buffer.from("]}\n");
const LINE_END = Buffer.from("\n");
const FRAME_END = Buffer.from("}\n");
const FRAME_HEADS: Readonly<Record<EventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};

export function jsonObjects(served: ServedKind): Encoder {
  const { resource, apiVersion, schema } = served;
  const head = `{"kind":"${resource.listKind}","apiVersion":"${apiVersion}","metadata":`;
  return {
    contentType: "application/json",
    streamType: "application/json",
    one: (kept) => kept.json(kept.revision, undefined, LINE_END),
    value: (object) => Buffer.from(`${writeJson(schema, object)}\n`),
    list: (meta, items) => listParts(`${head}${JSON.stringify(meta)},"items":[`, items),
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

/** Bytes of a piece: enough for one write, little enough to be made in one go. */
const PIECE = 256 * 1024;

/** Each piece is one buffer into which the kept bytes are copied once. */
function* listParts(head: string, items: readonly Kept[]): Generator<Uint8Array, void, void> {
  const opening = Buffer.from(head);
  let from = 0;
  do {
    let size = from === 0 ? opening.length : 0;
    let to = from;
    while (to < items.length && size < PIECE) size += items[to++]!.itemBytes + 1;
    const last = to === items.length;
    const piece = Buffer.allocUnsafe(size + (last ? LIST_END.length : 0));
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

function frame({ type, kept, revision }: Seen): Uint8Array {
  return kept.json(revision, FRAME_HEADS[type], FRAME_END);
}
