// The port: TLS, HTTP/1.1 and HTTP/2 on it, client certificates, and an end that cuts no request. It refuses to look
// into requests: each becomes an Exchange for the handler.
import { createSecureServer } from "node:http2";
import type {
  Http2SecureServer,
  Http2Session,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Server } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../../base/clock.ts";
import { afterNextPoll } from "../../base/event-loop.ts";
import type { Log } from "../../base/log.ts";
import type { Exchange } from "./exchange.ts";
import { Http1Exchange } from "./http1.ts";
import { Http2Exchange } from "./http2.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. `ca` is who signs client certificates. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca?: string | undefined };
  readonly clock: Clock;
  readonly log: Log;
  readonly handle: (exchange: Exchange) => void;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting, lets requests end for up to `graceMs`, then cuts what is left. Watches must be ended by their owner. */
  close(graceMs: number): Promise<void>;
}

/** What a Go client puts on one connection: many streams, cancelled watches, large lists. */
const HTTP2_SETTINGS = {
  maxSessionMemory: 1000,
  streamResetBurst: 100_000,
  streamResetRate: 100_000,
  settings: { maxConcurrentStreams: 1000, initialWindowSize: 256 * 1024, enableConnectProtocol: false },
  maxHeaderListPairs: 1000,
};

const HTTP1_SETTINGS = {
  maxHeaderSize: 1024 * 1024,
  keepAliveTimeout: 120_000,
  requestTimeout: 0,
  headersTimeout: 32_000,
};

/** How long an idle connection may still be used when the server stops. */
const LINGER_MS = 100;

/** Resolves when the port is open. Rejects with the system's error (EADDRINUSE, EACCES …). */
export function listen(options: ListenOptions): Promise<Listener> {
  const { tls, log, handle } = options;
  const server = createSecureServer({
    allowHTTP1: true,
    cert: tls.cert,
    key: tls.key,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    requestCert: tls.ca !== undefined,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    ...HTTP2_SETTINGS,
    ...HTTP1_SETTINGS,
  });
  const open = connectionsOf(server, log);
  takeRequests(server, open, handle, log);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.removeListener("error", reject);
      server.on("error", (error) => log.error("the listener failed", { error: error.message }));
      resolve({
        port: (server.address() as AddressInfo).port,
        close: (graceMs) => closeAll(server, open, options.clock, graceMs),
      });
    });
  });
}

/** What is open on a server. */
interface Connections {
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  readonly sockets: ReadonlySet<TLSSocket>;
  /** Connections of HTTP/1.1 on which a request is being answered; Node keeps no such books for a server of both. */
  readonly answering: Map<Duplex, number>;
  readonly answers: Set<ServerResponse>;
  /** Requests of HTTP/1.1 so far. */
  taken: number;
  closing: boolean;
  /** Idle connections are left open for a moment, for clients that are about to ask again and will be told not to. */
  lingering: boolean;
}

/** Counts a request on its connection until it is answered; a connection that has none left when all end goes then. */
function answeringOn(socket: Duplex, response: ServerResponse, open: Connections): void {
  open.answering.set(socket, (open.answering.get(socket) ?? 0) + 1);
  open.answers.add(response);
  open.taken++;
  if (open.closing) response.shouldKeepAlive = false;
  response.once("close", () => {
    open.answers.delete(response);
    const left = (open.answering.get(socket) ?? 1) - 1;
    if (left > 0) open.answering.set(socket, left);
    else open.answering.delete(socket);
    if (left <= 0 && open.closing && !open.lingering) endIdle(open, socket);
  });
}

function connectionsOf(server: Http2SecureServer, log: Log): Connections {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<TLSSocket>();
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", (error: Error) => log.debug("an HTTP/2 session failed", { error: error.message }));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", (error: Error) => log.debug("a TLS handshake failed", { error: error.message }));
  server.on("sessionError", (error: Error) => log.debug("an HTTP/2 session failed", { error: error.message }));
  return { sessions, sockets, answering: new Map(), answers: new Set(), taken: 0, closing: false, lingering: false };
}

function takeRequests(server: Http2SecureServer, open: Connections, handle: ListenOptions["handle"], log: Log): void {
  server.on("request", (request: unknown, response: unknown) => {
    const message = request as IncomingMessage;
    answeringOn(message.socket, response as ServerResponse, open);
    handle(new Http1Exchange(message, response as ServerResponse, certificateOf(message.socket)));
  });
  // A listener for requests makes Node wrap each HTTP/2 stream in the objects of HTTP/1.1 as well: that costs more than
  // the rest of a small answer. Streams are taken as they are.
  server.removeAllListeners("stream");
  const onError = (error: Error) => log.debug("an HTTP/2 stream failed", { error: error.message });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    stream.on("error", onError);
    handle(new Http2Exchange(stream, headers, raw, certificateOf(stream.session)));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", (error) => log.debug("an upgraded connection failed", { error: error.message }));
    open.answering.set(socket, 1);
    socket.once("close", () => open.answering.delete(socket));
    handle(new Http1Exchange(request, undefined, certificateOf(request.socket), { socket, head }));
  });
}

function closeAll(server: Http2SecureServer, open: Connections, clock: Clock, graceMs: number): Promise<void> {
  const { sessions, sockets } = open;
  open.closing = true;
  open.lingering = true;
  return new Promise((resolve) => {
    const cut = clock.after(graceMs, () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    });
    // The port first, and nothing else: the server's own close() destroys at once what looks idle.
    Server.prototype.close.call(server, () => {
      cut.cancel();
      server.close();
      resolve();
    });
    // Clients that are told so (`Connection: close`) do not send another request into a connection that ends.
    for (const answer of open.answers) if (!answer.headersSent) answer.shouldKeepAlive = false;
    // Idle connections end soon, busy ones after their last answer (GOAWAY on HTTP/2).
    for (const session of sessions) session.close();
    clock.after(LINGER_MS, () => {
      open.lingering = false;
      for (const socket of sockets) if (socket.alpnProtocol !== "h2") endIdle(open, socket);
    });
  });
}

/** Under load most connections that look idle hold a request that nobody has read yet: then these are read first. */
function endIdle(open: Connections, socket: Duplex): void {
  const before = open.taken;
  afterNextPoll(() => {
    if (open.answering.has(socket)) return;
    if (open.taken === before) socket.end();
    else endIdle(open, socket);
  });
}

/** Per connection: asking OpenSSL for the certificate costs as much as a request. */
const certificates = new WeakMap<object, Uint8Array | null>();

function certificateOf(connection: Duplex | Http2Session | undefined): Uint8Array | undefined {
  if (connection === undefined) return undefined;
  let found = certificates.get(connection);
  if (found === undefined) {
    const tls = ("socket" in connection ? connection.socket : connection) as TLSSocket;
    found = tls.authorized ? (tls.getPeerCertificate().raw ?? null) : null;
    certificates.set(connection, found);
  }
  return found ?? undefined;
}
