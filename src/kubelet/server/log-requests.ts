// Requests for a container's log, answered as a body or, to those who ask so, as frames of a WebSocket. It refuses to read
// files itself (logs.ts).
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { badRequest } from "../../schema/meta/status.ts";
import { isNotFound } from "../../wire/grpc/error.ts";
import { BYTE_STREAM_PROTOCOLS, sendBytes } from "../../wire/websocket/byte-stream.ts";
import { acceptWebSocket, isWebSocketRequest } from "../../wire/websocket/connect.ts";
import type { Upgrade } from "./commands.ts";
import { logContainer } from "./containers.ts";
import type { LogOptions } from "./logs.ts";
import { readLog } from "./logs.ts";
import type { NodeRequest } from "./request.ts";
import { podOf } from "./request.ts";

/** Throws the StatusError of a log that cannot be had before anything is read. */
async function openLog(request: NodeRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { parts, query, options } = request;
  const { cri, clock } = options;
  const containerId = logContainer(podOf(request), parts[3] ?? "", query.get("previous") === "true");
  const { status } = await cri.runtime.containerStatus({ containerId }).catch((error: unknown) => {
    if (isNotFound(error)) return { status: undefined };
    throw error;
  });
  if (!status) throw badRequest(`unable to retrieve container logs for ${containerId}`);
  const isRunning = async () =>
    (await cri.runtime.containerStatus({ containerId })).status?.state === "CONTAINER_RUNNING";
  return readLog(status.logPath, logOptions(query, clock), { clock, signal, isRunning });
}

export async function answerLog(request: NodeRequest, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const log = await openLog(request, gone.signal);
  response.writeHead(200, { "content-type": "text/plain", "transfer-encoding": "chunked" });
  response.flushHeaders();
  for await (const piece of log) {
    if (response.write(piece)) continue;
    await new Promise<void>((resolve) => {
      response.once("drain", resolve).once("close", resolve);
    });
  }
  response.end();
}

/** What browsers and older clients ask for; frames of bytes, or of base64. */
export async function sendLog(asked: NodeRequest, { request, socket, head }: Upgrade): Promise<void> {
  if (!isWebSocketRequest(request)) throw badRequest("unable to upgrade: logs are sent over WebSocket only");
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  const log = await openLog(asked, gone.signal);
  const accepted = await acceptWebSocket(request, socket, head, BYTE_STREAM_PROTOCOLS);
  await sendBytes(accepted.socket, accepted.protocol, Readable.from(log));
}

function logOptions(query: URLSearchParams, clock: Clock): LogOptions {
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const seconds = number("sinceSeconds");
  const time = query.get("sinceTime");
  const stream = query.get("stream");
  return {
    follow: query.get("follow") === "true",
    timestamps: query.get("timestamps") === "true",
    tailLines: number("tailLines"),
    limitBytes: number("limitBytes"),
    sinceMs: seconds !== undefined ? clock.now() - seconds * 1000 : time ? Date.parse(time) : undefined,
    ...((stream === "Stdout" || stream === "Stderr") && { stream: stream.toLowerCase() as "stdout" | "stderr" }),
  };
}
