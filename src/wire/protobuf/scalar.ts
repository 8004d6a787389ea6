// The scalar types of protobuf messages: how one value is checked, written and read. It refuses to know fields.
import { BYTES, FIXED32, FIXED64, VARINT } from "./codec.ts";
import type { ProtobufReader, ProtobufWriter } from "./codec.ts";

export interface Scalar<T> {
  readonly form: "scalar";
  /** As error messages and .proto files say it. */
  readonly name: string;
  readonly wireType: typeof VARINT | typeof FIXED64 | typeof BYTES | typeof FIXED32;
  readonly zero: T;
  isZero(value: T): boolean;
  accepts(value: unknown): boolean;
  write(writer: ProtobufWriter, value: T): void;
  read(reader: ProtobufReader): T;
}

function integer(name: string, least: number, below: number, read: (reader: ProtobufReader) => number): Scalar<number> {
  return {
    form: "scalar",
    name,
    wireType: VARINT,
    zero: 0,
    isZero: (value) => value === 0,
    accepts: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) < below,
    write: (writer, value) => writer.varint(value),
    read,
  };
}

export const int32 = integer("int32", -(2 ** 31), 2 ** 31, (reader) => reader.int32());
export const uint32 = integer("uint32", 0, 2 ** 32, (reader) => reader.uint32());
/** 64 bits as a number, beyond 2^53 the nearest double: for quantities. Where each bit counts see {@link bigInt64}. */
export const int64 = integer("int64", -(2 ** 63), 2 ** 63, (reader) => reader.int64());
export const uint64 = integer("uint64", 0, 2 ** 64, (reader) => reader.varint());

function bigInteger(
  name: string,
  bits: (n: bigint) => bigint,
  read: (reader: ProtobufReader) => bigint,
): Scalar<bigint> {
  return {
    form: "scalar",
    name,
    wireType: VARINT,
    zero: 0n,
    isZero: (value) => value === 0n,
    accepts: (value) => typeof value === "bigint" && bits(value) === value,
    write: (writer, value) => writer.bigVarint(value),
    read,
  };
}

/** 64 bits exactly: times in nanoseconds since 1970, which left the safe integers in April 1970. */
export const bigInt64 = bigInteger(
  "int64",
  (n) => BigInt.asIntN(64, n),
  (reader) => reader.bigInt64(),
);
export const bigUint64 = bigInteger(
  "uint64",
  (n) => BigInt.asUintN(64, n),
  (reader) => reader.bigUint64(),
);

export const bool: Scalar<boolean> = {
  form: "scalar",
  name: "bool",
  wireType: VARINT,
  zero: false,
  isZero: (value) => !value,
  accepts: (value) => typeof value === "boolean",
  write: (writer, value) => writer.bool(value),
  read: (reader) => reader.bool(),
};

export const string: Scalar<string> = {
  form: "scalar",
  name: "string",
  wireType: BYTES,
  zero: "",
  isZero: (value) => value === "",
  accepts: (value) => typeof value === "string",
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
};

const NO_BYTES = new Uint8Array(0);

export const bytes: Scalar<Uint8Array> = {
  form: "scalar",
  name: "bytes",
  wireType: BYTES,
  zero: NO_BYTES,
  isZero: (value) => value.length === 0,
  accepts: (value) => value instanceof Uint8Array,
  write: (writer, value) => writer.bytes(value),
  read: (reader) => reader.bytes(),
};

/** Negative zero is not the zero: it is written. */
const isPositiveZero = (value: number) => Object.is(value, 0);
const isNumber = (value: unknown) => typeof value === "number";

export const double: Scalar<number> = {
  form: "scalar",
  name: "double",
  wireType: FIXED64,
  zero: 0,
  isZero: isPositiveZero,
  accepts: isNumber,
  write: (writer, value) => writer.double(value),
  read: (reader) => reader.double(),
};

export const float: Scalar<number> = {
  form: "scalar",
  name: "float",
  wireType: FIXED32,
  zero: 0,
  isZero: isPositiveZero,
  accepts: isNumber,
  write: (writer, value) => writer.float(value),
  read: (reader) => reader.float(),
};

export interface Enumeration<Name extends string> extends Scalar<Name> {
  readonly numbers: Readonly<Record<Name, number>>;
}

/**
 * Names for numbers; the one with 0 is the zero. Values are the names. A number without a name, which a newer peer may
 * send, is kept as its decimal text and can be sent on: a `switch` over the names wants a `default`.
 */
export function enumeration<const Name extends string>(numbers: Readonly<Record<Name, number>>): Enumeration<Name> {
  const names = new Map<number, Name>();
  for (const [name, number] of Object.entries<number>(numbers)) if (!names.has(number)) names.set(number, name as Name);
  const zero = names.get(0);
  if (zero === undefined) throw new TypeError("an enumeration needs a name for 0");
  const numberOf = (value: string): number => (Object.hasOwn(numbers, value) ? numbers[value as Name] : Number(value));
  return {
    form: "scalar",
    name: `enum of ${[...names.values()].slice(0, 4).join(", ")}`,
    numbers,
    wireType: VARINT,
    zero,
    isZero: (value) => numberOf(value) === 0,
    accepts: (value) => typeof value === "string" && (Object.hasOwn(numbers, value) || /^-?[0-9]{1,10}$/.test(value)),
    write: (writer, value) => writer.varint(numberOf(value)),
    read(reader) {
      const number = reader.int32();
      return names.get(number) ?? (String(number) as Name);
    },
  };
}
