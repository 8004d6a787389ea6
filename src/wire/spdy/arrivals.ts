// What arrives on a socket, to the last byte: Node drops what it has buffered when a socket breaks, but Go's servers
// close with our last frames unread, which resets the connection right behind their own last words.
// It refuses to write.
import type { Duplex } from "node:stream";

/** Chunks that may wait here before the socket is paused. */
const MAX_WAITING = 8;

/**
 * The chunks of `socket` in order. Ends when the socket does; throws its error, after all that came before it.
 * Stopping early leaves the socket paused and alive.
 */
export async function* arrivals(socket: Duplex): AsyncGenerator<Buffer, void> {
  const waiting: Buffer[] = [];
  let over = socket.readableEnded || socket.destroyed;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const onData = (chunk: Buffer) => {
    waiting.push(chunk);
    if (waiting.length >= MAX_WAITING) socket.pause();
    wake?.();
  };
  const onOver = () => {
    over = true;
    wake?.();
  };
  const onError = (error: Error) => {
    failure = error;
    onOver();
  };
  socket.on("data", onData).on("end", onOver).on("close", onOver).on("error", onError);
  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) {
        if (waiting.length === 0 && socket.isPaused()) socket.resume();
        yield chunk;
      } else if (failure !== undefined) throw failure;
      else if (over) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    socket.pause();
    socket.off("data", onData).off("end", onOver).off("close", onOver).off("error", onError);
  }
}
