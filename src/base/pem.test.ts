// PEM and DER by hand-made examples.
import assert from "node:assert/strict";
import { it } from "node:test";
import { DerError, membersOf, objectIdentifier, readDer, SEQUENCE } from "./der.ts";
import { readPem } from "./pem.ts";

it("reads blocks, and passes over what is none", () => {
  const text = "x\n-----BEGIN A-----\nAQID\n-----END A-----\n-----BEGIN B-----\nK: v\n\nBA==\n-----END B-----\n";
  const blocks = readPem(`${text}-----BEGIN C-----\n!!!!\n-----END C-----\n-----BEGIN D-----\nAQID\n`);
  assert.deepEqual(
    blocks.map(({ type, hasHeaders, der }) => [type, hasHeaders, [...der]]),
    [
      ["A", false, [1, 2, 3]],
      ["B", true, [4]],
    ],
  );
});

it("reads values within values, with short and long lengths", () => {
  const inner = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
  const [sequence] = readDer(new Uint8Array([SEQUENCE, 0x81, inner.length, ...inner]));
  assert.equal(objectIdentifier(membersOf(sequence, SEQUENCE)[0]), "1.2.840.10045.4.3.2");
});

it("says what is wrong", () => {
  assert.throws(() => readDer(new Uint8Array([SEQUENCE, 5, 1])), /data truncated/);
  assert.throws(() => readDer(new Uint8Array([SEQUENCE])), DerError);
  assert.throws(() => readDer(new Uint8Array([SEQUENCE, 0x80])), /length too large/);
  assert.throws(() => membersOf(readDer(new Uint8Array([2, 1, 1]))[0], SEQUENCE), /tags don't match/);
});
