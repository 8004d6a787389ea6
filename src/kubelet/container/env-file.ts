// Files of variables as containers write them for others of their pod: `NAME='value'`, a value over as many lines as it takes.
// Pure; it refuses every other notation, by line.

const BLANKS = " \t";

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && BLANKS.includes(text[at]!)) at++;
  return at;
}

/** The value that the file first gives the name; "" when it gives none. Throws an Error that names the line. */
export function valueIn(text: string, name: string): string {
  let at = 0;
  const fault = (where: number, what: string) =>
    new Error(`invalid environment variable format at line ${text.slice(0, where).split("\n").length}: ${what}`);
  while (at < text.length) {
    const start = afterBlanks(text, at);
    const lineEnd = endOfLine(text, start);
    const line = text.slice(start, lineEnd).replace(/\r$/, "");
    at = lineEnd + 1;
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    if (equals < 0) throw fault(start, "missing '='");
    const found = line.slice(0, equals);
    if (found.trim() === "") throw fault(start, "empty variable name");
    if (/[ \t]$/.test(found)) throw fault(start, "whitespace before '=' is not allowed");
    const value = line.slice(equals + 1);
    // As a shell has it: the name is empty, and what follows is another word.
    if (/^[ \t]/.test(value)) {
      if (found === name) return "";
      continue;
    }
    if (!value.startsWith("'")) throw fault(start, "value must be enclosed in single quotes");
    const opened = start + equals + 2;
    const closed = text.indexOf("'", opened);
    if (closed < 0) throw fault(start, "unclosed single quote");
    const end = endOfLine(text, closed);
    if (!/^[ \t]*(#.*)?\r?$/.test(text.slice(closed + 1, end)))
      throw fault(closed, "unexpected content after closing quote");
    if (found === name) return text.slice(opened, closed);
    at = end + 1;
  }
  return "";
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}
