// Port forwarding over WebSocket channels: two channels for each port of the request, data and error. For clients that
// are older than the tunnel (connect.ts) or no kubectl. It refuses to connect to ports.
import type { Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";
import { ChannelSocket } from "./channel-socket.ts";

export const PORT_CHANNEL_PROTOCOLS = ["v4.channel.k8s.io", "v4.base64.channel.k8s.io", ""] as const;

/** One port that the client asked for, already open: there is one connection for each. */
export interface PortChannel {
  readonly port: number;
  readonly input: Readable;
  readonly output: Writable;
  /** Tells the client why there will be no (more) data. */
  fail(message: string): void;
}

/** Announces each port on its channels, as the protocol wants, and gives out the streams; `closed` ends them all. */
export function acceptPortChannels(
  socket: WebSocket,
  protocol: string,
  ports: readonly number[],
): { readonly channels: readonly PortChannel[]; readonly closed: Promise<void>; close(): Promise<void> } {
  const sockets = new ChannelSocket(socket, protocol);
  const channels = ports.map((port, i): PortChannel => {
    const announcement = Buffer.allocUnsafe(2);
    announcement.writeUInt16LE(port);
    void sockets.send(2 * i, announcement);
    void sockets.send(2 * i + 1, announcement);
    return {
      port,
      input: sockets.reader(2 * i),
      output: sockets.writer(2 * i, false),
      fail: (message) => void sockets.send(2 * i + 1, message),
    };
  });
  return { channels, closed: sockets.closed.then(() => {}), close: () => sockets.close() };
}
