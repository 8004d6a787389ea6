// From Kubernetes' protobuf messages to objects in the canonical form of decode.ts: frozen, keys in declared order,
// zero values of plain fields left out. It refuses to know envelopes (protobuf.ts) and to default (default.ts).
import { parseJSON } from "../base/json-strict.ts";
import { formatMicroTime, formatTime } from "../base/timestamp.ts";
import { BYTES, FIXED64, ProtobufError, ProtobufReader, VARINT } from "../wire/protobuf/codec.ts";
import { DecodeError, SCALAR_READERS, zeroOf } from "./decode-scalar.ts";
import { isTooDeep, setKey } from "./freeze.ts";
import type { AnyObjectNode, Field, Node, VariantNode } from "./node.ts";

/** Reads a message, of which the reader sees nothing but its fields. */
export type MessageReader = (reader: ProtobufReader) => unknown;

/** Reads one value behind its tag. */
interface ValueReader {
  readonly wireType: number;
  readonly read: (reader: ProtobufReader) => unknown;
}

const messages = new WeakMap<Node, MessageReader>();

/** The reader of a message node. */
export function messageReaderOf(node: AnyObjectNode): MessageReader {
  let read = messages.get(node);
  if (read === undefined) {
    messages.set(node, (reader) => messages.get(node)!(reader));
    messages.set(node, (read = compileMessage(node)));
  }
  return read;
}

/** What a tag number leads to: puts what it reads into the object's slots. */
type Arrival = (tag: number, reader: ProtobufReader, slots: unknown[]) => void;

function compileMessage(node: AnyObjectNode): MessageReader {
  const names = Object.keys(node.fields);
  const fields = Object.values(node.fields);
  const arrivals = arrivalsOf(
    fields.map((field, index) => ({ field, index, tag: tagPath(field) })),
    0,
  );
  const zeros = fields.map(dropsZero);
  return (reader) => {
    const slots = new Array<unknown>(names.length);
    readFields(arrivals, reader, slots);
    const object: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      const value = slots[i];
      if (value === undefined || (zeros[i] && (value === "" || value === 0 || value === false))) continue;
      object[names[i]!] = Array.isArray(value) || fields[i]!.node.type === "map" ? Object.freeze(value) : value;
    }
    return Object.freeze(object);
  };
}

const tagPath = ({ tag }: Field): readonly number[] => (tag === null ? [] : typeof tag === "number" ? [tag] : tag);

const dropsZero = ({ node, pointer, always }: Field): boolean =>
  !pointer && !always && ["string", "bytes", "boolean", "int32", "int64", "double"].includes(node.type);

function readFields(arrivals: readonly (Arrival | undefined)[], reader: ProtobufReader, slots: unknown[]): void {
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    const arrival = arrivals[tag >>> 3];
    if (arrival === undefined) reader.skip(tag);
    else arrival(tag, reader, slots);
  }
}

interface Tagged {
  readonly field: Field;
  readonly index: number;
  readonly tag: readonly number[];
}

function arrivalsOf(fields: readonly Tagged[], depth: number): (Arrival | undefined)[] {
  const arrivals: (Arrival | undefined)[] = [];
  const inlined = new Map<number, Tagged[]>();
  for (const tagged of fields) {
    const number = tagged.tag[depth];
    if (number === undefined) continue;
    if (tagged.tag.length === depth + 1) arrivals[number] = arrivalOf(tagged.field.node, tagged.index);
    else inlined.set(number, [...(inlined.get(number) ?? []), tagged]);
  }
  for (const [number, inner] of inlined) {
    const below = arrivalsOf(inner, depth + 1);
    arrivals[number] = (tag, reader, slots) => {
      expect(tag, BYTES);
      const outer = reader.enter();
      readFields(below, reader, slots);
      reader.leave(outer);
    };
  }
  return arrivals;
}

function expect(tag: number, wireType: number): void {
  if ((tag & 7) !== wireType) throw new ProtobufError(`proto: wrong wireType = ${tag & 7} for field ${tag >>> 3}`);
}

function arrivalOf(node: Node, index: number): Arrival {
  if (node.type === "list") return listArrival(node, index);
  if (node.type === "map") return mapArrival(node.values, index);
  const { wireType, read } = valueReader(node);
  return (tag, reader, slots) => {
    expect(tag, wireType);
    const value = read(reader);
    // An empty time or raw message is absence.
    if (value !== null) slots[index] = value;
  };
}

function listArrival(node: Node & { readonly type: "list" }, index: number): Arrival {
  if (node.wrapper !== undefined) {
    const { read } = valueReader(node);
    return (tag, reader, slots) => {
      expect(tag, BYTES);
      slots[index] = read(reader);
    };
  }
  const { wireType, read } = valueReader(node.items);
  return (tag, reader, slots) => {
    const list = (slots[index] ??= []) as unknown[];
    if ((tag & 7) === BYTES && wireType !== BYTES) {
      // Packed: Kubernetes never writes it, but every reader takes it.
      const outer = reader.enter();
      while (reader.position < reader.end) list.push(read(reader));
      reader.leave(outer);
      return;
    }
    expect(tag, wireType);
    list.push(read(reader));
  };
}

function mapArrival(values: Node, index: number): Arrival {
  const { wireType, read } = valueReader(values);
  const zero = zeroOf(values);
  return (tag, reader, slots) => {
    expect(tag, BYTES);
    const map = (slots[index] ??= {}) as Record<string, unknown>;
    const outer = reader.enter();
    let key = "";
    let value = zero;
    for (let inner = reader.tag(); inner !== 0; inner = reader.tag()) {
      if (inner === ((1 << 3) | BYTES)) key = reader.string();
      else if (inner >>> 3 === 2) {
        expect(inner, wireType);
        value = read(reader) ?? zero;
      } else reader.skip(inner);
    }
    reader.leave(outer);
    setKey(map, key, value);
  };
}

