// Why a text is no JSON, in the words of Go's encoding/json. It refuses to build values: JSON.parse does that.

/** Deeper nesting is refused, as Go does. */
export const DEEPEST_JSON = 10_000;

/** The text is no JSON. The message is Go's own; `offset` counts characters from the start. */
export class JSONSyntaxError extends Error {
  override readonly name = "JSONSyntaxError";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

/** Goes through the text once; throws {@link JSONSyntaxError} where it stops being JSON, or at too deep a nesting. */
export function checkJSON(text: string): void {
  new Checker(text).check();
}

class Checker {
  readonly #text: string;
  #at = 0;
  /** The objects and arrays that are open. */
  readonly #open: ("{" | "[")[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  check(): void {
    this.#value();
    for (;;) {
      this.#space();
      const open = this.#open.at(-1);
      const char = this.#text[this.#at];
      if (open === undefined) {
        if (char === undefined) return;
        throw this.#unexpected("after top-level value");
      }
      if (char === ",") {
        this.#at++;
        if (open === "{") this.#key();
        this.#value();
      } else if (char === (open === "{" ? "}" : "]")) {
        this.#at++;
        this.#open.pop();
      } else {
        throw this.#unexpected(open === "{" ? "after object key:value pair" : "after array element");
      }
    }
  }

  /** A scalar, or everything up to the first scalar or empty container inside. Leaves containers open. */
  #value(): void {
    for (;;) {
      this.#space();
      const char = this.#text[this.#at];
      if (char !== "{" && char !== "[") return this.#scalar(char);
      this.#at++;
      if (this.#open.push(char) > DEEPEST_JSON) throw new JSONSyntaxError("exceeded max depth", this.#at);
      this.#space();
      if (this.#text[this.#at] === (char === "{" ? "}" : "]")) return;
      if (char === "{") this.#key();
    }
  }

  #key(): void {
    this.#space();
    if (this.#text[this.#at] !== '"') throw this.#unexpected("looking for beginning of object key string");
    this.#string();
    this.#space();
    if (this.#text[this.#at] !== ":") throw this.#unexpected("after object key");
    this.#at++;
  }

  #scalar(char: string | undefined): void {
    if (char === '"') return this.#string();
    if (char !== undefined && /[-0-9]/.test(char)) return this.#number();
    const literal = char === undefined ? undefined : LITERALS[char];
    if (literal === undefined) throw this.#unexpected("looking for beginning of value");
    for (const [i, expected] of [...literal].entries()) {
      if (this.#text[this.#at] !== expected) {
        throw this.#unexpected(`in literal ${literal} (expecting '${literal[i]!}')`);
      }
      this.#at++;
    }
  }

  #string(): void {
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      // Past the end the code is NaN and no comparison holds.
      if (!(code >= 0x20)) throw this.#unexpected("in string literal");
      if (code === 0x5c) this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    const char = this.#text[++this.#at];
    if (char === "u") {
      for (let i = 0; i < 4; i++) {
        const digit = this.#text[++this.#at];
        if (digit === undefined || !/[0-9a-fA-F]/.test(digit)) {
          throw this.#unexpected("in \\u hexadecimal character escape");
        }
      }
    } else if (char === undefined || !'"\\/bfnrt'.includes(char)) {
      throw this.#unexpected("in string escape code");
    }
  }

  #number(): void {
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#text[this.#at] ?? "")) {
      this.#at++;
      if (/[-+]/.test(this.#text[this.#at] ?? "")) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
  }

  #digits(where: string): void {
    const isDigit = () => /[0-9]/.test(this.#text[this.#at] ?? "");
    if (!isDigit()) throw this.#unexpected(where);
    while (isDigit()) this.#at++;
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #unexpected(where: string): JSONSyntaxError {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) return new JSONSyntaxError("unexpected end of JSON input", this.#at);
    return new JSONSyntaxError(`invalid character ${quoteChar(code)} ${where}`, this.#at);
  }
}

/** Go reads bytes: of a longer character it shows the first byte as if that were a character. */
function quoteChar(code: number): string {
  if (code === 0x27) return "'\\''";
  if (code === 0x22) return "'\"'";
  if (code > 0x7f) return `'${String.fromCharCode(Buffer.from(String.fromCodePoint(code))[0]!)}'`;
  const named: Readonly<Record<number, string>> = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
    92: "\\\\",
  };
  const plain = code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, "0")}`;
  return `'${named[code] ?? plain}'`;
}
