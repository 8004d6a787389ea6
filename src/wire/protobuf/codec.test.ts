// The codec against @bufbuild/protobuf's and against random bytes.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { BYTES, FIXED64, MAX_DEPTH, ProtobufError, ProtobufReader, ProtobufWriter, VARINT } from "./codec.ts";

const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

test("integers are written as the peer writes them, and read back", () => {
  fc.assert(
    fc.property(int64, uint64, fc.maxSafeInteger(), fc.integer(), (signed, unsigned, safe, small) => {
      const ours = new ProtobufWriter(1);
      ours.bigVarint(signed);
      ours.bigVarint(unsigned);
      ours.varint(safe);
      ours.varint(small);
      const bytes = ours.finish();
      const peer = new BinaryWriter().int64(signed).uint64(unsigned).int64(safe).int32(small).finish();
      assert.deepEqual(bytes, new Uint8Array(peer));
      const reader = new ProtobufReader(bytes);
      assert.equal(reader.bigInt64(), signed);
      assert.equal(reader.bigUint64(), unsigned);
      assert.equal(reader.int64(), safe);
      assert.equal(reader.int32(), small);
      assert.equal(reader.tag(), 0);
    }),
  );
});

test("numbers at the edges", () => {
  for (const n of [
    0,
    1,
    127,
    128,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53,
    -1,
    -128,
    -(2 ** 31),
    -(2 ** 53),
    -(2 ** 63),
  ]) {
    const writer = new ProtobufWriter();
    writer.varint(n);
    assert.equal(new ProtobufReader(writer.finish()).int64(), n);
  }
  for (const n of [0.5, 2 ** 32 + 0.5, NaN, Infinity, 2 ** 64, -(2 ** 63) - 2048]) {
    assert.throws(() => new ProtobufWriter().varint(n), ProtobufError, String(n));
  }
  assert.throws(() => new ProtobufWriter().bigVarint(1n << 64n), ProtobufError);
});

test("strings, bytes, doubles, tags", () => {
  const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: "binary", maxLength: 400 }));
  const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });
  fc.assert(
    fc.property(field, text, fc.uint8Array({ maxLength: 300 }), fc.double(), (number, s, b, d) => {
      const ours = new ProtobufWriter(1);
      ours.tag(number, BYTES);
      ours.string(s);
      ours.tag(number, BYTES);
      ours.bytes(b);
      ours.tag(number, FIXED64);
      ours.double(d);
      const bytes = ours.finish();
      const peer = new BinaryWriter()
        .tag(number, 2)
        .string(s)
        .tag(number, 2)
        .bytes(b)
        .tag(number, 1)
        .double(d)
        .finish();
      assert.deepEqual(bytes, new Uint8Array(peer));
      const reader = new ProtobufReader(bytes);
      assert.equal(reader.tag() >>> 3, number);
      assert.equal(reader.string(), s);
      reader.skip(reader.tag());
      assert.equal(reader.tag() & 7, FIXED64);
      assert.equal(reader.double(), d);
    }),
  );
});

test("nested messages of every length of length", () => {
  for (const size of [0, 1, 127, 128, 16383, 16384, 2 ** 21 - 8, 2 ** 21]) {
    const payload = Buffer.alloc(size, 7);
    const ours = new ProtobufWriter(1);
    ours.message(3, (outer) => outer.message(4, (inner) => inner.raw(payload)));
    ours.tag(5, VARINT);
    ours.bool(true);
    const inner = new BinaryWriter().tag(4, 2).bytes(payload).finish();
    const peer = new BinaryWriter().tag(3, 2).bytes(inner).tag(5, 0).bool(true).finish();
    assert.equal(Buffer.compare(ours.finish(), peer), 0, `size ${size}`);
    const reader = new ProtobufReader(peer);
    assert.equal(reader.tag(), (3 << 3) | BYTES);
    const read = reader.message((r) => (assert.equal(r.tag(), (4 << 3) | BYTES), r.bytes().length));
    assert.equal(read, size);
    assert.equal(reader.tag(), 5 << 3);
    assert.equal(reader.bool(), true);
  }
});

test("what is not protobuf is a ProtobufError and nothing else", () => {
  const drain = (reader: ProtobufReader, depth: number): void => {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if ((tag & 7) === BYTES && depth < 4 && tag & 8) reader.message((inner) => drain(inner, depth + 1));
      else reader.skip(tag);
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        drain(new ProtobufReader(bytes), 0);
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
  const bad: [string, number[]][] = [
    ["a varint without an end", [0x80, 0x80]],
    ["eleven bytes", [...Array<number>(10).fill(0xff), 1]],
    ["64 bits and more", [...Array<number>(9).fill(0xff), 2]],
  ];
  for (const [what, bytes] of bad) {
    assert.throws(() => new ProtobufReader(Uint8Array.from(bytes)).varint(), ProtobufError, what);
  }
  assert.throws(() => new ProtobufReader(Uint8Array.of(5, 1)).string(), /announced/);
  assert.throws(() => new ProtobufReader(Uint8Array.of(0)).tag(), /field number/);
});

test("a reader keeps to its range and its depth", () => {
  const reader = new ProtobufReader(Uint8Array.of(9, 9, 8, 1, 9), 2, 4);
  assert.equal(reader.tag(), 8);
  assert.equal(reader.varint(), 1);
  assert.equal(reader.tag(), 0);
  const deep = Buffer.alloc((MAX_DEPTH + 2) * 2, Uint8Array.of((1 << 3) | START));
  const groups = new ProtobufReader(deep);
  assert.throws(() => groups.skip(groups.tag()), /nested deeper/);
  const endless = (writer: ProtobufWriter): void => writer.message(1, endless);
  assert.throws(() => endless(new ProtobufWriter()), /nested deeper/);
});

const START = 3;

test("a message cannot be read beyond its end", () => {
  const bytes = Uint8Array.of(2, 8, 1, 99);
  const reader = new ProtobufReader(bytes);
  assert.throws(() => reader.message((r) => void r.tag()), /not read/);
  const longer = new ProtobufReader(Uint8Array.of(4, 8, 1));
  assert.throws(() => longer.message(() => 0), /announced/);
});
