// Decoding of a body, or of what a store kept, of which a large part may have come before: the spec of a pod whose
// siblings were made already, the fields that its writers own.
// It refuses to differ from decode.ts in anything but time.
import { endOfValue, membersOf } from "../base/json-members.ts";
import type { Member } from "../base/json-members.ts";
import { parseJSON } from "../base/json-strict.ts";
import {
  decodeJson,
  decodeJsonAround,
  DecodeError,
  decodeStored,
  decodeStoredAround,
  JsonSyntaxError,
} from "./decode.ts";
import type { Decoded, Strictness } from "./decode.ts";
import { internedAt, internedText } from "./intern.ts";
import { LEAST_CHARS, meetText, MOST_CHARS, repeatedAt, repeatedValue } from "./repeated.ts";
import type { Source } from "./repeated.ts";
import type { AnyObjectNode, Node } from "./node.ts";

/** A member that may come again, and where it stands. */
interface Part extends Member {
  readonly node: Node;
  /** What it is, where that is known. */
  readonly known: object | undefined;
}

/** {@link decodeJson} of a whole object; members that came before are the frozen values that they were. */
export function decodeRepeated(
  schema: AnyObjectNode,
  text: string,
  options: { readonly strictness: Strictness },
): Decoded<unknown> {
  const part = schema.untyped ? undefined : partOfBody(schema, text);
  if (part === undefined) return decodeJson(schema, text, options);
  const { name, node, start, end, known } = part;
  if (known === undefined) {
    const decoded = decodeJson(schema, text, options);
    const value = (decoded.value as Readonly<Record<string, unknown>>)[name];
    // What is unknown or said twice is told of each body anew.
    const isFine = options.strictness !== "Ignore" && decoded.problems.length === 0;
    if (isFine && typeof value === "object" && value !== null) meetText("body", node, text.slice(start, end), value);
    return decoded;
  }
  try {
    return decodeJsonAround(schema, `${text.slice(0, start)}null${text.slice(end)}`, options, { name, value: known });
  } catch (error) {
    // What is wrong with the rest is told with places in the whole.
    if (error instanceof JsonSyntaxError || error instanceof DecodeError) return decodeJson(schema, text, options);
    throw error;
  }
}

/** What was met last is tried first: then its characters need not be gone through. */
function partOfBody(schema: AnyObjectNode, text: string): Part | undefined {
  let hit: Part | undefined;
  const likely = lastFound.get(schema);
  const members = membersOf(text, (name, start) => {
    if (hit !== undefined || name !== likely?.name) return undefined;
    const found = repeatedAt("body", likely.node, text, start);
    if (found !== undefined) hit = { ...likely, start, end: found.end, known: found.value };
    return found?.end;
  });
  return members && (hit ?? largestOf("body", schema, text, members));
}

/** Of each schema, the member that was the longest. */
const lastFound = new WeakMap<AnyObjectNode, { readonly name: string; readonly node: Node; readonly label: string }>();

/** {@link decodeStored} of a whole object, of a text that write.ts wrote. */
export function decodeStoredRepeated(schema: AnyObjectNode, text: string): unknown {
  if (schema.untyped) return decodeStored(schema, text);
  const quick = storedQuickly(schema, text);
  if (quick !== undefined) return quick;
  const members = membersOf(text);
  if (members === undefined) return decodeStored(schema, text);
  const part = largestOf("store", schema, text, members);
  const cut = new Cut(text);
  const metadata = members.find(({ name }) => name === "metadata");
  if (metadata !== undefined) cut.takeFields(metadata.start, metadata.end);
  if (part?.known === undefined) {
    const decoded = decodeStoredAround(schema, cut.parsed(), undefined) as Readonly<Record<string, unknown>>;
    if (part) meetText("store", part.node, text.slice(part.start, part.end), decoded[part.name] as object);
    return decoded;
  }
  cut.take(part.start, part.end, "null");
  return decodedAround(schema, cut.parsed(), part.name, part.known);
}

