// The message DSL against @bufbuild/protobuf, which gets the same messages as descriptors.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ProtobufError } from "./codec.ts";
import { field, lazy, map, message, optional, repeated } from "./message.ts";
import type { AnyMessage, FieldType, MessageIn, MessageInit } from "./message.ts";
import {
  bigInt64,
  bigUint64,
  bool,
  bytes,
  double,
  enumeration,
  float,
  int32,
  int64,
  string,
  uint32,
  uint64,
} from "./scalar.ts";
import type { Scalar } from "./scalar.ts";

const State = enumeration({ READY: 0, NOT_READY: 1, LOST: -7 });
const Inner = message("t.Inner", { name: field(1, string), attempt: field(2, uint32) });
interface Tree {
  label: string;
  children: Tree[];
}
const Tree = message("t.Tree", {
  label: field(1, string),
  children: field(2, repeated(lazy<Tree>((): AnyMessage => Tree))),
});
const Wide = message("t.Wide", {
  text: field(1, string),
  raw: field(2, bytes),
  small: field(3, int32),
  big: field(4, bigInt64),
  unsigned: field(5, bigUint64),
  safe: field(6, int64),
  ratio: field(7, double),
  yes: field(8, bool),
  state: field(9, State),
  inner: field(10, Inner),
  texts: field(11, repeated(string)),
  numbers: field(12, repeated(int64)),
  states: field(13, repeated(State)),
  inners: field(14, repeated(Inner)),
  labels: field(15, map(string, string)),
  byNumber: field(16, map(int32, Inner)),
  maybe: field(17, optional(string)),
  tree: field(18, Tree),
  size: field(200, uint64),
  single: field(19, float),
});
type Wide = MessageIn<typeof Wide>;

// FieldDescriptorProto's numbers for types.
const TYPE = new Map<unknown, number>([
  [double, 1],
  [float, 2],
  [int64, 3],
  [bigInt64, 3],
  [uint64, 4],
  [bigUint64, 4],
  [int32, 5],
  [bool, 8],
  [string, 9],
  [bytes, 12],
  [uint32, 13],
  [State, 14], // prettier-ignore
]);

function typeOf(of: FieldType): { type: number; typeName?: string } {
  const type = TYPE.get(of);
  if (type === 14) return { type, typeName: ".t.State" };
  if (type !== undefined) return { type };
  const target = of.form === "lazy" ? of.message() : (of as AnyMessage);
  return { type: 11, typeName: `.${target.name}` };
}

function descriptorOf(type: AnyMessage) {
  const nestedType: object[] = [];
  const oneofDecl: { name: string }[] = [];
  const fields = Object.entries(type.fields).map(([name, { number, type: of }]) => {
    const base = { name, jsonName: name, number, label: of.form === "repeated" || of.form === "map" ? 3 : 1 };
    if (of.form === "repeated") return { ...base, ...typeOf(of.of) };
    if (of.form === "optional") {
      oneofDecl.push({ name: `_${name}` });
      return { ...base, ...typeOf(of.of), proto3Optional: true, oneofIndex: oneofDecl.length - 1 };
    }
    if (of.form !== "map") return { ...base, ...typeOf(of) };
    const entry = `${name[0]!.toUpperCase()}${name.slice(1)}Entry`;
    nestedType.push({
      name: entry,
      options: { mapEntry: true },
      field: [
        { name: "key", jsonName: "key", number: 1, label: 1, ...typeOf(of.key) },
        { name: "value", jsonName: "value", number: 2, label: 1, ...typeOf(of.value) },
      ],
    });
    return { ...base, type: 11, typeName: `.${type.name}.${entry}` };
  });
  return { name: type.name.slice(2), field: fields, nestedType, oneofDecl };
}

function peerOf(types: AnyMessage[]): (name: string) => DescMessage {
  const file = create(FileDescriptorProtoSchema, {
    name: "t.proto",
    package: "t",
    syntax: "proto3",
    messageType: types.map(descriptorOf) as never,
    enumType: [{ name: "State", value: Object.entries(State.numbers).map(([name, number]) => ({ name, number })) }],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  return (name) => registry.getMessage(name)!;
}

const peer = peerOf([Inner, Tree, Wide])("t.Wide");
const key = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom("__proto__", "constructor", "app.kubernetes.io/name"),
);
const state = fc.constantFrom("READY", "NOT_READY", "LOST", "12") as fc.Arbitrary<"READY" | "NOT_READY" | "LOST">;
const inner = fc.record({ name: fc.string(), attempt: fc.nat() }, { noNullPrototype: true });
const plainObject = { noNullPrototype: true } as const;
const leaf: fc.Arbitrary<Tree> = fc.string().map((label) => ({ label, children: [] }));
const branch = (of: fc.Arbitrary<Tree>) =>
  fc.record({ label: fc.string(), children: fc.array(of, { maxLength: 3 }) }, plainObject);
const tree = branch(branch(fc.oneof(leaf, branch(leaf))));
const i64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });

/** fc.dictionary sets keys by assignment in places; entries do not care what a key is called. */
const dictionary = <V>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<V>) =>
  fc.array(fc.tuple(keys, values), { maxLength: 5 }).map((entries) => Object.fromEntries(entries));

