// An Exchange over HTTP/1.1. It refuses to parse: node:http does.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { collect } from "./exchange.ts";
import type { Exchange, Headers, Sink } from "./exchange.ts";
import { EMPTY } from "./http2.ts";

export class Http1Exchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly remoteAddress: string;
  readonly certificate: Uint8Array | undefined;
  readonly upgrade: Exchange["upgrade"];
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse | undefined;

  /** With `raw`, the request asked for an upgrade and has no response object. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse | undefined,
    certificate: Uint8Array | undefined,
    raw?: { socket: Duplex; head: Buffer },
  ) {
    this.method = request.method ?? "GET";
    this.url = request.url ?? "/";
    this.remoteAddress = request.socket.remoteAddress ?? "";
    this.certificate = certificate;
    this.upgrade = raw && { ...raw, request };
    this.#request = request;
    this.#response = response;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  hasHeaderLike(prefix: string): boolean {
    for (const name in this.#request.headers) if (name.startsWith(prefix)) return true;
    return false;
  }

  *headerLines(): Iterable<readonly [string, string]> {
    const raw = this.#request.rawHeaders;
    for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i]!.toLowerCase(), raw[i + 1]!];
  }

  onGone(then: () => void): void {
    if (this.#response === undefined) {
      this.upgrade?.socket.once("close", then);
      return;
    }
    const response = this.#response;
    if (response.destroyed) return then();
    response.once("close", () => {
      if (!response.writableFinished) then();
    });
  }

  body(limit: number): Promise<Buffer> {
    return collect(this.#request, limit);
  }

  bodyStream(): NodeJS.ReadableStream {
    return this.#request;
  }

  send(status: number, headers: Headers, body: Uint8Array): void {
    const response = this.#response;
    if (response === undefined) return this.#sendRaw(status, headers, body);
    if (response.destroyed) return;
    // An answer that has begun cannot become another one: it is cut, so that nobody takes it for whole.
    if (response.headersSent) {
      if (!response.writableEnded) response.destroy();
      return;
    }
    // What the client still sends of a refused body is thrown away, so that it reads the answer.
    if (!this.#request.complete) this.#request.resume();
    response.writeHead(status, {
      ...(headers as Record<string, string | string[]>),
      "content-length": String(body.length),
    });
    response.end(this.method === "HEAD" ? undefined : body);
  }

  open(status: number, headers: Headers): Sink {
    const response = this.#response;
    if (response === undefined) throw new Error("an upgraded request is answered on its socket");
    response.writeHead(status, headers as Record<string, string | string[]>);
    response.flushHeaders();
    if (this.method === "HEAD") response.end();
    return {
      write: (chunk, left) => response.destroyed || response.write(chunk, left),
      get waiting() {
        return response.writableLength;
      },
      drained: (then) => response.once("drain", then),
      end: () => response.end(),
    };
  }

  /** An answer to an upgrade that is refused. */
  #sendRaw(status: number, headers: Headers, body: Uint8Array): void {
    const socket = this.upgrade!.socket;
    if (socket.destroyed) return;
    const lines = [`HTTP/1.1 ${status} ${STATUS_TEXTS[status] ?? "Status"}`];
    for (const [name, value] of Object.entries(headers)) {
      for (const one of typeof value === "string" ? [value] : value) lines.push(`${name}: ${one}`);
    }
    lines.push(`content-length: ${body.length}`, "connection: close", "", "");
    socket.write(lines.join("\r\n"));
    socket.end(this.method === "HEAD" ? EMPTY : body);
  }
}

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};
