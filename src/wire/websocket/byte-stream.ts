// A stream of bytes that only goes one way over a WebSocket: container logs for clients that ask by WebSocket.
// It refuses to frame: each message is the next bytes.
import type { Readable } from "node:stream";
import type { WebSocket } from "ws";

/** "" is a client that names no protocol: binary messages. */
export const BYTE_STREAM_PROTOCOLS = ["binary.k8s.io", "base64.binary.k8s.io", ""] as const;

/** Sends `source` until it ends, then closes. Stops reading when the client leaves; rejects with the source's error. */
export async function sendBytes(socket: WebSocket, protocol: string, source: Readable): Promise<void> {
  socket.on("error", () => {}); // Followed by "close".
  socket.once("close", () => source.destroy());
  socket.resume();
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const message = protocol.startsWith("base64.") ? chunk.toString("base64") : chunk;
      await new Promise<void>((resolve) => socket.send(message, () => resolve()));
    }
    socket.close(1000);
  } catch (error) {
    if (socket.readyState !== socket.OPEN) return;
    socket.close(1011);
    throw error;
  }
}
