// The envelope, list and watch frame around protobuf messages. It refuses to know fields (protobuf.ts) and HTTP.
//
// Lists and frames are spliced from encoded objects, so that bytes kept by a server are never made twice.
// Specification: Kubernetes API concepts, "Kubernetes Protobuf encoding"; runtime.Unknown in apimachinery.
import { BYTES } from "../wire/protobuf/codec.ts";
import type { ProtobufWriter } from "../wire/protobuf/codec.ts";
import { DecodeError } from "./decode-scalar.ts";
import { ListMeta } from "./meta/object-meta.ts";
import { decodeProtobuf, decoded, encoded } from "./protobuf.ts";
import { messageWriterOf } from "./protobuf-write.ts";
import type { AnyObjectNode, ValueIn } from "./node.ts";

/** The four bytes before every object: `k8s` and zero. */
const PREFIX = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/** The envelope: runtime.Unknown. `raw` is the message, without apiVersion and kind, which are here. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
  /** "" for protobuf. */
  readonly contentType: string;
}

/** A kind as the envelope names it. */
export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** An object as it is sent: prefix, envelope, message. Its apiVersion and kind are taken from the value unless given. */
export function encodeObject<N extends AnyObjectNode>(
  node: N,
  value: ValueIn<N>,
  type: Partial<TypeMeta> = value as Partial<TypeMeta>,
): Uint8Array<ArrayBuffer> {
  const write = messageWriterOf(node);
  return encoded((writer) => writeEnvelope(writer, type, (inner) => write(value, inner)));
}

/** Puts an encoded message into its envelope, behind the prefix. */
export function wrapMessage(type: TypeMeta, message: Uint8Array): Uint8Array<ArrayBuffer> {
  return encoded((writer) => writeEnvelope(writer, type, (inner) => inner.raw(message)));
}

function writeEnvelope(
  writer: ProtobufWriter,
  { apiVersion = "", kind = "" }: Partial<TypeMeta>,
  body: (writer: ProtobufWriter) => void,
): void {
  writer.raw(PREFIX);
  writer.message(1, (typeMeta) => {
    typeMeta.tag(1, BYTES);
    typeMeta.string(apiVersion);
    typeMeta.tag(2, BYTES);
    typeMeta.string(kind);
  });
  writer.message(2, body);
  // Content encoding and content type, empty for protobuf.
  writer.tag(3, BYTES);
  writer.string("");
  writer.tag(4, BYTES);
  writer.string("");
}

/** Whether bytes begin like an object in protobuf. */
export const hasPrefix = (bytes: Uint8Array): boolean => PREFIX.every((byte, i) => bytes[i] === byte);

/** Opens the envelope; `raw` is a view into the bytes. Throws {@link DecodeError}. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (!hasPrefix(bytes))
    throw new DecodeError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  return decoded(bytes.subarray(PREFIX.length), (reader) => {
    let [apiVersion, kind, contentType] = ["", "", ""];
    let raw: Uint8Array = new Uint8Array();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if ((tag & 7) !== BYTES) reader.skip(tag);
      else if (tag >>> 3 === 1) {
        const outer = reader.enter();
        for (let inner = reader.tag(); inner !== 0; inner = reader.tag()) {
          if (inner === ((1 << 3) | BYTES)) apiVersion = reader.string();
          else if (inner === ((2 << 3) | BYTES)) kind = reader.string();
          else reader.skip(inner);
        }
        reader.leave(outer);
      } else if (tag >>> 3 === 2) raw = reader.bytes();
      else if (tag >>> 3 === 4) contentType = reader.string();
      else reader.skip(tag);
    }
    return { apiVersion, kind, raw, contentType };
  });
}

/** Reads an object with its envelope: the result has apiVersion and kind if the schema does. Throws {@link DecodeError}. */
export function decodeObject<N extends AnyObjectNode>(node: N, bytes: Uint8Array): ValueIn<N> {
  const { apiVersion, kind, raw } = readEnvelope(bytes);
  const value = decodeProtobuf(node, raw) as object;
  const typed = {
    ...(apiVersion && node.fields["apiVersion"] && { apiVersion }),
    ...(kind && node.fields["kind"] && { kind }),
    ...value,
  };
  return Object.freeze(typed) as ValueIn<N>;
}

/** A list out of its items' messages, with its envelope. */
export function encodeList(type: TypeMeta, metadata: ListMeta, items: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writeMeta = messageWriterOf(ListMeta);
  return encoded((writer) =>
    writeEnvelope(writer, type, (list) => {
      list.message(1, (meta) => writeMeta(metadata, meta));
      for (const item of items) {
        list.tag(2, BYTES);
        list.bytes(item);
      }
    }),
  );
}

/**
 * One event of a watch as a frame: four bytes of length, most significant first, then a bare WatchEvent whose object
 * is an object with its envelope.
 */
export function encodeWatchFrame(type: string, object: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = encoded((writer) => {
    writer.raw(new Uint8Array(4));
    writer.tag(1, BYTES);
    writer.string(type);
    writer.message(2, (raw) => {
      raw.tag(1, BYTES);
      raw.bytes(object);
    });
  });
  new DataView(frame.buffer).setUint32(0, frame.length - 4);
  return frame;
}

/** One event out of the body of a frame (without its length). Throws {@link DecodeError}. */
export function decodeWatchEvent(frame: Uint8Array): { readonly type: string; readonly object: Uint8Array } {
  return decoded(frame, (reader) => {
    let type = "";
    let object: Uint8Array = new Uint8Array();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if (tag === ((1 << 3) | BYTES)) type = reader.string();
      else if (tag === ((2 << 3) | BYTES)) {
        const outer = reader.enter();
        for (let inner = reader.tag(); inner !== 0; inner = reader.tag()) {
          if (inner === ((1 << 3) | BYTES)) object = reader.bytes();
          else reader.skip(inner);
        }
        reader.leave(outer);
      } else reader.skip(tag);
    }
    return { type, object };
  });
}
