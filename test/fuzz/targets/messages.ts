// Messages of gRPC services (wire/protobuf/message.ts): the CRI's and containerd's, as a runtime answers them.
import assert from "node:assert/strict";
import { Events, Envelope, runtimeEventOf } from "../../../src/wire/containerd/events.ts";
import { Content } from "../../../src/wire/containerd/content.ts";
import { Images } from "../../../src/wire/containerd/images.ts";
import { ImageService, RuntimeService } from "../../../src/wire/cri/service.ts";
import { ProtobufError } from "../../../src/wire/protobuf/codec.ts";
import type { AnyMessage } from "../../../src/wire/protobuf/message.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";

const messages: readonly AnyMessage[] = [RuntimeService, ImageService, Events, Content, Images].flatMap(({ methods }) =>
  Object.values(methods).flatMap(({ input, output }) => [input as AnyMessage, output as AnyMessage]),
);

/** A value of a message that has something in every field, to some depth. */
function filled(message: AnyMessage, depth: number): object {
  const value: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const [name, { type, oneof }] of Object.entries(message.fields)) {
    if (oneof !== undefined && seen.has(oneof)) continue;
    if (oneof !== undefined) seen.add(oneof);
    const one = example(type, depth);
    if (one !== undefined) value[name] = one;
  }
  return value;
}

function example(type: unknown, depth: number): unknown {
  const shape = type as {
    form: string;
    of?: unknown;
    value?: unknown;
    message?: () => AnyMessage;
    zero?: unknown;
    key?: { zero: unknown };
  };
  switch (shape.form) {
    case "message":
      return depth > 0 ? filled(shape as unknown as AnyMessage, depth - 1) : undefined;
    case "lazy":
      return depth > 0 ? filled(shape.message!(), depth - 1) : undefined;
    case "repeated": {
      const item = example(shape.of, depth);
      return item === undefined ? [] : [item, item];
    }
    case "map": {
      const item = example(shape.value, depth);
      return item === undefined ? {} : { [typeof shape.key!.zero === "string" ? "k" : "7"]: item };
    }
    case "optional":
      return example(shape.of, depth);
    default:
      if (typeof shape.zero === "number") return 5;
      if (typeof shape.zero === "bigint") return 5n;
      if (typeof shape.zero === "boolean") return true;
      return shape.zero === "" ? "text" : shape.zero;
  }
}

/** The first byte says which message the rest is read as. */
export const grpcMessages: Target = {
  name: "messages",
  words: ["\n\x00", "\x0a\x05", "\x12\x80\x80\x80\x80\x08", "\x0b", "\x0c", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"],
  *seeds() {
    for (const [i, message] of messages.entries())
      yield Buffer.concat([Buffer.of(i), message.encode(filled(message, 4))]);
    yield Buffer.concat([
      Buffer.of(0),
      Envelope.encode({ topic: "/tasks/exit", event: { typeUrl: "x", value: Buffer.from([10, 1, 97]) } }),
    ]);
  },
  allows: only(ProtobufError),
  run(input) {
    const message = messages[(input[0] ?? 0) % messages.length]!;
    const value = message.decode(input.subarray(1));
    const written = message.encode(value);
    assert.ok(
      Buffer.from(written).equals(message.encode(message.decode(written))),
      "what is written is read as the same",
    );
    const event = runtimeEventOf({
      ...Envelope.decode(new Uint8Array()),
      topic: "/tasks/exit",
      event: { typeUrl: "", value: input.subarray(1) },
    });
    return `${message.name} ${event?.topic}`;
  },
};
