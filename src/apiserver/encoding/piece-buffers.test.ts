// Which buffers are used again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PIECE_BYTES, PieceBuffers } from "./piece-buffers.ts";

test("a piece that has left makes room for the next, foreign bytes do not", () => {
  const buffers = new PieceBuffers();
  const first = buffers.take();
  assert.equal(first.length, PIECE_BYTES);
  assert.notEqual(buffers.take().buffer, first.buffer);
  buffers.giveBack(Buffer.alloc(PIECE_BYTES));
  buffers.giveBack(first.subarray(0, 10));
  const again = buffers.take();
  assert.equal(again.buffer, first.buffer);
  assert.equal(again.length, PIECE_BYTES);
  assert.notEqual(buffers.take().buffer, first.buffer);
});

test("no more are kept than are worth it", () => {
  const buffers = new PieceBuffers();
  const taken = Array.from({ length: 20 }, () => buffers.take());
  for (const one of taken) buffers.giveBack(one);
  const again = new Set(Array.from({ length: 20 }, () => buffers.take().buffer));
  assert.equal(taken.filter((one) => again.has(one.buffer)).length, 8);
});
