// Text to tokens, as CEL's grammar has them. It refuses to know what follows what (parser.ts does).
// Specification: cel-spec, "Syntax".
import { CompileError } from "./source.ts";

export type TokenType = "int" | "uint" | "double" | "string" | "bytes" | "identifier" | "escaped" | "symbol" | "end";

export interface Token {
  readonly type: TokenType;
  /** A symbol or name as it stands; the value of a string. Numbers as they stand, without `u`. */
  readonly text: string;
  /** The value of bytes. */
  readonly bytes?: Uint8Array;
  readonly at: number;
}

const SPACE = /(?:[ \t\r\n\f]|\/\/[^\n]*)+/y;
const NUMBER = /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|(?:0x[0-9a-fA-F]+|\d+)[uU]?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPED = /`[A-Za-z0-9_.\-/ ]+`/y;
const STRING = /([bB]?[rR]?|[rR][bB])("""|'''|"|')/y;
const SYMBOL = /==|!=|<=|>=|&&|\|\||\[|\]|\{|\}|\(|\)|\.|,|-|!|\?|:|\+|\*|\/|%|<|>/y;

/** All tokens, with one of type `end` behind them. Throws CompileError. */
export function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  const read = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = at;
    return form.exec(text);
  };
  while (at < text.length) {
    const space = read(SPACE);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const string = read(STRING);
    if (string !== null) {
      const token = readString(text, at, string);
      found.push(token.token);
      at = token.end;
      continue;
    }
    const next = numberAt(read(NUMBER), at) ?? named(read(NAME), "identifier", at) ?? escapedAt(read(ESCAPED), at);
    const token = next ?? named(read(SYMBOL), "symbol", at);
    if (token === undefined) {
      const odd = String.fromCodePoint(text.codePointAt(at)!);
      throw new CompileError(text, [{ at, message: `Syntax error: token recognition error at: '${odd}'` }]);
    }
    found.push(token);
    at += lengthOf(token);
  }
  found.push({ type: "end", text: "<EOF>", at: text.length });
  return found;
}

const lengthOf = ({ type, text }: Token): number =>
  type === "uint" ? text.length + 1 : type === "escaped" ? text.length + 2 : text.length;

function named(found: RegExpExecArray | null, type: TokenType, at: number): Token | undefined {
  return found === null ? undefined : { type, text: found[0], at };
}

const escapedAt = (found: RegExpExecArray | null, at: number): Token | undefined =>
  found === null ? undefined : { type: "escaped", text: found[0].slice(1, -1), at };

function numberAt(found: RegExpExecArray | null, at: number): Token | undefined {
  if (found === null) return undefined;
  const [text] = found;
  if (/[uU]$/.test(text)) return { type: "uint", text: text.slice(0, -1), at };
  return { type: /^0x/.test(text) || !/[.eE]/.test(text) ? "int" : "double", text, at };
}

function readString(text: string, at: number, opening: RegExpExecArray): { token: Token; end: number } {
  const [whole, prefix = "", quote = ""] = opening;
  const raw = /r/i.test(prefix);
  let end = at + whole.length;
  for (;;) {
    if (end >= text.length || (quote.length === 1 && text[end] === "\n"))
      throw new CompileError(text, [
        { at, message: `Syntax error: token recognition error at: '${text.slice(at, end)}'` },
      ]);
    if (text.startsWith(quote, end)) break;
    end += !raw && text[end] === "\\" ? 2 : 1;
  }
  const body = text.slice(at + whole.length, end);
  end += quote.length;
  if (!/b/i.test(prefix)) {
    return { token: { type: "string", text: raw ? body : unescaped(text, body, at, false), at }, end };
  }
  const value = raw ? Buffer.from(body) : Buffer.from(unescaped(text, body, at, true), "latin1");
  return { token: { type: "bytes", text: "", bytes: value, at }, end };
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "`": "`",
  "?": "?",
};
const NUMERIC = /^(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/;

/** In bytes every character becomes its UTF-8, and \x and octal escapes are bytes. */
function unescaped(text: string, body: string, at: number, bytes: boolean): string {
  let made = "";
  const plain = (part: string) => (bytes ? Buffer.from(part).toString("latin1") : part);
  for (let i = 0; i < body.length;) {
    const backslash = body.indexOf("\\", i);
    if (backslash < 0) return made + plain(body.slice(i));
    made += plain(body.slice(i, backslash));
    const rest = body.slice(backslash + 1);
    const simple = SIMPLE[rest[0] ?? ""];
    const numeric = NUMERIC.exec(rest);
    if (simple !== undefined) {
      made += simple;
      i = backslash + 2;
    } else if (numeric !== null) {
      const [whole, x1, x2, u4, u8, octal] = numeric;
      const code = octal === undefined ? Number.parseInt((x1 ?? x2 ?? u4 ?? u8)!, 16) : Number.parseInt(octal, 8);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        throw new CompileError(text, [{ at, message: "Syntax error: invalid unicode code point" }]);
      made +=
        bytes && (x1 ?? x2 ?? octal) !== undefined ? String.fromCharCode(code) : plain(String.fromCodePoint(code));
      i = backslash + 1 + whole.length;
    } else throw new CompileError(text, [{ at, message: "Syntax error: unable to unescape string" }]);
  }
  return made;
}
