// Where the members of a JSON object stand in its text. It refuses to judge the text: whoever uses the places has the rest
// parsed, and what is not JSON fails there.

export interface Member {
  readonly name: string;
  /** The value is `text.slice(start, end)`. */
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Where the value that begins at `start` ends, if that is known. */
export type KnownEnd = (name: string, start: number) => number | undefined;

/**
 * The members of the outermost object, in order. Undefined where that is no plain matter: a name with an escape or
 * twice, a text that is no object or ends early.
 */
export function membersOf(text: string, knownEnd?: KnownEnd): readonly Member[] | undefined {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== 0x7b) return undefined;
  const members: Member[] = [];
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const close = endOfString(text, at);
    const name = text.slice(at + 1, close);
    if (name.includes("\\") || members.some((one) => one.name === name)) return undefined;
    at = skipSpace(text, close + 1);
    if (text.charCodeAt(at) !== 0x3a) return undefined;
    const start = skipSpace(text, at + 1);
    const end = knownEnd?.(name, start) ?? endOfValue(text, start);
    if (end <= start) return undefined;
    members.push({ name, start, end });
    at = skipSpace(text, end);
    const next = text.charCodeAt(at);
    if (next === 0x7d) return skipSpace(text, at + 1) === text.length ? members : undefined;
    if (next !== 0x2c) return undefined;
    at = skipSpace(text, at + 1);
  }
  return undefined;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** The place of the closing quote; the length of the text when there is none. */
function endOfString(text: string, open: number): number {
  let at = open + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

/** The place behind the value that begins here; 0 for one that does not end. */
export function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at === text.length) return 0;
      if (depth === 0) return at + 1;
    } else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) {
      // Of a number or a word: the brace is the object's own.
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (code === 0x2c || isSpace(code))) return at;
  }
  return 0;
}
