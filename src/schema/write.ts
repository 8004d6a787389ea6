// Writing: the JSON text of an object, byte for byte as the server stores and sends it. It refuses to change values.
//
// Fields stand in declared order, map keys are sorted, and what Go's encoder leaves out is left out: zero values of
// fields with omitempty, unset pointers. What it never leaves out is there: fields without omitempty (empty lists and
// maps of these are `null`, as upstream's are after a round through storage) and plain structs.
import { isJsonObject } from "./freeze.ts";
import { isInterned } from "./intern.ts";
import { notesOf } from "./repeated.ts";
import { caseOf } from "./variant.ts";
import type { AnyObjectNode, Field, Node, ValueIn } from "./node.ts";

/** Gives the JSON text of a value that is not absent. */
type Writer = (value: unknown) => string;

const writers = new WeakMap<Node, Writer>();
const encoder = new TextEncoder();

/** The JSON text of a value. */
export function writeJson<N extends Node>(node: N, value: ValueIn<N>): string {
  return writerOf(node)(value);
}

/** {@link writeJson} as UTF-8. */
export function encodeJson<N extends Node>(node: N, value: ValueIn<N>): Uint8Array<ArrayBuffer> {
  return encoder.encode(writerOf(node)(value));
}

function writerOf(node: Node): Writer {
  let writer = writers.get(node);
  if (writer === undefined) {
    writers.set(node, (value) => writers.get(node)!(value));
    writers.set(node, (writer = compile(node)));
  }
  return writer;
}

function compile(node: Node): Writer {
  switch (node.type) {
    case "string":
    case "intOrString":
      return (value) => (typeof value === "string" ? quote(value) : String(value));
    case "quantity":
    case "time":
    case "microTime":
      // In a map an empty time stands as null.
      return (value) => (value === null ? "null" : `"${value as string}"`);
    case "bytes":
      // Canonical forms need no escapes.
      return (value) => `"${value as string}"`;
    case "int32":
    case "int64":
    case "double":
    case "boolean":
      return String;
    case "rawExtension":
    case "json":
      return (value) => JSON.stringify(value);
    case "fieldsV1":
      return fieldsText;
    case "variant":
      return (value) => {
        const found = caseOf(node, value);
        return found === undefined ? "null" : writerOf(found.node)(value);
      };
    case "list":
      return writtenOnce(node, listWriter(writerOf(node.items)));
    case "map":
      return writtenOnce(node, mapWriter(writerOf(node.values)));
    case "object":
      return writtenOnce(node, objectWriter(node));
  }
}

/** What comes again has its text noted. */
const writtenOnce =
  (node: Node, write: Writer): Writer =>
  (value) => {
    const notes = notesOf(node, value);
    return notes === undefined ? write(value) : (notes.text ??= inOnePiece(write(value)));
  };

/** A text that was put together is a tree of its parts, which every reader walks; kept ones are worth a copy. */
const inOnePiece = (text: string): string => Buffer.from(text).toString();

/** By identity: these are few, however many objects hold them. */
const fieldsTexts = new WeakMap<object, string>();

function fieldsText(value: unknown): string {
  if (!isInterned(value)) return JSON.stringify(value);
  let text = fieldsTexts.get(value as object);
  if (text === undefined) fieldsTexts.set(value as object, (text = JSON.stringify(value)));
  return text;
}

/** What JSON escapes, and lone surrogates, which JSON.stringify escapes as well. */
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

const quote = (text: string): string =>
  text.length < 64 && !NEEDS_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);

function listWriter(write: Writer): Writer {
  return (value) => {
    const list = value as readonly unknown[];
    if (list.length === 0) return "[]";
    let text = "[";
    for (let i = 0; i < list.length; i++) text += i === 0 ? write(list[i]) : `,${write(list[i])}`;
    return `${text}]`;
  };
}

function mapWriter(write: Writer): Writer {
  return (value) => {
    const map = value as Readonly<Record<string, unknown>>;
    let text = "";
    for (const key of sortedKeys(map)) text += `${text === "" ? "{" : ","}${quote(key)}:${write(map[key])}`;
    return text === "" ? "{}" : `${text}}`;
  };
}

