// What becomes of an answer that has begun when its request fails: it is cut, over either protocol, and nothing throws.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect, createServer as createServer2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import type { Exchange } from "./exchange.ts";
import { Http1Exchange } from "./http1.ts";
import { Http2Exchange } from "./http2.ts";

/** Begins with one answer, then fails into another. */
function stumble(exchange: Exchange): void {
  const sink = exchange.open(200, { "content-type": "text/plain" });
  sink.write(Buffer.from("half"));
  void systemClock.sleep(1).then(() => exchange.send(500, {}, Buffer.from("sorry")));
}

test("over HTTP/1.1", async () => {
  const server = createServer((message, response) => stumble(new Http1Exchange(message, response, undefined)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: "127.0.0.1", port }).end();
  const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  let text = "";
  answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await assert.rejects(once(answer, "end"), { code: "ECONNRESET" });
  assert.equal(text, "half");
  server.close();
});

test("over HTTP/2", async () => {
  const server = createServer2();
  server.on("stream", (stream, headers) => stumble(new Http2Exchange(stream as never, headers, [], undefined)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stream = session.request({ ":path": "/" }).resume();
  const [error] = (await once(stream, "error")) as [Error];
  assert.match(error.message, /NGHTTP2_INTERNAL_ERROR/);
  session.destroy();
  server.close();
});
