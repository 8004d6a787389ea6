import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DecodeError } from "./decode.ts";
import {
  boolean,
  bytes,
  double,
  int32,
  int64,
  intOrString,
  list,
  map,
  microTime,
  object,
  optional,
  plain,
  pointer,
  quantity,
  rawExtension,
  required,
  string,
  time,
} from "./node.ts";
import { decodeProtobuf, encodeProtobuf } from "./protobuf.ts";
import {
  decodeObject,
  decodeWatchEvent,
  encodeList,
  encodeObject,
  encodeWatchFrame,
  hasPrefix,
  readEnvelope,
  wrapMessage,
} from "./protobuf-envelope.ts";

const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const Inner = object("a.v1.Inner", { s: optional(1, string(), "") });

describe("messages", () => {
  test("plain fields are written even when zero, pointers only when set, in rising order", () => {
    const node = object("a.v1.A", {
      b: optional(3, boolean(), ""),
      s: optional(1, string(), ""),
      n: optional(2, int32(), ""),
      p: pointer(4, int32(), ""),
      m: plain(5, Inner, ""),
      q: optional(6, quantity(), ""),
      t: optional(7, time(), ""),
      l: optional(8, list(string()), ""),
      r: optional(9, rawExtension(), ""),
      d: optional(10, double(), ""),
      y: optional(11, bytes(), ""),
    });
    assert.equal(
      hex(encodeProtobuf(node, {} as never)),
      "0a00" + "1000" + "1800" + "2a020a00" + "32030a0130" + "3a00" + "4a00" + "510000000000000000",
    );
    assert.deepEqual(decodeProtobuf(node, encodeProtobuf(node, { p: 0, n: -1 } as never)), {
      n: -1,
      p: 0,
      m: {},
      q: "0",
    });
  });
  test("inlined Go structs are messages of their own, also nested", () => {
    const node = object("a.v1.A", {
      x: optional([2, 1], string(), ""),
      y: optional([2, 3, 1] as never, string(), ""),
      z: optional(1, string(), ""),
    });
    const value = { x: "a", y: "b", z: "c" };
    assert.equal(hex(encodeProtobuf(node, value)), "0a0163" + "1208" + "0a0161" + "1a03" + "0a0162");
    assert.deepEqual(decodeProtobuf(node, encodeProtobuf(node, value)), value);
  });
  test("maps by key; wrapped lists", () => {
    const node = object("a.v1.A", {
      m: optional(1, map(string()), ""),
      w: optional(2, map(list(string(), { wrapper: "a.v1.Extra" })), ""),
    });
    const value = { m: { b: "2", a: "1" }, w: { k: ["x", "y"] } };
    assert.equal(
      hex(encodeProtobuf(node, value)),
      "0a060a016112013" + "1" + "0a060a0162120132" + "120b0a016b12060a01780a0179",
    );
    assert.deepEqual(decodeProtobuf(node, encodeProtobuf(node, value)), {
      m: { a: "1", b: "2" },
      w: { k: ["x", "y"] },
    });
  });
  test("times before 1970, microseconds, numbers and text in one field, int64", () => {
    const node = object("a.v1.A", {
      t: pointer(1, time(), ""),
      m: pointer(2, microTime(), ""),
      a: pointer(3, intOrString(), ""),
      b: pointer(4, intOrString(), ""),
      n: pointer(5, int64(), ""),
    });
    const value = { t: "1901-02-03T04:05:06Z", m: "2020-02-29T23:59:59.000001Z", a: -5, b: "http", n: -(2 ** 53) + 1 };
    assert.deepEqual(decodeProtobuf(node, encodeProtobuf(node, value)), value);
    const early = { t: "0001-01-01T00:00:01Z" };
    assert.deepEqual(decodeProtobuf(node, encodeProtobuf(node, early)), early);
  });
  test("fields that nobody knows are skipped; a message in two parts is joined as far as lists go", () => {
    const node = object("a.v1.A", { l: optional(1, list(string()), ""), n: required(2, int32(), "") });
    assert.deepEqual(decodeProtobuf(node, Buffer.from("0a0161" + "9a060178" + "1005" + "0a0162", "hex")), {
      l: ["a", "b"],
      n: 5,
    });
  });
  test("packed lists are read as well", () => {
    const node = object("a.v1.A", { l: optional(1, list(int32()), "") });
    assert.deepEqual(decodeProtobuf(node, Buffer.from("0a03010203", "hex")), { l: [1, 2, 3] });
  });
  test("bytes that are no message are refused", () => {
    const node = object("a.v1.A", { s: optional(1, string(), ""), i: optional(2, Inner, "") });
    for (const bad of ["0a05", "0801", "12020a05", "ff", "1a"])
      assert.throws(() => decodeProtobuf(node, Buffer.from(bad, "hex")), DecodeError);
    const big = object("a.v1.B", { n: optional(1, int64(), "") });
    assert.throws(() => decodeProtobuf(big, Buffer.from("08ffffffffffffffff7f", "hex")), DecodeError);
    assert.throws(
      () => decodeProtobuf(object("a.v1.C", { r: optional(1, rawExtension(), "") }), Buffer.from("0a030a017b", "hex")),
      DecodeError,
    );
  });
  test("a failed write does not spoil the next", () => {
    assert.throws(() => encodeProtobuf(object("a.v1.A", { n: optional(1, int32(), "") }), { n: 1.5 }));
    assert.equal(hex(encodeProtobuf(Inner, { s: "x" })), "0a0178");
  });
});

