// Objects as protobuf: alone, in lists, in the frames of a watch. It refuses to know fields and envelopes (schema/protobuf.ts).
//
// Messages that were made are kept within a bound, for what many clients read (each kubelet, each informer).
import { ObjectMeta } from "../../schema/meta/object-meta.ts";
import type { Status } from "../../schema/meta/status.ts";
import { STATUS } from "../../schema/meta/status-node.ts";
import { object, optional } from "../../schema/node.ts";
import { encodeProtobuf } from "../../schema/protobuf.ts";
import { encodeObject, encodeWatchFrame, wrapMessage } from "../../schema/protobuf-envelope.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { ServedKind } from "../kinds.ts";
import type { Accepted } from "../negotiation.ts";
import { PROTOBUF_TYPE } from "../negotiation.ts";
import { withRevision } from "../watch-cache/kept.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Seen } from "../watch-cache/watcher.ts";
import { BREAK, BREAK_EVERY, bookmarkMetadata } from "./encoder.ts";
import type { Encoder } from "./encoder.ts";
import type { PieceBuffers } from "./piece-buffers.ts";
import { protobufList } from "./protobuf-list.ts";
import { partialMetadata } from "./partial-metadata.ts";

const PARTIAL = object("k8s.io.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata", {
  metadata: optional(1, ObjectMeta, "Metadata."),
});

export function protobufObjects(
  served: ServedKind,
  accepted: Accepted,
  { messages, buffers }: { readonly messages: KeptMessages; readonly buffers: PieceBuffers },
): Encoder {
  const partial = accepted.shape !== "Object";
  const apiVersion = partial ? `meta.k8s.io/${accepted.shapeVersion}` : served.apiVersion;
  const type = { apiVersion, kind: partial ? "PartialObjectMetadata" : served.resource.kind };
  const listType = { apiVersion, kind: partial ? "PartialObjectMetadataList" : served.resource.listKind };
  const id = `${apiVersion} ${type.kind}`;
  const asked = (stored: KubeObject) => {
    const worked = served.fromStored?.(stored) ?? stored;
    return served.fromWorked?.(worked) ?? worked;
  };
  const message = (value: KubeObject) =>
    partial
      ? encodeProtobuf(PARTIAL, { metadata: partialMetadata(served.resource, value) })
      : encodeProtobuf(served.schema, value);
  const made = (kept: Kept) => messages.get(kept, id, () => message(asked(kept.object)));
  const whole = (raw: Uint8Array) => wrapMessage(type, raw);
  return {
    contentType: PROTOBUF_TYPE,
    streamType: `${PROTOBUF_TYPE};stream=watch`,
    one: (kept) => whole(made(kept)),
    value: (value) => whole(message(served.fromWorked?.(value) ?? value)),
    *list(meta, items) {
      // The length of the whole stands in front of it, so all messages are made before the first piece.
      const encoded: Uint8Array[] = [];
      for (const kept of items) {
        encoded.push(made(kept));
        if (encoded.length % BREAK_EVERY === 0) yield BREAK;
      }
      yield* protobufList(listType, meta, encoded, buffers);
    },
    event({ type: change, kept, revision, event }: Seen) {
      const make = () =>
        encodeWatchFrame(
          change,
          whole(revision === kept.revision ? made(kept) : message(asked(withRevision(kept.object, revision)))),
        );
      return event === undefined ? make() : event.frame(`protobuf ${id} ${change}`, make);
    },
    bookmark(revision, initialEnd) {
      const value = { metadata: bookmarkMetadata(revision, initialEnd) } as KubeObject;
      return encodeWatchFrame("BOOKMARK", whole(message(value)));
    },
    failure: (status) => encodeWatchFrame("ERROR", protobufStatus(status)),
  };
}

/** A Status in its envelope. */
export const protobufStatus = (status: Status): Uint8Array => encodeObject(STATUS, status as never);

/** The bytes of messages that are kept, at most. */
const MOST_KEPT = 64 * 2 ** 20;

/** Messages by object and form, the least recently made gone first. One for each server. */
export class KeptMessages {
  readonly #messages = new Map<Kept, Map<string, Uint8Array>>();
  #bytes = 0;

  get(kept: Kept, id: string, make: () => Uint8Array): Uint8Array {
    const forms = this.#messages.get(kept);
    const found = forms?.get(id);
    if (found !== undefined) return found;
    const message = make();
    if (forms === undefined) this.#messages.set(kept, new Map([[id, message]]));
    else forms.set(id, message);
    this.#bytes += message.length;
    for (const [oldest, gone] of this.#messages) {
      if (this.#bytes <= MOST_KEPT) break;
      this.#messages.delete(oldest);
      for (const one of gone.values()) this.#bytes -= one.length;
    }
    return message;
  }
}
