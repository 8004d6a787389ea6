// Clients that are slow on purpose, that never read, that come by the thousand, or flood HTTP/2 with frames.
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { BadServer, rest } from "./server.ts";

let server: BadServer;
before(async () => {
  server = await BadServer.start();
});
after(() => server.stop());

const MAPS = "/api/v1/namespaces/default/configmaps";

test("heads and bodies that come a byte at a time hold up nobody else", () =>
  server.endures(async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, () => server.socket()));
    const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"slow"}}`;
    for (const [i, socket] of sockets.entries()) {
      if (i % 2 === 1)
        socket.write(
          `POST ${MAPS} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
        );
    }
    const text = "GET /version HTTP/1.1\r\nhost: x\r\nx-slow: ";
    for (let at = 0; at < 30; at++) {
      for (const [i, socket] of sockets.entries()) socket.write((i % 2 === 1 ? body : text)[at]!);
      await sleep(50);
    }
    // Half of them give up in the middle.
    for (const socket of sockets.slice(0, 30)) socket.destroy();
    await sleep(300);
    for (const [i, socket] of sockets.entries()) if (i >= 30 && i % 2 === 1) socket.write(body.slice(30));
    const answers = await Promise.all(
      sockets.filter((_, i) => i >= 30 && i % 2 === 1).map((socket) => rest(socket, 2000)),
    );
    assert.equal(
      answers.filter((answer) => answer.startsWith("HTTP/1.1 201")).length,
      1,
      "the slow ones are served in the end",
    );
    for (const socket of sockets) socket.destroy();
  }));

test("watches that nobody reads are dropped or wait within bounds", async () => {
  const readers: TLSSocket[] = [];
  await server.endures(async () => {
    for (let i = 0; i < 40; i++) {
      const socket = await server.socket();
      socket.pause();
      socket.write(`GET ${MAPS}?watch=1 HTTP/1.1\r\nhost: x\r\n\r\n`);
      readers.push(socket);
    }
    // 40 watchers × 60 events × 200 kB would be 480 MB if each kept its own.
    const data = "x".repeat(200_000);
    for (let i = 0; i < 60; i++) {
      const object = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "watched" },
        data: { data, i: String(i) },
      };
      const { code } = await server.ask(
        i === 0
          ? { method: "POST", path: MAPS, body: JSON.stringify(object) }
          : { method: "PUT", path: `${MAPS}/watched`, body: JSON.stringify(object) },
      );
      assert.ok(code === 200 || code === 201, String(code));
    }
  });
  for (const socket of readers) socket.destroy();
});

test("a thousand idle connections, and as many that vanish in the handshake", () =>
  server.endures(
    async () => {
      const sockets: TLSSocket[] = [];
      for (let i = 0; i < 1000; i += 50)
        sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => server.socket(i % 100 === 0)))));
      for (let i = 0; i < 200; i++) {
        const socket = await server.socket();
        socket.destroy();
      }
      const { code } = await server.ask({ path: "/readyz" });
      assert.equal(code, 200);
      for (const socket of sockets) socket.destroy();
    },
    { rise: 300, wait: 5000 },
  ));

const frame = (type: number, flags: number, stream: number, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
const PREFACE = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, Buffer.alloc(0))]);
/** `GET https://x/version`, compressed by hand out of HPACK's static table. */
const HEADERS = Buffer.concat([
  Buffer.of(0x82, 0x87, 0x41, 1),
  Buffer.from("x"),
  Buffer.of(0x04, 8),
  Buffer.from("/version"),
]);

/** Resolves when more can be written, when the connection is over, or after a while. */
async function moved(socket: TLSSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("drain", resolve).on("close", resolve);
  await Promise.race([promise, sleep(2000)]);
  socket.off("drain", resolve).off("close", resolve);
}

/** Writes pieces until the server ends the connection or all are gone; answers how many were taken. */
async function flood(pieces: Iterable<Buffer>): Promise<number> {
  const socket = await server.socket(true);
  let over = false;
  socket
    .resume()
    .on("close", () => (over = true))
    .on("error", () => (over = true));
  socket.write(PREFACE);
  let written = 0;
  for (const piece of pieces) {
    if (over) break;
    written++;
    if (!socket.write(piece)) await moved(socket);
  }
  await sleep(200);
  socket.destroy();
  return written;
}

test("streams that are opened and reset at once, thousands of times", () =>
  server.endures(async () => {
    function* resets() {
      for (let i = 0; i < 20_000; i++) {
        const stream = 2 * i + 1;
        yield Buffer.concat([frame(1, 5, stream, HEADERS), frame(3, 0, stream, Buffer.of(0, 0, 0, 8))]);
      }
    }
    const honest = await server.socket(true);
    const answer = rest(honest, 500);
    honest.write(Buffer.concat([PREFACE, frame(1, 5, 1, HEADERS)]));
    assert.match(await answer, /gitVersion/, "the frames are what a server answers");
    honest.destroy();
    const taken = await flood(resets());
    assert.ok(taken > 100, `only ${taken} were sent`);
  }));

test("headers that go on without end, pings, settings, windows of nothing, frames for streams that are not there", () =>
  server.endures(async () => {
    function* continuations() {
      yield frame(1, 0, 1, HEADERS);
      const more = Buffer.concat(
        Array.from({ length: 100 }, (_, i) =>
          Buffer.concat([
            Buffer.of(0x00, 3),
            Buffer.from(`x${String(i).padStart(2, "0")}`),
            Buffer.of(100),
            Buffer.alloc(100, "a"),
          ]),
        ),
      );
      for (let i = 0; i < 5000; i++) yield frame(9, 0, 1, more);
    }
    const taken = await flood(continuations());
    assert.ok(taken < 5000, "headers without end are cut off");
    const repeated = (one: Buffer, times: number) => Array.from({ length: times }, () => one);
    await flood(repeated(frame(6, 0, 0, Buffer.alloc(8)), 50_000));
    await flood(repeated(frame(4, 0, 0, Buffer.of(0, 4, 0, 0, 0, 0)), 20_000));
    await flood(repeated(frame(8, 0, 0, Buffer.of(0, 0, 0, 0)), 10));
    await flood(repeated(frame(0, 0, 99, Buffer.alloc(100)), 1000));
    await flood([frame(1, 5, 1, Buffer.alloc(1000, 0xff))]);
    await flood(repeated(frame(9, 4, 3, HEADERS), 10));
    await flood([Buffer.concat([Buffer.of(0xff, 0xff, 0xff), Buffer.alloc(100_000, 1)])]);
  }));

test("many streams with large answers that nobody reads", () =>
  server.endures(async () => {
    const session = connectHttp2(`https://127.0.0.1:${server.port}`, {
      ...server.tls,
      settings: { initialWindowSize: 1 },
    });
    session.on("error", () => {});
    for (let i = 0; i < 300; i++) {
      const stream = session.request({ ":path": "/openapi/v2" });
      stream.on("error", () => {}).pause();
    }
    await sleep(2000);
    session.destroy();
  }));
