// The server's half of an upgrade to SPDY/3.1. It refuses other protocols, and clients with whom no version is in common.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest, StatusError } from "../../schema/meta/status.ts";

/** Answers the request and returns the chosen protocol; what follows on `socket` is SPDY. Throws before anything was written. */
export function answerSpdy(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
): string {
  if (!/^spdy\/3\.1$/i.test(request.headers.upgrade ?? ""))
    throw badRequest("unable to upgrade: missing upgrade headers in request");
  const offered = [request.headers["x-stream-protocol-version"] ?? []]
    .flat()
    .flatMap((line) => line.split(",").map((p) => p.trim()));
  const protocol = protocols.find((p) => offered.includes(p));
  if (protocol === undefined) {
    const message = `unable to upgrade: unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server accepts ${JSON.stringify(protocols)}`;
    throw new StatusError({ code: 403, reason: "Forbidden", message });
  }
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "connection: Upgrade",
    "upgrade: SPDY/3.1",
    `x-stream-protocol-version: ${protocol}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  return protocol;
}
