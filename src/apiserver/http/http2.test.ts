// What an exchange over HTTP/2 hears of its client.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, constants, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { Http2Exchange } from "./http2.ts";

const RESETS = [
  ["without an error", constants.NGHTTP2_NO_ERROR],
  ["as Go does", constants.NGHTTP2_CANCEL],
] as const;

for (const [how, code] of RESETS) {
  test(`a client that resets its stream ${how} is gone, and one whose answer ended is not`, async () => {
    const server = createServer();
    const gone: string[] = [];
    server.on("stream", (stream, headers) => {
      const exchange = new Http2Exchange(stream as never, headers, [], undefined);
      exchange.onGone(() => gone.push(exchange.url));
      const sink = exchange.open(200, {});
      sink.write(Buffer.from("a\n"));
      if (exchange.url === "/ends") sink.end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const watch = session.request({ ":path": "/stays" }).resume();
    await once(watch, "response");
    watch.close(code);
    const ended = session.request({ ":path": "/ends" }).resume();
    await once(ended, "close");
    for (let i = 0; i < 100 && gone.length === 0; i++) await systemClock.sleep(1);
    assert.deepEqual(gone, ["/stays"]);
    session.close();
    server.close();
  });
}
