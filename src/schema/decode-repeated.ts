// Decoding of a body of which a large part may have come before: the spec of a pod whose siblings were made already.
// It refuses to differ from decode.ts in anything but time.
import { membersOf } from "../base/json-members.ts";
import type { Member } from "../base/json-members.ts";
import { decodeJson, decodeJsonAround, DecodeError, JsonSyntaxError } from "./decode.ts";
import type { Decoded, Strictness } from "./decode.ts";
import { LEAST_CHARS, meetText, MOST_CHARS, repeatedValue } from "./repeated.ts";
import type { AnyObjectNode, Node } from "./node.ts";

/** {@link decodeJson} of a whole object; members that came before are the frozen values that they were. */
export function decodeRepeated(
  schema: AnyObjectNode,
  text: string,
  options: { readonly strictness: Strictness },
): Decoded<unknown> {
  const found = schema.untyped ? undefined : largestOf(schema, text);
  if (found === undefined) return decodeJson(schema, text, options);
  const { member, node } = found;
  const part = text.slice(member.start, member.end);
  const known = repeatedValue(node, part);
  if (known === undefined) {
    const decoded = decodeJson(schema, text, options);
    const value = (decoded.value as Readonly<Record<string, unknown>>)[member.name];
    // What is unknown or said twice is told of each body anew.
    const isFine = options.strictness !== "Ignore" && decoded.problems.length === 0;
    if (isFine && typeof value === "object" && value !== null) meetText(node, part, value);
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

/** The longest member that may come again. Metadata does not: it has the name. */
function largestOf(schema: AnyObjectNode, text: string): { member: Member; node: Node } | undefined {
  let found: { member: Member; node: Node } | undefined;
  let least = LEAST_CHARS;
  for (const member of membersOf(text) ?? []) {
    const { name, start, end } = member;
    if (end - start < least || end - start > MOST_CHARS || name === "metadata") continue;
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
    if (field?.node.type !== "object") continue;
    found = { member, node: field.node };
    least = end - start;
  }
  return found;
}
