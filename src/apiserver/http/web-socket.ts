// An answer that goes out as messages of a WebSocket: watches and logs for clients that ask by one. It refuses to read what
// such a client sends.
import { ChannelError } from "../../wire/websocket/channel-frame.ts";
import { badRequest } from "../../schema/meta/status.ts";
import { ClientGoneError } from "./exchange.ts";
import type { Exchange, Sink } from "./exchange.ts";

/** Bytes that may wait before the writer waits itself. */
const MOST_WAITING = 64 * 1024;

export const asksForWebSocket = ({ upgrade }: Pick<Exchange, "upgrade">): boolean =>
  /^websocket$/i.test(upgrade?.request.headers.upgrade ?? "");

/** How bytes become a message: as they are, as text, or base64 in text. */
export type Framing = (chunk: Uint8Array) => Uint8Array | string;

/**
 * Accepts the WebSocket; each write is one message. `protocols`: those that are spoken, of which the client offers one, "" if
 * it need not; undefined: whatever it offers. Throws a StatusError when there is none in common.
 */
export async function openMessages(
  { upgrade }: Exchange,
  protocols: readonly string[] | undefined,
  framing: (protocol: string) => Framing,
): Promise<Sink> {
  const { request, socket: raw, head } = upgrade!;
  const offered = request.headers["sec-websocket-protocol"] ?? "";
  const spoken = protocols ?? [offered.split(",", 1)[0]!.trim()];
  // A broken handshake is answered beneath us, and the connection ends.
  const ended = new Promise<never>((_, reject) => {
    raw.once("close", () => reject(new ClientGoneError("the handshake was not completed")));
  });
  // Few ask: what speaks the protocol is loaded for the first who does.
  const { acceptWebSocket } = await import("../../wire/websocket/connect.ts");
  const accepted = acceptWebSocket(request, raw, head, spoken).catch((error: unknown) => {
    if (error instanceof ChannelError) throw badRequest(error.message, error);
    throw error;
  });
  const { socket, protocol } = await Promise.race([accepted, ended]);
  // What goes wrong with it is followed by its end, which the exchange tells.
  socket.on("error", () => undefined);
  socket.resume();
  const framed = framing(protocol);
  const waiting: (() => void)[] = [];
  const sent = () => {
    if (socket.bufferedAmount <= MOST_WAITING) for (const then of waiting.splice(0)) then();
  };
  return {
    write(chunk, left) {
      socket.send(framed(chunk), () => {
        left?.();
        sent();
      });
      return socket.bufferedAmount <= MOST_WAITING;
    },
    get waiting() {
      return socket.bufferedAmount;
    },
    drained(then) {
      if (socket.bufferedAmount <= MOST_WAITING) queueMicrotask(then);
      else waiting.push(then);
    },
    end: () => socket.close(1000),
  };
}
