// Passes a request through to another server: plain ones with their bodies both ways, upgrades as a pair of raw streams.
// It refuses to look into what passes, but for where redirects and the links of pages lead.
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { StatusError, serviceUnavailable } from "../../schema/meta/status.ts";
import { requestHttp, requestHttps } from "../../wire/http/request.ts";
import { BYTE_STREAM_PROTOCOLS } from "../../wire/websocket/byte-stream.ts";
import type { Exchange, Sink } from "../http/exchange.ts";
import { asksForWebSocket, openMessages } from "../http/web-socket.ts";
import type { HttpRequest } from "../pipeline.ts";
import { drained, goneSignal } from "../respond.ts";
import { withLinks } from "./html-links.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Undefined: plain HTTP. */
  readonly tls:
    | {
        readonly cert?: string;
        readonly key?: string;
        readonly ca?: string | undefined;
        readonly servername?: string;
        readonly insecure?: true;
      }
    | undefined;
}

export interface Destination extends Place {
  /** Path and query. */
  readonly path: string;
  /** Each piece is handed on as it comes. */
  readonly flush: boolean;
  /** Of what is proxied: the path under which our clients see the other server's root, without a slash at its end. */
  readonly prefix?: string;
  /** Headers beside those of the request. */
  readonly headers?: OutgoingHttpHeaders;
  /** It is another API server: one that cannot be reached is unavailable. */
  readonly service?: true;
  /** Our client may ask for the answer's bytes as messages of a WebSocket. */
  readonly messages?: true;
  /** What an answer that is no success means to our client, by its code and text. Without it such answers pass as they are. */
  readonly refused?: (status: number, text: string) => StatusError;
}

/** The longest text of a refusal that is told. */
const MAX_REFUSAL = 50_000;

/** Headers that belong to one connection, and those by which our own caller is known. */
const NOT_HANDED_ON = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "authorization",
]);
const IMPERSONATION = /^(?:impersonate-|x-remote-|:)/;

/** Resolves when the answer has ended, whichever side ended it. */
export function passThrough(request: HttpRequest, destination: Destination): Promise<void> {
  const { exchange } = request;
  const isPlain = exchange.upgrade === undefined || (destination.messages && asksForWebSocket(exchange));
  return isPlain ? plain(request, destination) : upgraded(request, destination);
}

function optionsFor(
  request: HttpRequest,
  { host, port, path, tls, prefix, headers: more }: Destination,
): RequestOptions {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of request.exchange.headerLines()) {
    if (NOT_HANDED_ON.has(name) || IMPERSONATION.test(name)) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat().map(String);
  }
  headers["x-forwarded-for"] = request.exchange.remoteAddress;
  if (prefix !== undefined) headers["x-forwarded-uri"] = `${prefix}${path.split("?", 1)[0]!}`;
  Object.assign(headers, more);
  return {
    host,
    port,
    path,
    method: request.exchange.method,
    headers,
    ...(tls && {
      ...(tls.cert && { cert: tls.cert }),
      ...(tls.key && { key: tls.key }),
      ...(tls.ca && { ca: tls.ca }),
      ...(tls.servername && { servername: tls.servername }),
      ...(tls.insecure && { rejectUnauthorized: false }),
    }),
  };
}

const dial = (destination: Destination) => (destination.tls === undefined ? requestHttp : requestHttps);

/** Go's words for what befalls a connection. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

function dialText({ host, port }: Destination, error: NodeJS.ErrnoException): string {
  const words = WORDS[error.code ?? ""];
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return words === undefined ? `${error.message} (${address})` : `dial tcp ${address}: ${words}`;
}

/** What upstream says when the other side cannot be reached. */
const unreachable = (destination: Destination, error: Error) =>
  destination.service
    ? noService(destination, error)
    : new StatusError({
        code: 500,
        reason: "InternalError",
        message: `error dialing backend: ${dialText(destination, error)}`,
        cause: error,
      });

const noService = (destination: Destination, error: Error) =>
  serviceUnavailable(`error trying to reach service: ${dialText(destination, error)}`);

const unserved = (destination: Destination, error: Error) =>
  destination.prefix === undefined ? unreachable(destination, error) : noService(destination, error);

function plain(request: HttpRequest, destination: Destination): Promise<void> {
  const { exchange } = request;
  const gone = goneSignal(exchange);
  return new Promise((resolve, reject) => {
    const outgoing = dial(destination)({ ...optionsFor(request, destination), agent: false });
    gone.addEventListener("abort", () => outgoing.destroy(), { once: true });
    // More than one may come: a server that answers before it has read the whole body resets the connection.
    outgoing.on("error", (error) => (gone.aborted || answered ? undefined : reject(unserved(destination, error))));
    gone.addEventListener("abort", () => resolve(), { once: true });
    let answered = false;
    outgoing.once("response", (incoming) => {
      answered = true;
      const status = incoming.statusCode ?? 502;
      if (destination.refused !== undefined && (status < 200 || status > 206)) {
        refusalText(incoming).then((text) => reject(destination.refused!(status, text)), reject);
        return;
      }
      const headers = headersOf(incoming, request.auditId);
      const { location } = incoming.headers;
      if (location !== undefined && destination.prefix !== undefined)
        headers["location"] = seenFromOutside(location, destination, exchange.header("host") ?? "");
      const body = bodyOf(incoming, destination, request);
      if (body !== incoming) delete headers["content-length"];
      if (exchange.upgrade === undefined) follow(body, exchange.open(status, headers), gone, resolve);
      else openBytes(exchange).then((sink) => follow(body, sink, gone, resolve), reject);
    });
    if (exchange.method === "GET" || exchange.method === "HEAD") outgoing.end();
    else exchange.bodyStream().pipe(outgoing);
  });
}

