// Objects in protobuf: the envelope and messages of kinds (schema/protobuf-envelope.ts), frames of a watch.
import assert from "node:assert/strict";
import { DecodeError } from "../../../src/schema/decode.ts";
import {
  decodeObject,
  decodeWatchEvent,
  encodeObject,
  encodeWatchFrame,
  readEnvelope,
} from "../../../src/schema/protobuf-envelope.ts";
import { decodeValue } from "../../../src/schema/decode.ts";
import { goldenInputs } from "../corpus.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";
import { SMALL_OBJECTS } from "./decode.ts";
import { GOLDEN, judge, kinds } from "./kinds.ts";

const PREFIX = "k8s\0";

function* objects(): Generator<Uint8Array> {
  for (const one of SMALL_OBJECTS) {
    const resource = kinds.find(({ kind }) => "kind" in one && kind === one.kind)!;
    yield encodeObject(resource.schema, decodeValue(resource.schema, one).value as never);
  }
  yield* goldenInputs("pb", GOLDEN);
}

export const protobuf: Target = {
  name: "protobuf",
  words: [PREFIX, "\n\0", "\x0a\x7f", "\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "\x0b", "\x0c", "Pod", "v1"],
  slowMs: 600,
  mostBytes: 24 * 1024,
  seeds: objects,
  allows: only(DecodeError),
  run(input) {
    // A broken prefix is found at once: most inputs should get further.
    const bytes = Buffer.concat([Buffer.from(PREFIX), input.subarray(4)]);
    const { kind, apiVersion } = readEnvelope(bytes);
    const resource = kinds.find((one) => one.kind === kind) ?? kinds[bytes.length % kinds.length]!;
    const value = decodeObject(resource.schema, bytes);
    assert.ok(Object.isFrozen(value), "what is decoded is frozen");
    const type = { apiVersion, kind };
    const written = encodeObject(resource.schema, value as never, type);
    const again = encodeObject(resource.schema, decodeObject(resource.schema, written) as never, type);
    assert.ok(Buffer.from(written).equals(again), "what is written is read as the same");
    return `${resource.kind} ${judge(resource, value as object)}`;
  },
};

export const watchFrame: Target = {
  name: "watch-frame",
  *seeds() {
    for (const object of objects()) yield encodeWatchFrame("ADDED", object).subarray(4);
  },
  allows: only(DecodeError),
  run(input) {
    const { type, object } = decodeWatchEvent(input);
    const again = decodeWatchEvent(encodeWatchFrame(type, object).subarray(4));
    assert.equal(again.type, type);
    assert.ok(Buffer.from(again.object).equals(object));
    return type.slice(0, 10);
  },
};
