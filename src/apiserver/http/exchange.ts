// One HTTP request and its answer, whichever version of the protocol carries it. It refuses to know Kubernetes:
// http1.ts and http2.ts implement it, the pipeline and tests use it.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** Header values; a list becomes one header line for each value. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** An open answer. Writes are taken at once; a writer that respects {@link Sink.drained} needs bounded memory. */
export interface Sink {
  /**
   * False when what was written so far has not left yet: wait for {@link drained} before writing much more. `left` is called
   * once nobody reads the chunk any more; it may never be when the client goes away.
   */
  write(chunk: Uint8Array, left?: () => void): boolean;
  /** Bytes written that have not left. */
  readonly waiting: number;
  /** Calls back once, when the writer may go on; never after the end of the connection. */
  drained(then: () => void): void;
  end(): void;
}

export interface Exchange {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly remoteAddress: string;
  /** The client's certificate (DER) when it was verified against the client CA. */
  readonly certificate: Uint8Array | undefined;
  /** The value of a header, lower-case name; several values joined by a comma. */
  header(name: string): string | undefined;
  /** Whether some header's name begins so; asked of every request, so carriers have a quick way. Without it: {@link headerLines}. */
  hasHeaderLike?(prefix: string): boolean;
  /** All headers with a value for each line, names in lower case. */
  headerLines(): Iterable<readonly [string, string]>;
  /** Calls `then` when the client has gone before the answer ended. At most one listener. */
  onGone(then: () => void): void;
  /** The whole body. Rejects with {@link BodyTooLargeError}, or when the client goes away. */
  body(limit: number): Promise<Buffer>;
  /** The body as a stream, for requests that are passed through. */
  bodyStream(): NodeJS.ReadableStream;
  /** The whole answer. HEAD requests get the headers only. */
  send(status: number, headers: Headers, body: Uint8Array): void;
  /** The head of an answer that follows piece by piece. */
  open(status: number, headers: Headers): Sink;
  /** The raw connection, for protocol upgrades (HTTP/1.1 only), the bytes that already came, and the request that asks. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer; readonly request: IncomingMessage } | undefined;
}

/** The body is longer than the limit. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** The client went away in the middle of its request. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
}

/** Collects a body of at most `limit` bytes. */
export function collect(stream: NodeJS.ReadableStream, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let whole = false;
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(new BodyTooLargeError(`the body is longer than ${limit} bytes`));
      }
    });
    stream.on("end", () => {
      whole = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    stream.on("error", (cause: Error) => reject(new ClientGoneError("the request broke off", { cause })));
    stream.on("close", () => {
      if (!whole) reject(new ClientGoneError("the request broke off"));
    });
  });
}