const wide: fc.Arbitrary<MessageInit<typeof Wide>> = fc.record(
  {
    text: fc.string({ unit: "grapheme" }),
    raw: fc.uint8Array(),
    small: fc.integer(),
    big: i64,
    unsigned: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    safe: fc.maxSafeInteger(),
    ratio: fc.double(),
    yes: fc.boolean(),
    state,
    inner,
    texts: fc.array(fc.string()),
    numbers: fc.array(fc.maxSafeInteger()),
    states: fc.array(state),
    inners: fc.array(inner),
    labels: dictionary(key, fc.string()),
    byNumber: dictionary(fc.integer().map(String), inner),
    maybe: fc.string(),
    tree,
    size: fc.maxSafeInteger().map(Math.abs),
    single: fc.float(),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** What decoding answers for what was encoded: absent scalars, lists and maps at their zeros. */
function filled(value: MessageInit<typeof Wide>): object {
  const zero = {
    text: "",
    raw: new Uint8Array(0),
    small: 0,
    big: 0n,
    unsigned: 0n,
    safe: 0,
    ratio: 0,
    yes: false,
    state: "READY",
    texts: [],
    numbers: [],
    states: [],
    inners: [],
    labels: {},
    byNumber: {},
    size: 0,
    single: 0, // prettier-ignore
  };
  return { ...zero, ...value };
}

const plain = (value: Wide) => ({ ...value, raw: new Uint8Array(value.raw) });

test("decode(encode(x)) is x with its zeros", () => {
  fc.assert(
    fc.property(wide, (value) => assert.deepEqual(plain(Wide.decode(Wide.encode(value))), filled(value))),
    { numRuns: 400 },
  );
});

test("the peer reads what we write, and we read what the peer writes", () => {
  const runs = { count: 0, bytes: 0 };
  fc.assert(
    fc.property(wide, (value) => {
      const ours = Wide.encode(value);
      const theirs = toBinary(peer, fromBinary(peer, ours));
      runs.count++;
      runs.bytes += theirs.length;
      assert.deepEqual(fromBinary(peer, theirs).$unknown, undefined, "the peer found an unknown field");
      assert.deepEqual(plain(Wide.decode(theirs)), filled(value));
      // The peer writes in field order, as Wide is but for the last two fields; maps are in insertion order in both.
      assert.equal(ours.length, theirs.length);
    }),
    { numRuns: 400 },
  );
  assert.ok(runs.count >= 400 && runs.bytes > 40_000, `weak: ${JSON.stringify(runs)}`);
});

test("random bytes give a message or a ProtobufError", () => {
  fc.assert(
    fc.property(wide, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (value, changes) => {
      const data = Wide.encode(value);
      for (const [at, byte] of changes) if (data.length > 0) data[at % data.length] = byte;
      try {
        Wide.decode(data);
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("values that do not fit name their field", () => {
  const bad: [object, RegExp][] = [
    [{ text: 5 }, /t\.Wide\.text: 5 is not of type string/],
    [{ small: 2 ** 31 }, /t\.Wide\.small/],
    [{ size: -1 }, /t\.Wide\.size/],
    [{ big: 1 }, /t\.Wide\.big/],
    [{ big: 1n << 63n }, /t\.Wide\.big/],
    [{ state: "GONE" }, /t\.Wide\.state: GONE/],
    [{ texts: "a" }, /t\.Wide\.texts/],
    [{ labels: { a: 1 } }, /t\.Wide\.labels/],
    [{ byNumber: { a: {} } }, /t\.Wide\.byNumber/],
    [{ inner: 7 }, /t\.Inner/],
  ];
  for (const [value, pattern] of bad) {
    assert.throws(
      () => Wide.encode(value as never),
      (error) => error instanceof ProtobufError && pattern.test(error.message),
    );
  }
  assert.deepEqual(Wide.encode({}), new Uint8Array(0), "an error leaves nothing behind in the writer");
});

test("of a oneof one is written, and the last one read", () => {
  const Either = message("t.Either", { a: field(1, optional(string), "kind"), b: field(2, Inner, "kind") });
  assert.throws(() => Either.encode({ a: "", b: {} }), /two fields of the oneof kind/);
  const both = Buffer.concat([Either.encode({ a: "x" }), Either.encode({ b: { name: "n" } })]);
  assert.deepEqual(Either.decode(both), { b: { name: "n", attempt: 0 } });
  assert.deepEqual(Either.decode(Either.encode({ a: "" })), { a: "" });
});

test("messages in pieces merge; lists are read packed and not", () => {
  const pieces = Buffer.concat([Wide.encode({ inner: { name: "n" } }), Wide.encode({ inner: { attempt: 2 } })]);
  assert.deepEqual(Wide.decode(pieces).inner, { name: "n", attempt: 2 });
  const unpacked = Uint8Array.of((12 << 3) | 0, 1, (12 << 3) | 0, 2, (12 << 3) | 2, 2, 3, 4);
  assert.deepEqual(Wide.decode(unpacked).numbers, [1, 2, 3, 4]);
});

test("types: absence is only where protobuf has it", () => {
  const value = Wide.decode(new Uint8Array(0));
  const text: string = value.text;
  const attempt: number | undefined = value.inner?.attempt;
  const name: "READY" | "NOT_READY" | "LOST" = value.state;
  const scalar: Scalar<string> = string;
  assert.deepEqual([text, attempt, name, scalar.zero], ["", undefined, "READY", ""]);
  // @ts-expect-error: a message may be absent
  assert.throws(() => value.inner.attempt, TypeError);
  // @ts-expect-error: no such field
  assert.equal(Wide.encode({ hostname: "x" }).length, 0);
});
