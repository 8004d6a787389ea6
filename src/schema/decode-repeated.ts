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
import { internedText } from "./intern.ts";
import { LEAST_CHARS, meetText, MOST_CHARS, repeatedValue } from "./repeated.ts";
import type { AnyObjectNode, Node } from "./node.ts";

/** {@link decodeJson} of a whole object; members that came before are the frozen values that they were. */
export function decodeRepeated(
  schema: AnyObjectNode,
  text: string,
  options: { readonly strictness: Strictness },
): Decoded<unknown> {
  const found = schema.untyped ? undefined : largestOf(schema, membersOf(text));
  if (found === undefined) return decodeJson(schema, text, options);
  const { member, node } = found;
  const part = text.slice(member.start, member.end);
  const known = repeatedValue("body", node, part);
  if (known === undefined) {
    const decoded = decodeJson(schema, text, options);
    const value = (decoded.value as Readonly<Record<string, unknown>>)[member.name];
    // What is unknown or said twice is told of each body anew.
    const isFine = options.strictness !== "Ignore" && decoded.problems.length === 0;
    if (isFine && typeof value === "object" && value !== null) meetText("body", node, part, value);
    return decoded;
  }
  try {
    const rest = `${text.slice(0, member.start)}null${text.slice(member.end)}`;
    return decodeJsonAround(schema, rest, options, { name: member.name, value: known });
  } catch (error) {
    // What is wrong with the rest is told with places in the whole.
    if (error instanceof JsonSyntaxError || error instanceof DecodeError) return decodeJson(schema, text, options);
    throw error;
  }
}

/** {@link decodeStored} of a whole object, of a text that write.ts wrote. */
export function decodeStoredRepeated(schema: AnyObjectNode, text: string): unknown {
  const members = schema.untyped ? undefined : membersOf(text);
  if (members === undefined) return decodeStored(schema, text);
  const found = largestOf(schema, members);
  const part = found && text.slice(found.member.start, found.member.end);
  const known = part && repeatedValue("store", found!.node, part);
  const cut = new Cut(text);
  const metadata = members.find(({ name }) => name === "metadata");
  if (metadata !== undefined) cut.takeFields(metadata);
  if (known !== undefined) cut.take(found!.member, "null");
  const parsed = cut.parsed();
  if (known === undefined) {
    const decoded = decodeStoredAround(schema, parsed, undefined) as Readonly<Record<string, unknown>>;
    if (part !== undefined) meetText("store", found!.node, part, decoded[found!.member.name] as object);
    return decoded;
  }
  parsed[found!.member.name] = known;
  return decodeStoredAround(schema, parsed, { [found!.member.name]: known });
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

  take({ start, end }: Pick<Member, "start" | "end">, instead: string): void {
    this.#rest += this.#text.slice(this.#at, start) + instead;
    this.#at = end;
  }

  /** Takes out who owns which fields. Within metadata nothing else that is an object has this name. */
  takeFields({ start: from, end: to }: Member): void {
    const text = this.#text;
    for (let at = text.indexOf(FIELDS, from); at >= 0 && at < to; at = text.indexOf(FIELDS, at + 1)) {
      const start = at + FIELDS.length;
      if (text[start] !== "{" || text[at - 1] === "\\") continue;
      const end = endOfValue(text, start);
      this.take({ start, end }, String(this.#fields.length));
      this.#fields.push(internedText(text.slice(start, end)));
    }
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
function largestOf(
  schema: AnyObjectNode,
  members: readonly Member[] | undefined,
): { member: Member; node: Node } | undefined {
  let found: { member: Member; node: Node } | undefined;
  let least = LEAST_CHARS;
  for (const member of members ?? []) {
    const { name, start, end } = member;
    if (end - start < least || end - start > MOST_CHARS || name === "metadata") continue;
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
    if (field?.node.type !== "object") continue;
    found = { member, node: field.node };
    least = end - start;
  }
  return found;
}
