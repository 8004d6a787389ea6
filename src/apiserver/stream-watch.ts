// A watch over HTTP: frames written as they come, no faster than the client reads. It refuses to make frames.
import type { Clock } from "../base/clock.ts";
import type { Encoder } from "./encoding/encoder.ts";
import type { Sink } from "./http/exchange.ts";
import { asksForWebSocket, openMessages } from "./http/web-socket.ts";
import type { Framing } from "./http/web-socket.ts";
import { JSON_TYPE } from "./negotiation.ts";
import type { ServedKind } from "./kinds.ts";
import type { StatusError } from "../schema/meta/status.ts";
import { drained, goneSignal, MOST_MS_AT_ONCE, openStream, statusErrorOf } from "./respond.ts";
import type { Replying } from "./respond.ts";
import { convertingBatch } from "./verbs/converted.ts";
import type { Output, Watch } from "./verbs/watch.ts";

/** Bytes that may wait in the connection before the watch waits itself. */
const MOST_WAITING = 1024 * 1024;

/** Small frames share a write, large ones have their own. */
const SHARED_BYTES = 64 * 1024;

export async function streamWatch(
  reply: Replying,
  encoder: Encoder,
  { watch, served }: { readonly watch: Watch; readonly served: ServedKind },
  clock: Clock,
): Promise<void> {
  const gone = goneSignal(reply.exchange);
  const framed = asksForWebSocket(reply.exchange);
  const sink = framed ? await openFrames(reply, encoder, watch) : openStream(reply, encoder.streamType);
  if (gone.aborted) return watch.end();
  gone.addEventListener("abort", () => watch.end(), { once: true });
  for await (const batch of watch) {
    if (gone.aborted) break;
    const pending = convertingBatch(served, batch);
    const fault = pending && (await faultOf(pending));
    if (fault !== undefined) {
      sink.write(encoder.failure(fault.toStatus()));
      break;
    }
    if (batch.length === 1) sink.write(frameOf(encoder, batch[0]!));
    else await writeAll(sink, encoder, batch, { clock, gone, sharedBytes: framed ? 0 : SHARED_BYTES });
    if (sink.waiting > MOST_WAITING) await drained(sink, gone);
  }
  sink.end();
}

/** Over a WebSocket each event is a message: JSON as text, protobuf without its length in front. */
async function openFrames({ exchange }: Replying, { streamType }: Encoder, watch: Watch): Promise<Sink> {
  const isJson = streamType.startsWith(JSON_TYPE);
  const framing: Framing = (frame) =>
    isJson ? Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString("utf8") : frame.subarray(4);
  try {
    return await openMessages(exchange, undefined, () => framing);
  } catch (error) {
    watch.end();
    throw error;
  }
}

/** Why a batch cannot be shown: the watch ends with it. */
async function faultOf(pending: Promise<unknown>): Promise<StatusError | undefined> {
  try {
    await pending;
    return undefined;
  } catch (error) {
    return statusErrorOf(error);
  }
}

/** The present state of a kind comes in large batches, whose frames may have to be made one by one: with breaks for others. */
async function writeAll(
  sink: Sink,
  encoder: Encoder,
  batch: readonly Output[],
  { clock, gone, sharedBytes }: { readonly clock: Clock; readonly gone: AbortSignal; readonly sharedBytes: number },
): Promise<void> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  const write = () => {
    if (size > 0) sink.write(waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, size));
    waiting = [];
    size = 0;
  };
  let began = clock.monotonic();
  for (const output of batch) {
    const frame = frameOf(encoder, output);
    waiting.push(frame);
    size += frame.length;
    if (size >= sharedBytes) write();
    if (clock.monotonic() - began <= MOST_MS_AT_ONCE) continue;
    write();
    await clock.sleep(0);
    if (gone.aborted) return;
    began = clock.monotonic();
  }
  write();
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
