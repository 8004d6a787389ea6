// Objects as `application/vnd.kubernetes.protobuf`: message, envelope, list and watch frame. It refuses to know HTTP.
//
// Lists and watch frames are spliced from encoded objects, so that bytes kept by the server are never made twice.
// Specification: Kubernetes API concepts, "Kubernetes Protobuf encoding"; runtime.Unknown in apimachinery.
import { BYTES, ProtobufError, ProtobufReader, ProtobufWriter } from "../wire/protobuf/codec.ts";
import { DecodeError } from "./decode-scalar.ts";
import { ListMeta } from "./meta/object-meta.ts";
import { messageReaderOf } from "./protobuf-read.ts";
import { messageWriterOf } from "./protobuf-write.ts";
import type { MessageWriter } from "./protobuf-write.ts";
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

// Encoding is synchronous and never re-entered, so one buffer serves all of it.
const shared = new ProtobufWriter(64 * 1024);

function encode(write: (writer: ProtobufWriter) => void): Uint8Array<ArrayBuffer> {
  try {
    write(shared);
    return shared.finish();
  } catch (error) {
    shared.reset();
    throw error;
  }
}

/** The message of an object, without envelope: what a list holds as an item. */
export function encodeMessage<N extends AnyObjectNode>(node: N, value: ValueIn<N>): Uint8Array<ArrayBuffer> {
  return encode((writer) => messageWriterOf(node)(value, writer));
}

/** Reads a message. Throws {@link DecodeError} for bytes that are none. */
export function decodeMessage<N extends AnyObjectNode>(node: N, bytes: Uint8Array): ValueIn<N> {
  return refusing(() => messageReaderOf(node)(new ProtobufReader(bytes)) as ValueIn<N>);
}

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtobufError) throw new DecodeError(error.message, { cause: error });
    throw error;
  }
}

/** An object as it is sent: prefix, envelope, message. Its apiVersion and kind are taken from the value unless given. */
export function encodeProtobuf<N extends AnyObjectNode>(
  node: N,
  value: ValueIn<N>,
  type: { readonly apiVersion?: string | undefined; readonly kind?: string | undefined } = value as object,
): Uint8Array<ArrayBuffer> {
  const write = messageWriterOf(node);
  return encode((writer) => writeEnvelope(writer, type, (inner) => write(value, inner)));
}

/** Puts an encoded message into its envelope, behind the prefix. */
export function wrapMessage(type: { readonly apiVersion: string; readonly kind: string }, message: Uint8Array): Uint8Array<ArrayBuffer> {
  return encode((writer) => writeEnvelope(writer, type, (inner) => inner.raw(message)));
}

function writeEnvelope(
  writer: ProtobufWriter,
  { apiVersion = "", kind = "" }: { readonly apiVersion?: string | undefined; readonly kind?: string | undefined },
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
  if (!hasPrefix(bytes)) throw new DecodeError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  return refusing(() => {
    const reader = new ProtobufReader(bytes, PREFIX.length);
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
export function decodeProtobuf<N extends AnyObjectNode>(node: N, bytes: Uint8Array): ValueIn<N> {
  const { apiVersion, kind, raw } = readEnvelope(bytes);
  const value = decodeMessage(node, raw) as object;
  const typed = {
    ...(apiVersion && node.fields["apiVersion"] && { apiVersion }),
    ...(kind && node.fields["kind"] && { kind }),
    ...value,
  };
  return Object.freeze(typed) as ValueIn<N>;
}

/** A list out of its items' messages, with its envelope. */
export function encodeList(
  type: { readonly apiVersion: string; readonly kind: string },
  metadata: ListMeta,
  items: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const writeMeta: MessageWriter = messageWriterOf(ListMeta);
  return encode((writer) =>
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
  const frame = encode((writer) => {
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
  return refusing(() => {
    const reader = new ProtobufReader(frame);
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
