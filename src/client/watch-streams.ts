// Many watches on one connection: streams of HTTP/2, which a client with hundreds of small watches (a node's ConfigMaps and
// Secrets) opens in place of as many TLS connections. It refuses servers that only speak HTTP/1.1: the caller asks those in
// its own way.
import { connect as connectHttp2, constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { Connection } from "./connection.ts";

/** What a stream may send ahead of who reads it, and all streams of a connection together: none may stand in another's way. */
const STREAM_WINDOW = 1 << 20;
const CONNECTION_WINDOW = 16 << 20;
const CONNECT_MS = 10_000;
/** Silent for so long, a server is asked whether it is still there; silent for as long again, it is not. */
const SILENCE_MS = 30_000;
/** What servers allow before they say what they allow. */
const FEW_STREAMS = 100;

/** A watch's answer as it comes. */
export interface StreamedAnswer {
  readonly statusCode: number;
  readonly body: AsyncIterable<Buffer> & { destroy(): void };
}

export interface WatchStreams {
  /** Undefined if the server has no HTTP/2. Rejects with what broke the connection, or with `signal.reason`. */
  open(
    path: string,
    headers: OutgoingHttpHeaders,
    signal: AbortSignal | undefined,
  ): Promise<StreamedAnswer | undefined>;
  close(): void;
}

export function watchStreams(connection: Connection): WatchStreams {
  const sessions = new Set<Session>();
  let making: Promise<void> | undefined;
  let isOld = !connection.server.startsWith("https:");

  async function make(): Promise<void> {
    const socket = await secure(connection);
    if (socket.alpnProtocol !== "h2") {
      isOld = true;
      socket.destroy();
      return;
    }
    const session = new Session(connection.server, socket, () => sessions.delete(session));
    await session.ready;
    if (!session.hasRoom) {
      session.destroy();
      throw new Error("the server takes no streams");
    }
    sessions.add(session);
  }

  return {
    async open(path, headers, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const session = [...sessions].find((one) => one.hasRoom);
        // Found and taken at once, or many who wait for the same connection would all go for its last stream.
        if (session !== undefined) return session.open(path, headers, signal);
        if (isOld) return undefined;
        making ??= make().finally(() => (making = undefined));
        await making;
      }
    },
    close: () => sessions.forEach((session) => session.destroy()),
  };
}

function secure({ server, ca, cert, key, insecure, serverName }: Connection): Promise<TLSSocket> {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: Number(port || 443),
      ca,
      cert,
      key,
      rejectUnauthorized: !insecure,
      ALPNProtocols: ["h2", "http/1.1"],
      ...(serverName && { servername: serverName }),
    });
    const late = () => socket.destroy(new Error(`no connection within ${CONNECT_MS / 1000} s`));
    socket.setTimeout(CONNECT_MS, late);
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      socket.removeListener("timeout", late);
      socket.removeListener("error", reject);
      // What follows is the session's to hear of.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

/** One connection. It keeps the process alive only while there are streams on it. */
class Session {
  /** Once the server has said how many streams it takes. */
  readonly ready: Promise<void>;
  readonly #http2: ClientHttp2Session;
  #open = 0;
  #isLeaving = false;
  #isAsked = false;

  constructor(server: string, socket: TLSSocket, onEnd: () => void) {
    const { origin } = new URL(server);
    const settings = { enablePush: false, initialWindowSize: STREAM_WINDOW };
    this.#http2 = connectHttp2(origin, { createConnection: () => socket, settings });
    this.ready = new Promise((resolve, reject) => {
      this.#http2.once("remoteSettings", () => resolve());
      this.#http2.once("close", () => reject(new Error("the server ended the connection")));
      this.#http2.on("error", reject);
    });
    this.#http2.once("connect", () => this.#http2.setLocalWindowSize(CONNECTION_WINDOW));
    this.#http2.once("goaway", () => {
      this.#isLeaving = true;
      onEnd();
    });
    this.#http2.once("close", onEnd);
    this.#http2.setTimeout(SILENCE_MS, () => this.#askWhetherItLives());
  }

  get hasRoom(): boolean {
    const { destroyed, closed, remoteSettings } = this.#http2;
    const most = remoteSettings?.maxConcurrentStreams ?? FEW_STREAMS;
    return !destroyed && !closed && !this.#isLeaving && this.#open < most;
  }

  destroy(): void {
    this.#http2.destroy();
  }

  open(path: string, headers: OutgoingHttpHeaders, signal: AbortSignal | undefined): Promise<StreamedAnswer> {
    const stream = this.#http2.request({ ...headers, ":method": "GET", ":path": path }, { endStream: true });
    if (this.#open++ === 0) this.#http2.ref();
    const onAbort = () => stream.close(constants.NGHTTP2_CANCEL);
    signal?.addEventListener("abort", onAbort, { once: true });
    stream.once("close", () => {
      signal?.removeEventListener("abort", onAbort);
      if (--this.#open === 0) this.#http2.unref();
    });
    return answerOf(stream, signal);
  }

  /** Half-open connections are silent like those on which nothing happens. */
  #askWhetherItLives(): void {
    if (this.#isAsked) return this.#http2.destroy(new Error("the server does not answer any more"));
    this.#isAsked = true;
    this.#http2.ping(() => (this.#isAsked = false));
  }
}

function answerOf(stream: ClientHttp2Stream, signal: AbortSignal | undefined): Promise<StreamedAnswer> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(signal?.aborted ? signal.reason : new Error("the server ended the connection"));
    stream.once("error", reject);
    stream.once("close", ended);
    stream.once("response", (headers) => {
      stream.removeListener("error", reject);
      stream.removeListener("close", ended);
      // Its reader hears of errors; after it has left nobody needs to.
      stream.on("error", () => undefined);
      const body: StreamedAnswer["body"] = {
        [Symbol.asyncIterator]: () => whole(stream),
        destroy: () => stream.close(constants.NGHTTP2_CANCEL),
      };
      resolve({ statusCode: Number(headers[":status"] ?? 0), body });
    });
  });
}

/** What comes on a stream. An end that the server did not give it is a failure, which a stream by itself passes over. */
async function* whole(stream: ClientHttp2Stream): AsyncGenerator<Buffer, void> {
  yield* stream as AsyncIterable<Buffer>;
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error("the server ended the connection");
}
