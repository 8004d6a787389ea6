// A watch over HTTP: frames written as they come, no faster than the client reads. It refuses to make frames.
import type { Encoder } from "./encoding/encoder.ts";
import { drained, goneSignal, openStream } from "./respond.ts";
import type { Replying } from "./respond.ts";
import type { Output, Watch } from "./verbs/watch.ts";

/** Bytes that may wait in the connection before the watch waits itself. */
const MOST_WAITING = 1024 * 1024;

export async function streamWatch(reply: Replying, encoder: Encoder, watch: Watch): Promise<void> {
  const gone = goneSignal(reply.exchange);
  const sink = openStream(reply, encoder.streamType);
  if (gone.aborted) return watch.end();
  gone.addEventListener("abort", () => watch.end(), { once: true });
  for await (const batch of watch) {
    if (gone.aborted) break;
    if (batch.length === 1) sink.write(frameOf(encoder, batch[0]!));
    else for (const part of joined(batch.map((output) => frameOf(encoder, output)))) sink.write(part);
    if (sink.waiting > MOST_WAITING) await drained(sink, gone);
  }
  sink.end();
}

function frameOf(encoder: Encoder, output: Output): Uint8Array {
  switch (output.type) {
    case "event":
      return encoder.event(output.seen);
    case "bookmark":
      return encoder.bookmark(output.revision, output.initialEnd);
    case "failure":
      return encoder.failure(output.status);
  }
}

/** Small frames share a write, large ones have their own. */
function* joined(frames: readonly Uint8Array[]): Generator<Uint8Array, void, void> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for (const frame of frames) {
    waiting.push(frame);
    size += frame.length;
    if (size < 64 * 1024) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}
