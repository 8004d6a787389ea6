// Links of HTML pages that come through a proxy, made to lead back through it. It reads tags and nothing else, piece by piece,
// and refuses to know where a link leads: the caller says.
import { Transform } from "node:stream";
import type { Duplex, Readable } from "node:stream";
import { createDeflateRaw, createGunzip, createGzip, createInflateRaw } from "node:zlib";

/** The attributes that are links, by tag. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["src", "usemap", "formaction"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};

/** What stands in these is text, whatever it looks like. */
const TEXTS = new Set(["iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title", "xmp"]);

/** A tag that is longer is none that anybody wrote. */
const LONGEST_TAG = 64 * 1024;

const LONGEST_END = "</noframes>".length;

const TAG = /^<([a-z][^\s/>]*)/i;
const ATTRIBUTE = /([^\s"'<>/=]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'=<>`]+)/g;

export class HtmlLinks {
  readonly #seen: (link: string) => string;
  #pending = "";
  /** The end tag for which the text of an element waits. */
  #until: RegExp | undefined;

  /** `seen`: a link as the proxy's client has to see it. */
  constructor(seen: (link: string) => string) {
    this.#seen = seen;
  }

  /** What can be handed on once this has come: all but a tag of which the end is missing. */
  push(text: string): string {
    this.#pending += text;
    let out = "";
    for (;;) {
      const length = this.#next();
      if (length === 0) return out;
      const piece = this.#pending.slice(0, length);
      out += this.#until === undefined ? this.#whole(piece) : piece;
      this.#pending = this.#pending.slice(length);
    }
  }

  /** What is left at the end, as it is. */
  end(): string {
    const left = this.#pending;
    this.#pending = "";
    return left;
  }

  /** How long the next piece is, a tag or what stands before one; 0 where its end is not to be seen yet. */
  #next(): number {
    const text = this.#pending;
    if (text === "") return 0;
    if (this.#until !== undefined) {
      const found = text.search(this.#until);
      if (found > 0) return found;
      if (found < 0) return withoutTail(text);
      this.#until = undefined;
    }
    const open = text.indexOf("<");
    if (open !== 0) return open < 0 ? text.length : open;
    if (text.startsWith("<!--")) return lengthTo(text, "-->", 4);
    if (text.length < 4 && "<!--".startsWith(text)) return 0;
    if (!/^<[a-z/!?]/i.test(text)) return text.length > 1 ? 1 : 0;
    const length = text[1] === "!" || text[1] === "?" ? lengthTo(text, ">", 2) : tagLength(text);
    return length === 0 && text.length > LONGEST_TAG ? text.length : length;
  }

  #whole(piece: string): string {
    const name = TAG.exec(piece)?.[1]?.toLowerCase();
    if (name === undefined || !piece.endsWith(">")) return piece;
    if (TEXTS.has(name) && !piece.endsWith("/>")) this.#until = new RegExp(`</${name}[\\s/>]`, "i");
    const links = Object.hasOwn(LINKS, name) ? LINKS[name]! : [];
    if (links.length === 0) return piece;
    const from = name.length + 1;
    const attributes = piece.slice(from).replace(ATTRIBUTE, (whole, key: string, equals: string, value: string) => {
      if (!links.includes(key.toLowerCase())) return whole;
      const link = unescaped(/^["']/.test(value) ? value.slice(1, -1) : value);
      const seen = this.#seen(link);
      return seen === link ? whole : `${key}${equals}"${escaped(seen)}"`;
    });
    return piece.slice(0, from) + attributes;
  }
}

/** All but a last `<` that may begin the end tag. */
function withoutTail(text: string): number {
  const last = text.lastIndexOf("<");
  return last < 0 || text.length - last > LONGEST_END ? text.length : last;
}

function lengthTo(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? 0 : at + end.length;
}

/** A `>` within a quoted value ends no tag. */
function tagLength(text: string): number {
  let quote = "";
  let afterEquals = false;
  for (let i = 1; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== "") {
      if (char === quote) quote = "";
      continue;
    }
    if (char === ">") return i + 1;
    if (afterEquals && (char === '"' || char === "'")) quote = char;
    afterEquals = char === "=" || (afterEquals && /\s/.test(char));
  }
  return 0;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Letters beyond ASCII stay as they are written. */
const unescaped = (text: string) =>
  text.replace(/&(?:#(\d{1,3})|#x([0-9a-f]{1,2})|(amp|lt|gt|quot|apos));/gi, (whole, decimal, hex, name?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()]!;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code < 0x80 ? String.fromCharCode(code) : String(whole);
  });

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => ESCAPES[char]!);

/** The codings in which pages are read, and written again. */
const CODINGS: Readonly<Record<string, () => readonly [read: Duplex, write: Duplex]>> = {
  gzip: () => [createGunzip(), createGzip()],
  deflate: () => [createInflateRaw(), createDeflateRaw()],
};

/** The body of a page with its links as `seen` has them; undefined for a coding that nobody knows. */
export function withLinks(body: Readable, coding: string, seen: (link: string) => string): Readable | undefined {
  if (coding !== "" && !Object.hasOwn(CODINGS, coding)) return undefined;
  const links = new HtmlLinks(seen);
  // One character for each byte: whatever the page's letters are, they pass.
  const rewriting = new Transform({
    transform: (chunk: Buffer, _, done) => done(null, Buffer.from(links.push(chunk.toString("latin1")), "latin1")),
    flush: (done) => done(null, Buffer.from(links.end(), "latin1")),
  });
  const [read, write] = coding === "" ? [] : CODINGS[coding]!();
  let last: Readable = body;
  for (const step of [read, rewriting, write]) {
    if (step === undefined) continue;
    last.once("error", (error) => step.destroy(error));
    last = last.pipe(step);
  }
  return last;
}
