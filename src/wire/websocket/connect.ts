// WebSocket handshakes of both sides, over the `ws` package. It refuses to listen, and to know what is sent afterwards.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer, createWebSocketStream } from "ws";
import { ChannelError, chooseProtocol } from "./channel-frame.ts";

/** Messages above this end the connection: upstream's clients write 32 kB at a time. */
const MAX_MESSAGE = 16 << 20;

const upgrader = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  clientTracking: false,
  maxPayload: MAX_MESSAGE,
});
/** What {@link acceptWebSocket} has chosen for the request that `ws` is answering. */
const chosen = new WeakMap<IncomingMessage, string>();
// `ws` negotiates by RFC 6455, where a name has no slash, but the tunnel's has: the header is kept from it, both ways.
upgrader.on("headers", (lines, request) => {
  const protocol = chosen.get(request);
  if (protocol) lines.push(`${PROTOCOL_HEADER}: ${protocol}`);
});
const PROTOCOL_HEADER = "sec-websocket-protocol";

export function isWebSocketRequest(request: IncomingMessage): boolean {
  return /^websocket$/i.test(request.headers.upgrade ?? "");
}

export interface AcceptedWebSocket {
  readonly socket: WebSocket;
  /** Out of `protocols`; "" when the client offered none and that is among them. */
  readonly protocol: string;
}

/**
 * Answers an upgrade request of an HTTP/1.1 server. Rejects with {@link ChannelError}, before it is answered, when
 * the client offers no protocol that is spoken; a handshake that is broken otherwise is answered with 400 by `ws` and
 * never resolves. The socket is paused, so that no message is missed: the wrappers of this folder resume it.
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
): Promise<AcceptedWebSocket> {
  const offered = request.headers[PROTOCOL_HEADER];
  const protocol = chooseProtocol(offered, protocols);
  if (protocol === undefined) {
    return Promise.reject(new ChannelError(`no subprotocol in common: the client offers ${offered ?? "none"}`));
  }
  chosen.set(request, protocol);
  delete request.headers[PROTOCOL_HEADER];
  return new Promise((resolve) => {
    upgrader.handleUpgrade(request, socket, head, (accepted) => {
      accepted.pause();
      resolve({ socket: accepted, protocol });
    });
  });
}

export interface DialWebSocketOptions {
  /** Best first. */
  readonly protocols: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
}

/**
 * Connects to `url` (ws, wss, http or https). Rejects with the server's status when it does not upgrade. The socket is
 * paused, as in {@link acceptWebSocket}.
 */
export function dialWebSocket(url: string | URL, options: DialWebSocketOptions): Promise<AcceptedWebSocket> {
  const socket = new WebSocket(String(url).replace(/^http/, "ws"), {
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
    headers: { ...options.headers, [PROTOCOL_HEADER]: options.protocols.join(", ") },
    ...options.tls,
  });
  let protocol = "";
  socket.once("upgrade", (response) => {
    protocol = response.headers[PROTOCOL_HEADER] ?? "";
    delete response.headers[PROTOCOL_HEADER];
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => {
      socket.pause();
      socket.off("error", reject);
      if (protocol === "" || options.protocols.includes(protocol)) return resolve({ socket, protocol });
      socket.terminate();
      reject(new ChannelError(`the server chose the protocol ${protocol}, which was not offered`));
    });
    socket.once("unexpected-response", (_request, response) => {
      response.resume();
      reject(new ChannelError(`the server answered ${response.statusCode} instead of upgrading`));
      socket.terminate();
    });
  });
}

/** The subprotocol in which port forwarding's SPDY travels inside of a WebSocket. */
export const TUNNEL_PROTOCOL = "SPDY/3.1+portforward.k8s.io";

/** A WebSocket as the byte stream that its binary messages make up: what SPDY is tunnelled through. */
export function tunnelOf(socket: WebSocket): Duplex {
  return createWebSocketStream(socket);
}