/** Hands a body on, no faster than it is taken. */
function follow(body: Readable, sink: Sink, gone: AbortSignal, done: () => void): void {
  body.on("data", (chunk: Buffer) => {
    if (sink.write(chunk)) return;
    body.pause();
    void drained(sink, gone).then(() => body.resume());
  });
  const end = () => {
    sink.end();
    done();
  };
  body.once("end", end);
  // A connection that breaks ends the answer: all that came has been handed on.
  body.once("error", end);
  body.once("close", end);
}

/** A log over a WebSocket begins with an empty message, as upstream's. */
async function openBytes(exchange: Exchange): Promise<Sink> {
  const sink = await openMessages(exchange, BYTE_STREAM_PROTOCOLS, (protocol) =>
    protocol.startsWith("base64.") ? (chunk) => Buffer.from(chunk).toString("base64") : (chunk) => chunk,
  );
  sink.write(new Uint8Array());
  return sink;
}

/** A page of a proxied server has its links rewritten; all else passes. */
function bodyOf(incoming: IncomingMessage, destination: Destination, { exchange }: HttpRequest): Readable {
  const { "content-type": type = "", "content-encoding": coding = "", location } = incoming.headers;
  const isPage = type.split(";", 1)[0]!.trim() === "text/html";
  if (destination.prefix === undefined || !isPage || location !== undefined || exchange.method === "HEAD")
    return incoming;
  const askedHost = exchange.header("host") ?? "";
  return withLinks(incoming, coding, (link) => seenFromOutside(link, destination, askedHost)) ?? incoming;
}

async function refusalText(incoming: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) {
    text += chunk as string;
    if (text.length >= MAX_REFUSAL) break;
  }
  return text.slice(0, MAX_REFUSAL);
}

/** Where a link of a proxied server leads its clients: back through the proxy, unless it goes elsewhere. */
export function seenFromOutside(
  location: string,
  { host, port, prefix = "" }: Pick<Destination, "host" | "port" | "prefix">,
  askedHost: string,
): string {
  const [, scheme, authority, path = ""] = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?(.*)$/i.exec(location) ?? [];
  const own = [host, `${host}:${port}`, `[${host}]:${port}`, askedHost];
  if ((scheme !== undefined || authority !== undefined) && !own.includes(authority ?? "")) return location;
  if (!path.startsWith("/") || path.startsWith(prefix)) return location;
  // One that names us goes on naming us.
  const front = authority === askedHost ? location.slice(0, location.length - path.length) : "";
  return `${front}${prefix}${path}`;
}

function headersOf(incoming: IncomingMessage, auditId: string): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = { "audit-id": auditId };
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !NOT_HANDED_ON.has(name)) headers[name] = value;
  }
  return headers;
}

function upgraded(request: HttpRequest, destination: Destination): Promise<void> {
  const { exchange } = request;
  const { socket, head } = exchange.upgrade!;
  return new Promise((resolve, reject) => {
    const options = optionsFor(request, destination);
    const protocol = exchange.header("upgrade") ?? "";
    const outgoing = dial(destination)({
      ...options,
      agent: false,
      headers: { ...options.headers, connection: "Upgrade", upgrade: protocol },
    });
    socket.once("close", () => outgoing.destroy());
    outgoing.on("error", (error) => (socket.destroyed ? resolve() : reject(unreachable(destination, error))));
    outgoing.once("upgrade", (incoming: IncomingMessage, other: Duplex, otherHead: Buffer) => {
      socket.write(rawHead(incoming));
      join(socket, other, head, otherHead).then(resolve, resolve);
    });
    // Refused: the answer goes back as it is.
    outgoing.once("response", (incoming) => {
      socket.write(rawHead(incoming));
      incoming.pipe(socket);
      incoming.once("close", resolve);
    });
    outgoing.end();
  });
}

function rawHead(incoming: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage ?? ""}`];
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2)
    lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Two streams as one, until both have ended; a half-closed one keeps its other direction. */
function join(a: Duplex, b: Duplex, headOfA: Buffer, headOfB: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (headOfB.length > 0) a.write(headOfB);
    if (headOfA.length > 0) b.write(headOfA);
    a.pipe(b);
    b.pipe(a);
    let open = 2;
    const closed = (other: Duplex) => () => {
      other.destroy();
      open--;
      if (open === 0) resolve();
    };
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      one.on("error", () => other.destroy());
      one.once("close", closed(other));
    }
  });
}
