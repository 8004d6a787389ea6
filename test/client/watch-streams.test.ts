// A client's watches on one connection: how many connections there are, ends and failures of it, servers without HTTP/2.
import assert from "node:assert/strict";
import { createSecureServer } from "node:http2";
import type { ServerHttp2Stream } from "node:http2";
import { createServer as createHttp1 } from "node:https";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpsClient } from "../../src/client/https.ts";
import { httpsClient } from "../../src/client/https.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { listening } from "./carriers.ts";

/** A way to the server that can be cut, and that counts who came. */
async function gate(server: string) {
  const open = new Set<Socket>();
  let came = 0;
  const through = createServer((socket) => {
    came++;
    const to = connect(Number(new URL(server).port), "127.0.0.1");
    for (const [one, other] of [
      [socket, to],
      [to, socket],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on("error", () => undefined);
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => through.listen(0, "127.0.0.1", resolve));
  const cut = () => open.forEach((socket) => socket.destroy());
  const close = () => {
    cut();
    through.close();
  };
  return { url: `https://127.0.0.1:${(through.address() as AddressInfo).port}`, came: () => came, cut, close };
}

async function world(sharesWatches: boolean) {
  const server = await listening([Namespace, ConfigMap]);
  const way = await gate(server.connection.server);
  const client = httpsClient({ ...server.connection, server: way.url }, { userAgent: "test", sharesWatches });
  await client.create(Namespace, { metadata: { name: "n" }, spec: {} });
  const close = async () => {
    await client.close();
    way.close();
    await server.close();
  };
  return { client, way, close };
}

interface Watching {
  readonly seen: string[];
  readonly ended: Promise<unknown>;
}

/** A watch of one object; what it saw, and how it ended. */
function watching(client: HttpsClient, name: string, signal: AbortSignal): Watching {
  const seen: string[] = [];
  const run = async () => {
    const options = { namespace: "n", fieldSelector: `metadata.name=${name}`, sendInitialEvents: true, signal };
    for await (const event of client.watch(ConfigMap, options))
      if (event.type !== "BOOKMARK") seen.push(`${event.type} ${event.object.metadata.name}`);
  };
  return {
    seen,
    ended: run().then(
      () => undefined,
      (error: unknown) => error,
    ),
  };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    assert.ok(i < 400, what);
    await sleep(10);
  }
}

const COUNT = 50;

test("fifty watches are one connection, where they were fifty", async () => {
  for (const [shares, most] of [
    [true, 3],
    [false, COUNT + 2],
  ] as const) {
    const { client, way, close } = await world(shares);
    const stop = new AbortController();
    const all = Array.from({ length: COUNT }, (_, i) => watching(client, `m${i}`, stop.signal));
    for (let i = 0; i < COUNT; i++) await client.create(ConfigMap, { metadata: { name: `m${i}`, namespace: "n" } });
    await until("all have seen theirs", () => all.every(({ seen }) => seen.length === 1));
    assert.ok(way.came() <= most, `${way.came()} connections`);
    assert.ok(shares || way.came() > COUNT, `${way.came()} connections`);
    stop.abort();
    assert.deepEqual(
      await Promise.all(all.map(({ ended }) => ended)),
      all.map(() => undefined),
    );
    await close();
  }
});

test("a connection that breaks is the end of its watches, and the next ones find another", async () => {
  const { client, way, close } = await world(true);
  const stop = new AbortController();
  const all = Array.from({ length: 3 }, () => watching(client, "m", stop.signal));
  await client.create(ConfigMap, { metadata: { name: "m", namespace: "n" } });
  await until("all have seen it", () => all.every(({ seen }) => seen.length === 1));
  way.cut();
  for (const { ended } of all) assert.equal(((await ended) as { reason?: string }).reason, "ServiceUnavailable");
  const again = watching(client, "m", stop.signal);
  await until("it is seen again", () => again.seen.length === 1);
  stop.abort();
  assert.equal(await again.ended, undefined);
  await close();
});

test("a refused watch is the server's word; one that is no longer wanted ends in silence", async () => {
  const { client, close } = await world(true);
  const refused = client.watch(ConfigMap, { namespace: "n", resourceVersion: "x" });
  await assert.rejects(
    async () => {
      for await (const _ of refused);
    },
    { code: 400 },
  );
  const stop = new AbortController();
  const watch = watching(client, "m", stop.signal);
  stop.abort();
  assert.equal(await watch.ended, undefined);
  await close();
});

test("a server that takes few streams on a connection is asked on several", async () => {
  const { tls, close } = await listening([]);
  const server = createSecureServer({ ...tls, settings: { maxConcurrentStreams: 2 } });
  let came = 0;
  server.on("session", () => came++);
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200 });
    stream.write(`${JSON.stringify({ type: "ADDED", object: { metadata: { name: "m" } } })}\n`);
    stream.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = httpsClient({ server: url, ca: tls.ca }, { userAgent: "test", sharesWatches: true });
  const stop = new AbortController();
  const all = Array.from({ length: 5 }, () => watching(client, "m", stop.signal));
  await until("all have seen it", () => all.every(({ seen }) => seen.length === 1));
  assert.equal(came, 3);
  stop.abort();
  await Promise.all(all.map(({ ended }) => ended));
  await client.close();
  server.close();
  await close();
});

test("a server without HTTP/2 is asked by HTTP/1.1", async () => {
  const { tls, close } = await listening([]);
  const event = { type: "ADDED", object: { metadata: { name: "old" } } };
  const server = createHttp1(tls, (_, response) => response.end(`${JSON.stringify(event)}\n`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = httpsClient({ server: url, ca: tls.ca }, { userAgent: "test", sharesWatches: true });
  for (let i = 0; i < 2; i++) {
    const watch = watching(client, "old", new AbortController().signal);
    await watch.ended;
    assert.deepEqual(watch.seen, ["ADDED old"]);
  }
  await client.close();
  server.close();
  await close();
});

test("nobody there is the same failure as without sharing", async () => {
  const client = httpsClient({ server: "https://127.0.0.1:1" }, { userAgent: "test", sharesWatches: true });
  const watch = watching(client, "m", new AbortController().signal);
  assert.match(String(await watch.ended), /the API server cannot be reached: connect ECONNREFUSED/);
  await client.close();
});