describe("envelope", () => {
  const type = { apiVersion: "v1", kind: "Thing" };
  const Thing = object("a.v1.Thing", {
    apiVersion: optional(null, string(), ""),
    kind: optional(null, string(), ""),
    s: optional(1, string(), ""),
  });
  test("prefix, type, message, two empty fields", () => {
    const bytes = encodeObject(Thing, { ...type, s: "x" });
    assert.equal(hex(bytes), "6b387300" + "0a0b" + "0a027631" + "12055468696e67" + "1203" + "0a0178" + "1a00" + "2200");
    assert.ok(hasPrefix(bytes) && !hasPrefix(bytes.subarray(1)));
    assert.deepEqual(bytes, wrapMessage(type, encodeProtobuf(Thing, { s: "x" })));
    assert.deepEqual(decodeObject(Thing, bytes), { ...type, s: "x" });
    assert.throws(() => readEnvelope(bytes.subarray(1)), /does not appear to be a protobuf message/);
  });
  test("a list of encoded items", () => {
    const bytes = encodeList({ apiVersion: "v1", kind: "ThingList" }, { resourceVersion: "5" }, [
      encodeProtobuf(Thing, { s: "x" }),
      encodeProtobuf(Thing, { s: "y" }),
    ]);
    const ThingList = object("a.v1.ThingList", { items: required(2, list(Thing), "") });
    assert.deepEqual(decodeObject(ThingList, bytes), { items: [{ s: "x" }, { s: "y" }] });
  });
  test("a watch frame: length, then a bare event", () => {
    const object = encodeObject(Thing, { ...type, s: "x".repeat(300) });
    const frame = encodeWatchFrame("ADDED", object);
    assert.equal(Buffer.from(frame).readUInt32BE(0), frame.length - 4);
    const event = decodeWatchEvent(frame.subarray(4));
    assert.deepEqual([event.type, hex(event.object)], ["ADDED", hex(object)]);
  });
});

test("times that no text can say are refused, nanoseconds beyond a second are carried", () => {
  const node = object("a.v1.T", { t: optional(1, time(), ""), m: optional(2, microTime(), "") });
  const seconds = (tag: number, varint: readonly number[], ...more: readonly number[]) =>
    Uint8Array.of(tag, 1 + varint.length + more.length, 0x08, ...varint, ...more);
  for (const tag of [0x0a, 0x12]) {
    // 2^42, 2^62 and -2^63 seconds.
    for (const varint of [
      [128, 128, 128, 128, 128, 128, 1],
      [128, 128, 128, 128, 128, 128, 128, 128, 64],
      [128, 128, 128, 128, 128, 128, 128, 128, 128, 1],
    ])
      assert.throws(() => decodeProtobuf(node, seconds(tag, varint)), DecodeError);
  }
  // A second and 1,500,000,000 nanoseconds.
  assert.deepEqual(decodeProtobuf(node, seconds(0x12, [1], 0x10, 0x80, 0xde, 0xa0, 0xcb, 0x05)), {
    m: "1970-01-01T00:00:02.500000Z",
  });
});

test("an empty time in a map is null, and is written as an empty message again", () => {
  const node = object("a.v1.M", { m: optional(1, map(time()), "") });
  const bytes = Uint8Array.of(0x0a, 0x05, 0x0a, 0x01, 0x61, 0x12, 0x00);
  const value = decodeProtobuf(node, bytes);
  assert.deepEqual(value, { m: { a: null } });
  assert.equal(hex(encodeProtobuf(node, value)), hex(bytes));
});
