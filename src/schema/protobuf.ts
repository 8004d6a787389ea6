// Objects as protobuf messages, and back: the walk's two entrances. It refuses to know envelopes and frames
// (protobuf-envelope.ts) and apiVersion and kind, which stand there and not in the message.
import { ProtobufError, ProtobufReader, ProtobufWriter } from "../wire/protobuf/codec.ts";
import { DecodeError } from "./decode-scalar.ts";
import { messageReaderOf } from "./protobuf-read.ts";
import { messageWriterOf } from "./protobuf-write.ts";
import type { AnyObjectNode, ValueIn } from "./node.ts";

// Encoding is synchronous and never re-entered, so one buffer serves all of it.
const shared = new ProtobufWriter(64 * 1024);

/** What `write` writes, in bytes of their own. */
export function encoded(write: (writer: ProtobufWriter) => void): Uint8Array<ArrayBuffer> {
  try {
    write(shared);
    return shared.finish();
  } catch (error) {
    shared.reset();
    throw error;
  }
}

/** What `read` reads; bytes that are no protobuf throw {@link DecodeError}. */
export function decoded<T>(bytes: Uint8Array, read: (reader: ProtobufReader) => T): T {
  try {
    return read(new ProtobufReader(bytes));
  } catch (error) {
    if (error instanceof ProtobufError) throw new DecodeError(error.message, { cause: error });
    throw error;
  }
}

/** The message of an object: what an envelope and a list hold. */
export function encodeProtobuf<N extends AnyObjectNode>(node: N, value: ValueIn<N>): Uint8Array<ArrayBuffer> {
  const write = messageWriterOf(node);
  return encoded((writer) => write(value, writer));
}

/** Reads a message into a frozen object in canonical form. Throws {@link DecodeError}. */
export function decodeProtobuf<N extends AnyObjectNode>(node: N, bytes: Uint8Array): ValueIn<N> {
  return decoded(bytes, messageReaderOf(node)) as ValueIn<N>;
}
