// Text in quotes as Go's %q writes it, for messages that are facts. It refuses to be JSON: the escapes differ.

const NAMED: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};
/** What Go prints as it is: letters, marks, numbers, punctuation, symbols and the plain space. */
const PLAIN = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
/** Text that needs nothing but quotes, which is nearly all. */
const SIMPLE = /^[ !#-[\]-~]*$/;

/** `text` in double quotes: strconv.Quote. */
export function goQuote(text: string): string {
  if (SIMPLE.test(text)) return `"${text}"`;
  // By code point, so that what lies beyond the first plane is one escape.
  return `"${Array.from(text, escaped).join("")}"`;
}

/** A character as it stands in a quoted text. */
function escaped(char: string): string {
  const named = NAMED[char];
  if (named !== undefined) return named;
  if (PLAIN.test(char)) return char;
  const code = char.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** `text` in double quotes as Go's package time does in its errors: every byte outside ASCII's print is hexadecimal. */
export function goTimeQuote(text: string): string {
  const hex = (char: string) => Buffer.from(char).toString("hex").replace(/../g, "\\x$&");
  return `"${text.replace(/["\\]/g, "\\$&").replace(/[^ -\x7f]/gu, hex)}"`;
}
