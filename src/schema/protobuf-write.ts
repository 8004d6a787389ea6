// From objects to Kubernetes' protobuf messages, byte for byte as upstream's generated code writes them. It refuses to
// know envelopes and frames (protobuf.ts).
//
// Rules that goldens fix: fields in rising number order; plain scalars, strings and messages even when zero; pointers
// only when set; lists one element after the other, never packed; map entries by key; bytes only when there are any.
import { BYTES, FIXED64, ProtobufWriter, VARINT } from "../wire/protobuf/codec.ts";
import { parseMicroTime, parseTime } from "../base/timestamp.ts";
import { sortedKeys } from "./write.ts";
import { caseOf } from "./variant.ts";
import type { AnyObjectNode, Field, Node, VariantNode } from "./node.ts";

/** Writes a value without its tag: for messages the fields, without their length. */
export type MessageWriter = (value: unknown, writer: ProtobufWriter) => void;

/** Writes one tagged value of a node. */
type FieldWriter = (tag: number, value: unknown, writer: ProtobufWriter) => void;

const messages = new WeakMap<Node, MessageWriter>();

/** The writer of a message node. */
export function messageWriterOf(node: AnyObjectNode): MessageWriter {
  let write = messages.get(node);
  if (write === undefined) {
    messages.set(node, (value, writer) => messages.get(node)!(value, writer));
    messages.set(node, (write = compileMessage(node)));
  }
  return write;
}

/** One thing to write of an object: a field, or the message of a Go struct that JSON inlines. */
interface Step {
  readonly tag: number;
  readonly write: (object: Readonly<Record<string, unknown>>, writer: ProtobufWriter) => void;
}

/** The fields whose tags go on after `depth` numbers. */
type TaggedField = readonly [name: string, field: Field, tag: readonly number[]];

function compileMessage(node: AnyObjectNode): MessageWriter {
  const fields = Object.entries(node.fields).flatMap(([name, field]): TaggedField[] =>
    field.tag === null ? [] : [[name, field, typeof field.tag === "number" ? [field.tag] : field.tag]],
  );
  return stepsWriter(stepsOf(fields, 0));
}

function stepsWriter(steps: readonly Step[]): MessageWriter {
  return (value, writer) => {
    const object = value as Readonly<Record<string, unknown>>;
    for (let i = 0; i < steps.length; i++) steps[i]!.write(object, writer);
  };
}

function stepsOf(fields: readonly TaggedField[], depth: number): Step[] {
  const inlined = new Map<number, TaggedField[]>();
  const steps: Step[] = [];
  for (const field of fields) {
    const [name, facts, tag] = field;
    const number = tag[depth]!;
    if (tag.length === depth + 1) steps.push({ tag: number, write: fieldStep(name, number, facts) });
    else inlined.set(number, [...(inlined.get(number) ?? []), field]);
  }
  for (const [tag, inner] of inlined) {
    const write = stepsWriter(stepsOf(inner, depth + 1));
    steps.push({
      tag,
      write(object, writer) {
        const mark = writer.fork(tag);
        write(object, writer);
        writer.join(mark);
      },
    });
  }
  return steps.sort((a, b) => a.tag - b.tag);
}

function fieldStep(name: string, tag: number, field: Field): Step["write"] {
  const write = fieldWriter(field.node);
  const zero = field.pointer ? undefined : zeroWritten(field.node);
  return (object, writer) => {
    const value = object[name] ?? zero;
    if (value !== undefined) write(tag, value, writer);
  };
}

/** What a plain field that is absent is written as; undefined: nothing. */
function zeroWritten(node: Node): unknown {
  switch (node.type) {
    case "string":
      return "";
    case "int32":
    case "int64":
    case "double":
    case "intOrString":
      return 0;
    case "boolean":
      return false;
    case "quantity":
      return "0";
    case "object":
      return EMPTY;
    case "time":
    case "microTime":
      return ZERO_MESSAGE;
    case "rawExtension":
    case "json":
      return ZERO_MESSAGE;
    default:
      return undefined;
  }
}

const EMPTY = Object.freeze({});
/** Stands for a message without fields, where the JSON form has no value of its own for that. */
const ZERO_MESSAGE = Symbol("zero message");

