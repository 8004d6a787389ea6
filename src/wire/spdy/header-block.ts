// SPDY's header blocks: pairs of names and values, compressed in one zlib stream for each direction of a connection.
// It refuses to know what headers mean.
import { constants, createInflate } from "node:zlib";
import type { Inflate } from "node:zlib";
import { SpdyError } from "./frame.ts";

/** Names in lower case. Several values of one name are joined by NUL, as SPDY does; Kubernetes sends one. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** Words that SPDY/3 compression starts with, each preceded by its length in the dictionary. */
const WORDS = `options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges
  age allow authorization cache-control connection content-base content-encoding content-language content-length
  content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since
  if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate
  proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning
  www-authenticate method get status|200 OK|version HTTP/1.1 url public set-cookie keep-alive origin`;

/** The rest of the dictionary, as one text. */
const TAIL =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized" +
  "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable" +
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript," +
  "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

/** The 1423 bytes that every SPDY/3 peer has. */
export function headerDictionary(): Buffer {
  const words = WORDS.split("|").flatMap((part, i) => (i === 1 ? [part] : part.trim().split(/\s+/)));
  return Buffer.concat([...words.map((word) => sized(word)), Buffer.from(TAIL, "latin1")]);
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** More than any request has; bounds what a small compressed block can become. */
const MAX_BLOCK = 256 * 1024;
const MAX_PAIRS = 1000;

/**
 * Writes header blocks. It stores instead of compressing: a valid zlib stream that any peer reads, a few hundred bytes
 * longer for a whole remote command, and without a compressor's memory and state.
 */
export class HeaderWriter {
  #begun = false;

  write(headers: SpdyHeaders): Buffer {
    const pairs = Object.entries(headers);
    const count = Buffer.allocUnsafe(4);
    count.writeUInt32BE(pairs.length);
    const parts = pairs.flatMap(([name, value]) => [sized(name.toLowerCase()), sized(value)]);
    const block = Buffer.concat([count, ...parts]);
    if (block.length > 0xffff) throw new SpdyError(`headers of ${block.length} bytes`);
    // One stored block of deflate: a zero byte, the length, its complement. The stream begins with zlib's two bytes.
    const head = Buffer.allocUnsafe(5);
    head[0] = 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    const start = this.#begun ? [] : [Buffer.of(0x78, 0x01)];
    this.#begun = true;
    return Buffer.concat([...start, head, block, FLUSH]);
  }
}

/** An empty stored block, which is how deflate says "give out what you have". Go's reader waits for it. */
const FLUSH = Buffer.of(0, 0, 0, 0xff, 0xff);

/** Reads the header blocks of one direction, in their order. */
export class HeaderReader {
  readonly #inflate: Inflate;
  #parts: Buffer[] = [];
  #size = 0;
  #fail: ((error: Error) => void) | undefined;

  constructor() {
    this.#inflate = createInflate({ dictionary: headerDictionary(), flush: constants.Z_SYNC_FLUSH });
    this.#inflate.on("data", (part: Buffer) => {
      this.#parts.push(part);
      this.#size += part.length;
      if (this.#size > MAX_BLOCK) this.#inflate.destroy();
    });
    this.#inflate.on("error", (error) => this.#fail?.(error));
  }

  /** One block at a time: the next may be read when this one is resolved. Rejects with {@link SpdyError}. */
  read(block: Buffer): Promise<SpdyHeaders> {
    return new Promise((resolve, reject) => {
      this.#parts = [];
      this.#size = 0;
      this.#fail = (error) =>
        reject(error instanceof SpdyError ? error : new SpdyError(`a header block is no zlib: ${error.message}`));
      if (this.#inflate.destroyed) return this.#fail(new Error("the stream has ended"));
      this.#inflate.write(block, (error) => {
        if (error) return this.#fail?.(error);
        if (this.#size > MAX_BLOCK) return reject(new SpdyError(`a header block of over ${MAX_BLOCK} bytes`));
        try {
          resolve(parsePairs(Buffer.concat(this.#parts)));
        } catch (broken) {
          reject(broken as Error);
        }
      });
    });
  }

  close(): void {
    this.#inflate.destroy();
  }
}

function parsePairs(block: Buffer): SpdyHeaders {
  let at = 0;
  const word = () => {
    if (at + 4 > block.length) throw new SpdyError("a header block ends early");
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = word();
    if (length > block.length - at) throw new SpdyError("a header block ends early");
    at += length;
    return block.toString("utf8", at - length, at);
  };
  const count = word();
  if (count > MAX_PAIRS) throw new SpdyError(`${count} headers`);
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 0; i < count; i++) {
    const name = text().toLowerCase();
    headers[name] = text();
  }
  if (at !== block.length) throw new SpdyError("a header block is longer than its headers");
  return headers;
}