function valueReader(node: Node): ValueReader {
  switch (node.type) {
    case "string":
      return { wireType: BYTES, read: (reader) => reader.string() };
    case "int32":
      return { wireType: VARINT, read: (reader) => reader.int32() };
    case "int64":
      return { wireType: VARINT, read: readInt64 };
    case "boolean":
      return { wireType: VARINT, read: (reader) => reader.bool() };
    case "double":
      return { wireType: FIXED64, read: (reader) => reader.double() };
    case "bytes":
      return { wireType: BYTES, read: (reader) => bufferOf(reader.bytes()).toString("base64") };
    case "list":
      // A list that is a message `{items: […]}`; plain lists never come here.
      return wrappedList(node.items);
    case "map":
      throw new ProtobufError("protobuf has no maps of maps");
    case "object":
      return nested(messageReaderOf(node));
    case "variant":
      return nested(variantMessage(node));
    default:
      return nested(scalarMessage(node.type));
  }
}

/** The case that is a list or an object wins over a flag beside it; a message that says nothing is the flag's zero. */
function variantMessage({ cases }: VariantNode): MessageReader {
  const fields = [cases.boolean, cases.object, cases.list].filter((one) => one !== undefined);
  let arrivals: (Arrival | undefined)[] | undefined;
  return (reader) => {
    // Made on first use: a recursive schema meets itself while it compiles.
    arrivals ??= arrivalsOf(
      fields.map(({ node, tag }, index) => ({ field: { node, tag, doc: "" }, index, tag: [tag] })),
      0,
    );
    const slots: unknown[] = [];
    readFields(arrivals, reader, slots);
    const found = slots.findLast((value) => value !== undefined);
    if (found !== undefined) return Object.freeze(found);
    return cases.boolean === undefined ? null : false;
  };
}

const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

function readInt64(reader: ProtobufReader): number {
  const value = reader.int64();
  if (!Number.isSafeInteger(value)) throw new DecodeError(`the number ${value} is beyond 2^53`);
  return value;
}

function nested(read: MessageReader): ValueReader {
  return {
    wireType: BYTES,
    read(reader) {
      const outer = reader.enter();
      const value = read(reader);
      reader.leave(outer);
      return value;
    },
  };
}

function wrappedList(items: Node): ValueReader {
  const arrivals = arrivalsOf([{ field: { node: { type: "list", items }, tag: 1, doc: "" }, index: 0, tag: [1] }], 0);
  return nested((reader) => {
    const slots: unknown[] = [];
    readFields(arrivals, reader, slots);
    return Object.freeze(slots[0] ?? []);
  });
}

/** The numbers and text of the small messages behind scalars, by tag. */
function readParts(reader: ProtobufReader): {
  readonly numbers: readonly number[];
  readonly bytes: readonly Uint8Array[];
} {
  const numbers: number[] = [];
  const bytes: Uint8Array[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if ((tag & 7) === VARINT) numbers[tag >>> 3] = reader.int64();
    else if ((tag & 7) === BYTES) bytes[tag >>> 3] = reader.bytes();
    else reader.skip(tag);
  }
  return { numbers, bytes };
}

const textOf = (bytes: Uint8Array | undefined) => (bytes === undefined ? "" : bufferOf(bytes).toString("utf8"));

function scalarMessage(
  type: "quantity" | "time" | "microTime" | "intOrString" | "rawExtension" | "fieldsV1" | "json",
): MessageReader {
  switch (type) {
    case "quantity":
      return (reader) => SCALAR_READERS.quantity(textOf(readParts(reader).bytes[1]) || "0");
    case "intOrString":
      return (reader) => {
        const { numbers, bytes } = readParts(reader);
        return numbers[1] === 1 ? textOf(bytes[3]) : (numbers[2] ?? 0) | 0;
      };
    case "time":
      return (reader) => {
        const instant = instantOf(readParts(reader).numbers);
        return instant && formatTime(instant.seconds * 1000);
      };
    case "microTime":
      return (reader) => {
        const instant = instantOf(readParts(reader).numbers);
        if (instant === null) return null;
        const text = formatMicroTime(instant.seconds * 1000);
        return `${text.slice(0, -7)}${String(Math.floor(instant.nanos / 1000)).padStart(6, "0")}Z`;
      };
    default:
      return (reader) => {
        const text = textOf(readParts(reader).bytes[1]);
        return text === "" ? null : rawJson(text);
      };
  }
}

/** Seconds of the years 0 to 9999: what a text can say. Others would be stored and never be written again. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

/** Null where nothing is said; nanoseconds beyond a second are carried, as Go's time.Unix does. */
function instantOf(numbers: Readonly<Record<number, number>>): { seconds: number; nanos: number } | null {
  if (numbers[1] === undefined && numbers[2] === undefined) return null;
  const said = (numbers[2] ?? 0) | 0;
  const carried = Math.floor(said / 1e9);
  const seconds = (numbers[1] ?? 0) + carried;
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND))
    throw new DecodeError("Time.MarshalJSON: year outside of range [0,9999]");
  return { seconds, nanos: said - carried * 1e9 };
}

function rawJson(text: string): unknown {
  try {
    const value = parseJSON(text);
    if (isTooDeep(value)) throw new DecodeError("exceeded max depth");
    return deepFreezeParsed(value);
  } catch (error) {
    throw new DecodeError("a raw extension holds no JSON", { cause: error });
  }
}

function deepFreezeParsed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) deepFreezeParsed(member);
  return Object.freeze(value);
}