/** Keys in the order of their UTF-8 bytes, as Go sorts them. */
export function sortedKeys(map: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined);
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort(byBytes);
  // Code units agree with bytes unless there are surrogates; sorting decides then.
  return keys.length > 1 && keys.some((key) => /[\ud800-\udfff]/.test(key)) ? keys.sort(byBytes) : keys;
}

const ASCII = /^[\u0000-\u007f]*$/;

function byBytes(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** When a field that is there may still be left out. */
type Omit = "never" | "zero" | "empty" | "emptyObject";

interface Slot {
  readonly name: string;
  /** `"name":` */
  readonly prefix: string;
  readonly write: Writer;
  readonly omit: Omit;
  /** What stands there when the field is absent; undefined: nothing. */
  readonly absent: string | undefined;
  /** What null is written as: as itself where it is a value, else as absence. */
  readonly ofNull: string | undefined;
  /** What an empty list or map without omitempty becomes. */
  readonly emptyIsNull: boolean;
}

function slotOf(name: string, field: Field): Slot {
  const { node, pointer = false, always = false } = field;
  // A pointer is written when it is set; without omitempty it is null when it is not.
  const [omit, absent]: [Omit, string | undefined] = pointer
    ? ["never", always ? "null" : undefined]
    : plainForm(field);
  const emptyIsNull = always && !pointer && (node.type === "list" || node.type === "map");
  const ofNull = field.nullable ? "null" : absent;
  return { name, prefix: `${JSON.stringify(name)}:`, write: writerOf(node), omit, absent, ofNull, emptyIsNull };
}

/** When a plain field is left out, and what stands there when it is absent. */
function plainForm({ node, always = false, omitZero = false }: Field): [Omit, string | undefined] {
  switch (node.type) {
    case "object":
      return omitZero ? ["emptyObject", undefined] : ["never", writerOf(node)({})];
    case "quantity":
      return ["never", omitZero ? undefined : '"0"'];
    case "intOrString":
      return ["never", omitZero ? undefined : "0"];
    case "time":
    case "microTime":
    case "rawExtension":
    case "json":
      return ["never", omitZero ? undefined : "null"];
    case "list":
    case "map":
    case "fieldsV1":
      return always ? ["never", "null"] : ["empty", undefined];
    case "string":
    case "bytes":
      return always ? ["never", '""'] : ["zero", undefined];
    case "boolean":
      return always ? ["never", "false"] : ["zero", undefined];
    default:
      return always ? ["never", "0"] : ["zero", undefined];
  }
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

function objectWriter(node: AnyObjectNode): Writer {
  let slots: readonly Slot[] | undefined;
  const open = node.additional !== undefined || node.preserveUnknown || node.embedded || node.untyped;
  return (value) => {
    // Built on first use: a recursive schema meets itself while it compiles.
    slots ??= Object.entries(node.fields).map(([name, field]) => slotOf(name, field));
    const object = value as Readonly<Record<string, unknown>>;
    let text = "";
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      const member = object[slot.name];
      let written: string | undefined;
      if (member === undefined || member === null) written = member === null ? slot.ofNull : slot.absent;
      else if (slot.omit === "zero" && (member === "" || member === 0 || member === false)) continue;
      else if (slot.omit === "empty" && isEmpty(member)) continue;
      else if (slot.emptyIsNull && isEmpty(member)) written = "null";
      else {
        written = slot.write(member);
        if (slot.omit === "emptyObject" && written === "{}") continue;
      }
      if (written !== undefined) text += text === "" ? slot.prefix + written : `,${slot.prefix}${written}`;
    }
    if (open) text = withRest(node, object, text);
    return `{${text}}`;
  };
}

/** The members of a custom resource that its schema does not name, in the order they have. */
function withRest(node: AnyObjectNode, object: Readonly<Record<string, unknown>>, text: string): string {
  for (const key of Object.keys(object)) {
    const member = object[key];
    if (member === undefined || Object.hasOwn(node.fields, key)) continue;
    const written =
      node.additional && isJsonObject(member) ? writerOf(node.additional)(member) : JSON.stringify(member);
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${written}`;
  }
  return text;
}
