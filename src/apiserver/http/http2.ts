// An Exchange over one HTTP/2 stream. It uses the raw stream API: the compatibility layer costs more than half of the speed.
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { collect } from "./exchange.ts";
import type { Exchange, Headers, Sink } from "./exchange.ts";

export const EMPTY = Buffer.alloc(0);

export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly certificate: Uint8Array | undefined;
  readonly upgrade = undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #raw: readonly string[];

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    certificate: Uint8Array | undefined,
  ) {
    this.method = headers[":method"] as string;
    this.url = headers[":path"] as string;
    this.certificate = certificate;
    this.#stream = stream;
    this.#headers = headers;
    this.#raw = raw;
  }

  get remoteAddress(): string {
    return this.#stream.session?.socket?.remoteAddress ?? "";
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  hasHeaderLike(prefix: string): boolean {
    const raw = this.#raw;
    for (let i = 0; i < raw.length; i += 2) if (raw[i]!.startsWith(prefix)) return true;
    return false;
  }

  *headerLines(): Iterable<readonly [string, string]> {
    for (let i = 0; i + 1 < this.#raw.length; i += 2) yield [this.#raw[i]!.toLowerCase(), this.#raw[i + 1]!];
  }

  onGone(then: () => void): void {
    const stream = this.#stream;
    if (stream.destroyed) return then();
    // A reset ends the writing side before "close" comes: only "aborted" tells that the answer had not ended.
    let gone = false;
    const leave = () => {
      if (!gone) then();
      gone = true;
    };
    stream.once("aborted", leave);
    stream.once("close", () => {
      if (!stream.writableFinished) leave();
    });
  }

  body(limit: number): Promise<Buffer> {
    return collect(this.#stream, limit);
  }

  bodyStream(): NodeJS.ReadableStream {
    return this.#stream;
  }

  send(status: number, headers: Headers, body: Uint8Array): void {
    const stream = this.#stream;
    if (stream.destroyed) return;
    // An answer that has begun cannot become another one: it is cut, so that nobody takes it for whole.
    if (stream.headersSent) {
      if (!stream.writableEnded) stream.once("error", () => {}).destroy(new Error("the answer could not be finished"));
      return;
    }
    const bare = this.method === "HEAD" || body.length === 0;
    stream.respond(head(status, headers, body.length), { endStream: bare });
    if (!bare) stream.end(body);
    // What is still coming of a body that nobody reads would fill the connection's window.
    if (!stream.endAfterHeaders && !stream.readableEnded) stream.resume();
  }

  open(status: number, headers: Headers): Sink {
    const stream = this.#stream;
    if (stream.destroyed) return NOBODY;
    stream.respond(head(status, headers), { endStream: this.method === "HEAD" });
    return {
      write(chunk, left) {
        // A client that resets the stream without an error code leaves it closed but standing: nobody would hear of it.
        if (stream.closed) stream.destroy();
        return stream.destroyed || stream.write(chunk, left);
      },
      get waiting() {
        return stream.writableLength;
      },
      drained: (then) => stream.once("drain", then),
      end: () => stream.end(),
    };
  }
}

/** The client has gone: what is written goes nowhere. */
const NOBODY: Sink = { write: () => true, waiting: 0, drained: () => {}, end: () => {} };

/** A flat list of names and values: Node copies an object of headers into a slow one first. */
function head(status: number, headers: Headers, length?: number): string[] {
  const all = [":status", String(status)];
  for (const name in headers) {
    const value = headers[name]!;
    if (typeof value === "string") all.push(name, value);
    else for (const one of value) all.push(name, one);
  }
  if (length !== undefined) all.push("content-length", String(length));
  return all;
}
