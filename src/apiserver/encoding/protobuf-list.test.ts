// Lists in protobuf, in pieces, are the lists that are made in one go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeList } from "../../schema/protobuf-envelope.ts";
import { PIECE_BYTES, PieceBuffers } from "./piece-buffers.ts";
import { protobufList } from "./protobuf-list.ts";

const TYPE = { apiVersion: "v1", kind: "PodList" };
const META = { resourceVersion: "4711", continue: "abc", remainingItemCount: 3 };

const message = (length: number, fill: number) => new Uint8Array(length).fill(fill);

for (const sizes of [
  [],
  [0],
  [1, 127, 128, 300],
  [PIECE_BYTES - 200],
  [PIECE_BYTES - 60],
  [PIECE_BYTES + 1, 5, PIECE_BYTES * 3, 70_000, 70_000, 16_384],
  Array.from({ length: 2000 }, (_, i) => i),
]) {
  test(`${sizes.length} messages, ${sizes.reduce((a, b) => a + b, 0)} bytes`, () => {
    const buffers = new PieceBuffers();
    const messages = sizes.map((length, i) => message(length, i % 251));
    const parts: Uint8Array[] = [];
    for (const piece of protobufList(TYPE, META, messages, buffers)) {
      parts.push(Buffer.from(piece));
      buffers.giveBack(piece);
    }
    const whole = encodeList(TYPE, META, messages);
    assert.ok(Buffer.concat(parts).equals(whole));
    if (whole.length <= PIECE_BYTES) assert.equal(parts.length, 1);
    else assert.ok(parts.length > 1);
  });
}
