// Our SPDY against itself, against spdy-transport as either side, and against bytes that are not SPDY.
import { test } from "node:test";
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { duplexPair } from "node:stream";
import type { Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { constants, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { systemClock } from "../../base/clock.ts";
import { SpdyConnection } from "./connection.ts";
import { FrameReader, SpdyError, encodeFrame } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { HeaderReader, HeaderWriter, headerDictionary } from "./header-block.ts";
import type { SpdyStream } from "./stream.ts";

interface PeerStream extends Duplex {
  headers: Record<string, string>;
  respond(status: number, headers: Record<string, string>): void;
  on(event: "response", listener: (status: number, headers: Record<string, string>) => void): this;
  on(event: string, listener: (...args: never[]) => void): this;
}
interface Peer {
  on(event: "stream", listener: (stream: PeerStream) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  request(options: object, done: (error: Error | null, stream: PeerStream) => void): void;
  start(version: number): void;
  ping(done: () => void): void;
}
const require = createRequire(import.meta.url);
const transport = require("spdy-transport") as {
  connection: { create(socket: Duplex, options: object): Peer };
  protocol: { spdy: { dictionary: Record<string, Buffer> } };
};

function pair(onStream: (stream: SpdyStream) => void) {
  const [left, right] = duplexPair();
  const client = new SpdyConnection(left, { role: "client" });
  const server = new SpdyConnection(right, { role: "server", onStream });
  return { client, server, left, right };
}

const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant("data" as const), streamId: id(), data: bytes(200), fin: fc.boolean() }),
  fc.record({
    type: fc.constant("synStream" as const),
    streamId: id(),
    priority: fc.nat(7),
    fin: fc.boolean(),
    unidirectional: fc.boolean(),
    headers: bytes(100),
  }),
  fc.record({
    type: fc.constantFrom("synReply" as const, "headers" as const),
    streamId: id(),
    fin: fc.boolean(),
    headers: bytes(50),
  }),
  fc.record({ type: fc.constant("rstStream" as const), streamId: id(), status: fc.nat(11) }),
  fc.record({
    type: fc.constant("settings" as const),
    entries: fc.array(fc.record({ id: fc.nat(8), value: fc.nat() }), { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant("ping" as const), id: fc.nat() }),
  fc.record({ type: fc.constant("goAway" as const), lastStreamId: id(), status: fc.nat(2) }),
  fc.record({ type: fc.constant("windowUpdate" as const), streamId: id(), delta: id() }),
);

function id() {
  return fc.integer({ min: 1, max: 0x7fffffff });
}

function bytes(maxLength: number) {
  return fc.uint8Array({ maxLength }).map((b) => Buffer.from(b));
}

/** Data comes in pieces: put together again what was one frame. */
function joined(read: Iterable<Frame>): Frame[] {
  const whole: Frame[] = [];
  for (const frame of read) {
    const before = whole.at(-1);
    const goesOn =
      before?.type === "data" && frame.type === "data" && before.streamId === frame.streamId && !before.fin;
    if (goesOn) whole[whole.length - 1] = { ...frame, data: Buffer.concat([before.data, frame.data]) };
    else whole.push(frame);
  }
  return whole;
}

test("frames come back as they were written, however the bytes are cut", () => {
  const cutting = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 6 }), cutting, (list, cuts) => {
      const all = Buffer.concat(list.map(encodeFrame));
      const reader = new FrameReader();
      const read: Frame[] = [];
      for (let at = 0, i = 0; at < all.length; i++) {
        const length = cuts[i % cuts.length]!;
        read.push(...reader.push(all.subarray(at, at + length)));
        at += length;
      }
      reader.end();
      assert.equal(JSON.stringify(joined(read)), JSON.stringify(joined(list)));
    }),
  );
});