function fieldWriter(node: Node): FieldWriter {
  switch (node.type) {
    case "string":
      return (tag, value, writer) => {
        writer.tag(tag, BYTES);
        writer.string(value as string);
      };
    case "int32":
    case "int64":
      return (tag, value, writer) => {
        writer.tag(tag, VARINT);
        writer.varint(value as number);
      };
    case "boolean":
      return (tag, value, writer) => {
        writer.tag(tag, VARINT);
        writer.bool(value as boolean);
      };
    case "double":
      return (tag, value, writer) => {
        writer.tag(tag, FIXED64);
        writer.double(value as number);
      };
    case "bytes":
      return (tag, value, writer) => {
        writer.tag(tag, BYTES);
        writer.bytes(Buffer.from(value as string, "base64"));
      };
    case "list":
      return listWriter(node);
    case "map":
      return mapWriter(node.values);
    case "object":
      return nested(messageWriterOf(node));
    case "variant":
      return nested(variantMessage(node));
    default:
      return nested(scalarMessage(node.type));
  }
}

/** A schema beside a boolean allows what it describes: Go sets both. */
function variantMessage(node: VariantNode): MessageWriter {
  const { boolean: flag } = node.cases;
  const writers = new Map<Node, FieldWriter>();
  return (value, writer) => {
    if (flag !== undefined) {
      writer.tag(flag.tag, VARINT);
      writer.bool(value !== false);
    }
    const found = caseOf(node, value);
    if (found === undefined || found === flag) return;
    let write = writers.get(found.node);
    if (write === undefined) writers.set(found.node, (write = fieldWriter(found.node)));
    write(found.tag, value, writer);
  };
}

function nested(write: MessageWriter): FieldWriter {
  return (tag, value, writer) => {
    const mark = writer.fork(tag);
    write(value, writer);
    writer.join(mark);
  };
}

function listWriter({ items, wrapper }: Node & { readonly type: "list" }): FieldWriter {
  const write = fieldWriter(items);
  const each: FieldWriter = (tag, value, writer) => {
    const list = value as readonly unknown[];
    for (let i = 0; i < list.length; i++) write(tag, list[i], writer);
  };
  if (wrapper === undefined) return each;
  return (tag, value, writer) => {
    const mark = writer.fork(tag);
    each(1, value, writer);
    writer.join(mark);
  };
}

function mapWriter(values: Node): FieldWriter {
  const write = fieldWriter(values);
  return (tag, value, writer) => {
    const map = value as Readonly<Record<string, unknown>>;
    for (const key of sortedKeys(map)) {
      const mark = writer.fork(tag);
      writer.tag(1, BYTES);
      writer.string(key);
      write(2, map[key], writer);
      writer.join(mark);
    }
  };
}

/** The messages behind scalars that have a JSON form of their own. */
function scalarMessage(
  type: "quantity" | "time" | "microTime" | "intOrString" | "rawExtension" | "fieldsV1" | "json",
): MessageWriter {
  switch (type) {
    case "quantity":
      return (value, writer) => {
        writer.tag(1, BYTES);
        writer.string(value as string);
      };
    case "intOrString":
      return (value, writer) => {
        const isText = typeof value === "string";
        writer.tag(1, VARINT);
        writer.varint(isText ? 1 : 0);
        writer.tag(2, VARINT);
        writer.varint(isText ? 0 : (value as number));
        writer.tag(3, BYTES);
        writer.string(isText ? value : "");
      };
    case "time":
    case "microTime":
      return (value, writer) => {
        // In a map an empty time stands as null.
        if (value === ZERO_MESSAGE || value === null) return;
        const { seconds, nanos } = instantOf(value as string, type === "microTime");
        writer.tag(1, VARINT);
        writer.varint(seconds);
        writer.tag(2, VARINT);
        writer.varint(nanos);
      };
    default:
      return (value, writer) => {
        if (value === ZERO_MESSAGE) return;
        writer.tag(1, BYTES);
        writer.string(JSON.stringify(value));
      };
  }
}

const digits = (text: string, at: number, count: number): number => {
  let number = 0;
  for (let i = at; i < at + count; i++) number = number * 10 + text.charCodeAt(i) - 48;
  return number;
};

/** Seconds since 1970 and nanoseconds of a canonical text; other forms take the long way. */
function instantOf(text: string, micro: boolean): { seconds: number; nanos: number } {
  if (text.charCodeAt(text.length - 1) !== 0x5a || text.length !== (micro ? 27 : 20) || text < "0100") {
    const { ms, nanos } = micro ? parseMicroTime(text) : parseTime(text);
    return { seconds: Math.floor(ms / 1000), nanos: micro ? nanos : 0 };
  }
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)];
  const ms = Date.UTC(year, month - 1, day, digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2));
  return { seconds: ms / 1000, nanos: micro ? digits(text, 20, 6) * 1000 : 0 };
}