function decodedAround(schema: AnyObjectNode, parsed: Record<string, unknown>, name: string, known: object): unknown {
  parsed[name] = known;
  return decodeStoredAround(schema, parsed, { [name]: known });
}

/**
 * The same where the part is one of the last ones, without going through the text. Metadata comes first in what is stored;
 * without the fields that somebody owns nothing in it that is an object has a name of ours.
 */
function storedQuickly(schema: AnyObjectNode, text: string): unknown {
  const likely = lastFound.get(schema);
  if (likely === undefined) return undefined;
  const { name, node, label } = likely;
  const cut = new Cut(text);
  const at = cut.takeFieldsBefore(label);
  const found = at < 0 ? undefined : repeatedAt("store", node, text, at + label.length);
  if (found === undefined) return undefined;
  cut.take(at + label.length, found.end, "null");
  const parsed = cut.parsed();
  return parsed[name] === null ? decodedAround(schema, parsed, name, found.value) : undefined;
}

const FIELDS = '"fieldsV1":';

/** A text without some of its parts, from the first to the last. */
class Cut {
  readonly #text: string;
  readonly #fields: object[] = [];
  #rest = "";
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(start: number, end: number, instead: string): void {
    this.#rest += this.#text.slice(this.#at, start) + instead;
    this.#at = end;
  }

  /** Takes out who owns which fields. Within metadata nothing else that is an object has this name. */
  takeFields(from: number, to: number): void {
    for (let at = this.#text.indexOf(FIELDS, from); at >= 0 && at < to; at = this.#text.indexOf(FIELDS, at + 1))
      this.#takeField(at);
  }

  /** The same up to a label; where that stands, or -1. */
  takeFieldsBefore(label: string): number {
    const text = this.#text;
    for (let from = 0; ;) {
      const at = text.indexOf(label, from);
      const fields = text.indexOf(FIELDS, from);
      if (at < 0 || fields < 0 || at < fields) return at >= 0 && text[at - 1] !== "\\" ? at : -1;
      from = this.#takeField(fields);
    }
  }

  /** The place behind it. */
  #takeField(at: number): number {
    const text = this.#text;
    const start = at + FIELDS.length;
    if (text[start] !== "{" || text[at - 1] === "\\") return start;
    const known = internedAt(text, start);
    const end = known === undefined ? endOfValue(text, start) : start + known.text.length;
    this.take(start, end, String(this.#fields.length));
    this.#fields.push(known?.value ?? internedText(text.slice(start, end)));
    return end;
  }

  /** The value of what is left, with the fields in their places. */
  parsed(): Record<string, unknown> {
    const value = parseJSON(this.#rest + this.#text.slice(this.#at)) as {
      metadata?: { managedFields?: { fieldsV1?: unknown }[] };
    };
    if (this.#fields.length > 0) {
      for (const entry of value.metadata?.managedFields ?? []) {
        if (typeof entry.fieldsV1 === "number") entry.fieldsV1 = this.#fields[entry.fieldsV1];
      }
    }
    return value;
  }
}

/** The longest member that may come again. Metadata does not: it has the name. */
function largestOf(source: Source, schema: AnyObjectNode, text: string, members: readonly Member[]): Part | undefined {
  let found: Member | undefined;
  let least = LEAST_CHARS;
  for (const member of members) {
    const { name, start, end } = member;
    if (end - start < least || end - start > MOST_CHARS || name === "metadata") continue;
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
    // What may be stored as null cannot be told from what was cut out.
    if (field?.node.type !== "object" || (field.pointer && field.always)) continue;
    found = member;
    least = end - start;
  }
  if (found === undefined) return undefined;
  const { name, start, end } = found;
  const { node } = schema.fields[name]!;
  if (lastFound.get(schema)?.name !== name) lastFound.set(schema, { name, node, label: `${JSON.stringify(name)}:` });
  return { name, start, end, node, known: repeatedValue(source, node, text.slice(start, end)) };
}
