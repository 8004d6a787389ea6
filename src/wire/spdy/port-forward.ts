// Port forwarding over SPDY: for each connection a stream for its bytes and one for an error. Both sides.
// It refuses to connect to ports and to do the HTTP upgrade.
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import type { Clock } from "../../base/clock.ts";
import { SpdyConnection } from "./connection.ts";
import type { SpdyStream } from "./stream.ts";

/** For `X-Stream-Protocol-Version`. */
export const PORT_FORWARD_PROTOCOL = "portforward.k8s.io";

/** A stream whose partner has not come by then is reset. */
const PAIRING_TIMEOUT_MS = 30_000;

export interface PortForwardClient {
  /** A connection to `port` of the pod. The server may accept it before it knows whether anything listens there. */
  forward(port: number): Promise<ForwardedPort>;
  /** Resolves when the connection that carries all is over. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface ForwardedPort {
  readonly data: Duplex;
  /** What the server says went wrong, "" when nothing did; known when the data has ended. Never rejects. */
  readonly error: Promise<string>;
}

/** Forwards over an upgraded connection. */
export function portForwardClient(socket: Duplex): PortForwardClient {
  const connection = new SpdyConnection(socket, { role: "client" });
  let requests = 0;
  return {
    async forward(port) {
      const common = { port: String(port), requestid: String(requests++) };
      // One after the other: containerd 1.6 at times forgets a reply when both streams come at once.
      const errors = connection.open({ streamtype: "error", ...common }).on("error", () => {});
      errors.end();
      await errors.replied;
      const data = connection.open({ streamtype: "data", ...common }).on("error", () => {});
      await data.replied;
      return { data, error: text(errors).catch((error: Error) => error.message) };
    },
    closed: connection.closed,
    close: () => connection.close(),
  };
}

/** One connection that the client wants. */
export interface ForwardedConnection {
  readonly port: number;
  readonly data: Duplex;
  /** Tells the client why there will be no (more) data, and ends the connection. */
  fail(message: string): void;
  /** To be called when the connection is over and nothing failed. */
  done(): void;
}

export interface PortForwardServerOptions {
  readonly clock: Clock;
  readonly onConnection: (connection: ForwardedConnection) => void;
}

/** Serves an upgraded connection; resolves when it is over. */
export async function servePortForward(socket: Duplex, options: PortForwardServerOptions): Promise<void> {
  const waiting = new Map<string, { readonly stream: SpdyStream; readonly cancel: () => void }>();
  const connection = new SpdyConnection(socket, {
    role: "server",
    onStream(stream) {
      stream.on("error", () => {});
      const type = stream.headers["streamtype"];
      const port = Number(stream.headers["port"]);
      const validPort = Number.isInteger(port) && port > 0 && port < 0x10000;
      if ((type !== "data" && type !== "error") || !validPort) return stream.refuse();
      stream.reply();
      // Clients of the first days send no request id; they open the streams of one connection next to each other.
      const request = stream.headers["requestid"] ?? String(type === "error" ? stream.id : stream.id - 2);
      const partner = waiting.get(request);
      if (partner === undefined) {
        const timer = options.clock.after(PAIRING_TIMEOUT_MS, () => {
          waiting.delete(request);
          stream.destroy();
        });
        waiting.set(request, { stream, cancel: () => timer.cancel() });
        return;
      }
      if (partner.stream.headers["streamtype"] === type) return void stream.destroy();
      partner.cancel();
      waiting.delete(request);
      const [data, errors] = type === "data" ? [stream, partner.stream] : [partner.stream, stream];
      options.onConnection(forwarded(port, data, errors));
    },
  });
  try {
    await connection.closed;
  } finally {
    for (const { cancel } of waiting.values()) cancel();
  }
}

function forwarded(port: number, data: SpdyStream, errors: SpdyStream): ForwardedConnection {
  return {
    port,
    data,
    fail(message) {
      errors.end(message);
      data.end();
    },
    done: () => void errors.end(),
  };
}
