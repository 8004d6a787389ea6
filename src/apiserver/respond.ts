// Answers over HTTP: headers that every answer has, Status errors, compression, streams. It refuses to decide what is answered.
import { gzip } from "node:zlib";
import { StatusError, internalError, serviceUnavailable } from "../schema/meta/status.ts";
import type { Status } from "../schema/meta/status.ts";
import { CompactedError, FutureRevisionError, StoreClosedError, StoreWriteError } from "../store/store.ts";
import { expired } from "../schema/meta/status.ts";
import { protobufStatus } from "./encoding/protobuf.ts";
import type { Exchange, Headers, Sink } from "./http/exchange.ts";
import { ClientGoneError } from "./http/exchange.ts";
import { JSON_TYPE, negotiate, PLAIN_OFFER, PROTOBUF_TYPE, YAML_TYPE } from "./negotiation.ts";
import type { MediaType } from "./negotiation.ts";
import type { Parts } from "./parts.ts";
import { yamlOf } from "./encoding/yaml.ts";
import type { YamlWork } from "./encoding/yaml-thread.ts";

/** Answers below this are sent as they are. */
const GZIP_FROM_BYTES = 128 * 1024;

/** What an answer needs to know of its request. */
export interface Replying {
  readonly exchange: Exchange;
  readonly auditId: string;
  readonly warnings: readonly string[];
}

function headersOf({ auditId, warnings }: Replying, contentType: string): Headers {
  return {
    "audit-id": auditId,
    "cache-control": "no-cache, private",
    "content-type": contentType,
    ...(warnings.length > 0 && { warning: warnings.map((text) => `299 - ${quoted(text)}`) }),
  };
}

/** A quoted string of a header: backslash and quote escaped, control characters left out. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex
  const printable = text.replace(/[\u0000-\u001f\u007f]/g, " ");
  return `"${printable.replace(/[\\"]/g, "\\$&")}"`;
}

/** Whole body; compressed when it is long, the client takes gzip, and the way is not the machine's own. */
export function send(reply: Replying, code: number, contentType: string, body: Uint8Array): void {
  const { exchange } = reply;
  const headers = headersOf(reply, contentType);
  if (body.length < GZIP_FROM_BYTES || !takesGzip(exchange)) return exchange.send(code, headers, body);
  gzip(body, { level: 1 }, (error, packed) => {
    if (error) exchange.send(code, headers, body);
    else exchange.send(code, { ...headers, "content-encoding": "gzip", vary: "Accept-Encoding" }, packed);
  });
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

const takesGzip = (exchange: Exchange) =>
  /\bgzip\b/.test(exchange.header("accept-encoding") ?? "") && !LOOPBACK.test(exchange.remoteAddress);

/** The longest that the making of pieces may hold the event loop. */
export const MOST_MS_AT_ONCE = 6;

/** Pieces one after the other, no faster than the client reads, with breaks for others. Empty pieces are only breaks. */
export async function sendPieces(
  reply: Replying,
  { clock, encodings: { buffers } }: Pick<Parts, "clock" | "encodings">,
  contentType: string,
  pieces: Iterable<Uint8Array>,
): Promise<void> {
  // One piece alone has a length, and may be compressed: it is held until there is a second.
  let held: Uint8Array | undefined;
  let sink: Sink | undefined;
  const write = (to: Sink, piece: Uint8Array) => to.write(piece, () => buffers.giveBack(piece));
  let gone: AbortSignal | undefined;
  let began = clock.monotonic();
  for (const piece of pieces) {
    if (piece.length > 0 && held === undefined) held = piece;
    else if (piece.length > 0) {
      if (sink === undefined) {
        sink = openStream(reply, contentType);
        gone = goneSignal(reply.exchange);
        write(sink, held!);
      }
      if (gone!.aborted) return;
      if (!write(sink, piece)) await drained(sink, gone!);
    }
    if (clock.monotonic() - began > MOST_MS_AT_ONCE) {
      await clock.sleep(0);
      began = clock.monotonic();
    }
  }
  if (sink === undefined) send(reply, 200, contentType, held ?? new Uint8Array());
  else sink.end();
}

/** An object whose YAML is made elsewhere. */
export async function sendYaml(reply: Replying, yaml: YamlWork, code: number, json: string): Promise<void> {
  send(reply, code, YAML_TYPE, Buffer.from(await yaml.write(json)));
}

export function openStream(reply: Replying, contentType: string): Sink {
  return reply.exchange.open(200, headersOf(reply, contentType));
}

/** Aborted when the client goes away before the answer has ended. */
export function goneSignal(exchange: Exchange): AbortSignal {
  const controller = new AbortController();
  exchange.onGone(() => controller.abort());
  return controller.signal;
}

/** Resolves when the sink takes more, or the client has gone. */
export function drained(sink: Sink, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) return resolve();
    const goOn = () => {
      gone.removeEventListener("abort", goOn);
      resolve();
    };
    gone.addEventListener("abort", goOn, { once: true });
    sink.drained(goOn);
  });
}

/** A Status in the client's format; JSON for those that cannot be pleased. */
export function sendStatus(reply: Replying, status: Status, code: number): void {
  const media = mediaFor(reply.exchange);
  send(reply, code, media, statusBytes(status, media));
}

function mediaFor(exchange: Exchange): MediaType {
  try {
    return negotiate(exchange.header("accept"), PLAIN_OFFER).media;
  } catch (error) {
    if (error instanceof StatusError) return JSON_TYPE;
    throw error;
  }
}

function statusBytes(status: Status, media: MediaType): Uint8Array {
  if (media === PROTOBUF_TYPE) return protobufStatus(status);
  return Buffer.from(media === YAML_TYPE ? yamlOf(status) : `${JSON.stringify(status)}\n`);
}

/** Any error as a StatusError: stores speak their own language, and broken invariants are a 500. */
export function statusErrorOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof StoreClosedError) return serviceUnavailable("the store is closed");
  if (error instanceof StoreWriteError) return internalError(error.message, error);
  if (error instanceof CompactedError) return expired(error.message);
  if (error instanceof FutureRevisionError)
    return new StatusError({ code: 504, reason: "Timeout", message: error.message });
  return internalError(error instanceof Error ? error.message : String(error), error);
}

export function sendError(reply: Replying, error: unknown): void {
  if (error instanceof ClientGoneError) return;
  const failure = statusErrorOf(error);
  const seconds = failure.details?.retryAfterSeconds;
  const { exchange } = reply;
  const media = mediaFor(exchange);
  const body = statusBytes(failure.toStatus(), media);
  exchange.send(
    failure.code,
    { ...headersOf(reply, media), ...(seconds ? { "retry-after": String(seconds) } : {}) },
    body,
  );
}

/** Plain text, as health checks and unknown paths answer. */
export function sendText(reply: Replying, code: number, text: string, contentType = "text/plain; charset=utf-8"): void {
  const { exchange, auditId } = reply;
  exchange.send(
    code,
    {
      "audit-id": auditId,
      "cache-control": "no-cache, private",
      "content-type": contentType,
      "x-content-type-options": "nosniff",
    },
    Buffer.from(text),
  );
}

export function sendJson(reply: Replying, code: number, value: object): void {
  send(reply, code, JSON_TYPE, Buffer.from(`${JSON.stringify(value)}\n`));
}