test("bytes that are no frames are a SpdyError", () => {
  fc.assert(
    fc.property(fc.array(frames, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat(255), (list, at, byte) => {
      const all = Buffer.concat(list.map(encodeFrame));
      all[at % all.length] = byte;
      try {
        const reader = new FrameReader();
        for (const _ of reader.push(all));
        reader.end();
      } catch (error) {
        assert.ok(error instanceof SpdyError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("the dictionary is the peer's, and header blocks pass both ways", async () => {
  assert.deepEqual(headerDictionary(), transport.protocol.spdy.dictionary["3.1"]);
  const writer = new HeaderWriter();
  const reader = new HeaderReader();
  const written: Buffer[] = [];
  for (const headers of [{ streamtype: "stdin" }, {}, { Streamtype: "error", requestid: "7", text: "größe" }]) {
    const block = writer.write(headers);
    written.push(block);
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    assert.deepEqual({ ...(await reader.read(block)) }, lower);
  }
  const options = { dictionary: headerDictionary(), finishFlush: constants.Z_SYNC_FLUSH };
  assert.match(String(inflateSync(Buffer.concat(written), options)), /stdin.*requestid/s);
  const foreign = deflateSync(Buffer.from("\0\0\0\x01\0\0\0\x04host\0\0\0\x01h", "latin1"), options);
  assert.deepEqual({ ...(await new HeaderReader().read(foreign)) }, { host: "h" });
  await assert.rejects(new HeaderReader().read(Buffer.from("not zlib at all")), SpdyError);
  const bomb = deflateSync(Buffer.alloc(10_000_000), options);
  await assert.rejects(new HeaderReader().read(bomb), /header block of over/);
});

test("streams: reply, data both ways, half close, many at a time", async () => {
  const { client, server } = pair((stream) => {
    stream.reply({ ok: stream.headers["n"]! });
    stream.on("end", () => stream.end("bye"));
    stream.pipe(stream, { end: false });
  });
  const size = 300_000;
  const echoes = Array.from({ length: 20 }, async (_, n) => {
    const stream = client.open({ n: String(n) });
    const sent = Buffer.alloc(size, n + 1);
    stream.end(sent);
    assert.equal((await stream.replied)["ok"], String(n));
    const received = await buffer(stream);
    assert.equal(Buffer.compare(received, Buffer.concat([sent, Buffer.from("bye")])), 0);
  });
  await Promise.all(echoes);
  await client.ping();
  assert.deepEqual([client.openStreams, server.openStreams], [0, 0]);
  client.close();
  await Promise.all([client.closed, server.closed]);
});

test("a reader that stops holds the sender back, not the memory", async () => {
  let accepted: SpdyStream | undefined;
  const { client, server, left } = pair((stream) => {
    accepted = stream;
    stream.reply();
  });
  const stream = client.open({});
  let sent = 0;
  const chunk = Buffer.alloc(64 * 1024);
  while (
    stream.write(chunk) ||
    (await Promise.race([once(stream, "drain"), systemClock.sleep(200).then(() => false)]))
  ) {
    sent += chunk.length;
    assert.ok(sent < 50 << 20, "nothing holds the sender back");
  }
  assert.ok(sent > 1 << 20);
  let read = 0;
  stream.end();
  for await (const part of accepted!.iterator({ destroyOnReturn: false })) read += (part as Buffer).length;
  accepted!.end();
  assert.ok(read >= sent);
  client.close();
  await server.closed;
  assert.equal(left.destroyed || left.writableEnded, true);
});

function once(stream: Duplex, event: string): Promise<boolean> {
  return new Promise((resolve) => stream.once(event, () => resolve(true)));
}

test("refusing, resetting, losing the connection", async () => {
  const kept: SpdyStream[] = [];
  const { client, server, left } = pair((stream) => {
    if (stream.headers["as"] === "refuse") return stream.refuse();
    stream.reply();
    stream.on("error", () => {});
    kept.push(stream);
  });
  const refused = client.open({ as: "refuse" });
  refused.on("error", () => {});
  await assert.rejects(refused.replied, /refused/);
  const reset = client.open({});
  reset.on("error", () => {});
  await reset.replied;
  reset.destroy();
  await client.ping();
  assert.equal(await text(kept[0]!), "", "a cancelled stream ends");
  await assert.rejects(pipeline([Buffer.from("to nobody")], kept[0]!), Error);
  const open = client.open({});
  await open.replied;
  const ended = text(open);
  kept[1]!.write("last words");
  await server.ping();
  left.destroy(new Error("cable cut"));
  await assert.rejects(ended, /cable cut/);
  await assert.rejects(client.closed, /cable cut/);
  assert.throws(() => client.open({}), SpdyError);
  await assert.rejects(client.ping(), /cable cut|over/);
});

test("a connection that ends in order lets what arrived be read", async () => {
  const { client, server } = pair((stream) => {
    stream.reply();
    stream.write("all of it");
    stream.on("error", () => {});
    void systemClock.sleep(20).then(() => server.close());
  });
  const stream = client.open({});
  await stream.replied;
  await client.closed;
  assert.equal(await text(stream), "all of it");
});

test("a server that shows no windows hears nothing while it talks: it may have closed behind its last words", async () => {
  let said = 0;
  const { client, right } = pair((stream) => {
    stream.reply();
    right.on("data", (chunk: Buffer) => (said += chunk.length));
    stream.end(Buffer.alloc(500_000));
  });
  const stream = client.open({});
  stream.end();
  await stream.replied;
  assert.equal((await buffer(stream)).length, 500_000);
  // The FIN of this stream, and no update of a window.
  assert.ok(said <= 8, `${said} bytes`);
  client.close();
});

test("what is not SPDY ends the connection with a SpdyError", async () => {
  const [left, right] = duplexPair();
  const connection = new SpdyConnection(left, { role: "server" });
  right.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2));
  right.end(Buffer.from("800200010000000000", "hex"));
  await assert.rejects(connection.closed, SpdyError);
});

test("spdy-transport as the server: its windows are kept", async () => {
  const [left, right] = duplexPair();
  const peer = transport.connection.create(right, { protocol: "spdy", windowSize: 128 * 1024, isServer: true });
  peer.start(3.1);
  peer.on("error", (error) => assert.fail(error));
  peer.on("stream", (stream) => {
    stream.respond(200, { path: stream.headers["x-kind"]! });
    stream.pipe(stream);
  });
  const client = new SpdyConnection(left, { role: "client" });
  const headers = { ":method": "POST", ":path": "/", ":host": "h", ":scheme": "http", ":version": "HTTP/1.1" };
  const sent = Buffer.alloc(2_000_000, "abcdefg");
  for (let round = 0; round < 3; round++) {
    const stream = client.open({ ...headers, "x-kind": `k${round}` });
    stream.write(sent);
    assert.equal((await stream.replied)["path"], `k${round}`);
    // Ended when all is back: this peer forgets a stream at our FIN and then refuses updates for what it still sends.
    const parts: Buffer[] = [];
    for await (const part of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      parts.push(part);
      if (Buffer.concat(parts).length === sent.length) stream.end();
    }
    assert.equal(Buffer.compare(Buffer.concat(parts), sent), 0);
  }
  await client.ping();
  client.close();
  await client.closed;
});

test("spdy-transport as the client", async () => {
  const [left, right] = duplexPair();
  const server = new SpdyConnection(left, {
    role: "server",
    onStream(stream) {
      stream.reply({ ":status": "200", ":version": "HTTP/1.1", "x-type": stream.headers["streamtype"]! });
      stream.pipe(stream);
    },
  });
  const peer = transport.connection.create(right, { protocol: "spdy", windowSize: 64 * 1024, isServer: false });
  peer.start(3.1);
  const sent = Buffer.alloc(1_000_000, "0123456789");
  await new Promise<void>((resolve, reject) => {
    const options = { method: "POST", path: "/", host: "h", headers: { streamtype: "stdout" } };
    peer.request(options, (error, stream) => {
      if (error) return reject(error);
      stream.on("response", (_status, headers) => {
        assert.equal(headers["x-type"], "stdout");
        buffer(stream).then((received) => {
          assert.equal(Buffer.compare(received, sent), 0);
          resolve();
        }, reject);
      });
      stream.end(sent);
    });
  });
  await new Promise<void>((resolve) => peer.ping(resolve));
  server.close();
  right.destroy();
});
