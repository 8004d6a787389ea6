// The server on a real port, over both protocols, with client certificates; a kubelet behind it that only echoes.
import assert from "node:assert/strict";
import { connect as http2Connect } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { Agent, createServer as createHttpsServer, request as httpsRequest } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { silentLog } from "../base/log.ts";
import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/random.ts";
import { ConfigMap } from "../resources/core/config-map.ts";
import { Namespace } from "../resources/core/namespace.ts";
import { Node } from "../resources/core/node.ts";
import { Pod } from "../resources/core/pod.ts";
import { Scale } from "../resources/autoscaling/scale.ts";
import { decodeObject, decodeWatchEvent, encodeObject, readEnvelope } from "../schema/protobuf-envelope.ts";
import { memoryStore } from "../store/memory.ts";
import { dialWebSocket } from "../wire/websocket/connect.ts";
import { issue, issueAuthority } from "../wire/x509/issue.ts";
import { clientCertificate } from "./authentication/client-certificate.ts";
import { masters } from "./authorization/masters.ts";
import type { Listener } from "./http/listener.ts";
import { createApiServer } from "./server.ts";
import type { ApiServer } from "./server.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };
const validity = { notBefore: systemClock.now() - 60_000, notAfter: systemClock.now() + 3_600_000 };

let server: ApiServer;
let listener: Listener;
let kubelet: Server;
let session: ClientHttp2Session;
let keys: { ca: string; cert: string; key: string };

before(async () => {
  const ca = await issueAuthority({ commonName: "test", ...validity }, systemRandom);
  const names = { dnsNames: ["localhost", "n1"], ipAddresses: ["127.0.0.1"], ...validity };
  const serving = await issue(ca, { commonName: "server", usages: ["server", "client"], ...names }, systemRandom);
  const client = await issue(
    ca,
    { commonName: "admin", organizations: ["system:masters"], usages: ["client"], ...validity },
    systemRandom,
  );
  keys = { ca: ca.cert, cert: client.cert, key: client.key };
  server = await createApiServer({
    store: memoryStore({ clock: systemClock }),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    resources: [Namespace, ConfigMap, Node, Pod],
    bodies: [Scale],
    authenticators: () => [clientCertificate()],
    authorizers: () => [masters],
    nodes: { tls: { cert: serving.cert, key: serving.key, ca: ca.cert } },
  });
  const tls = { cert: serving.cert, key: serving.key, ca: ca.cert };
  listener = await server.listen({ host: "127.0.0.1", port: 0, tls });
  kubelet = createHttpsServer(
    { cert: serving.cert, key: serving.key, ca: ca.cert, requestCert: true },
    (request, response) => {
      if (request.url?.startsWith("/containerLogs/demo/waits/c")) {
        response.writeHead(400, { "content-type": "text/plain" });
        response.end('container "c" in pod "waits" is waiting to start: ContainerCreating');
        return;
      }
      if (request.url === "/old") {
        response.writeHead(302, { location: "/new?a=b" }).end();
        return;
      }
      if (request.url === "/page") {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-length": 24 });
        response.end('<a href="/x">\u00e4</a><br>');
        return;
      }
      response.writeHead(200, { "content-type": "text/plain" });
      response.end(`${request.method} ${request.url} by ${request.socket.constructor.name}`);
    },
  );
  kubelet.on("upgrade", (_request, socket, head) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    if (head.length > 0) socket.write(head);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => kubelet.listen(0, "127.0.0.1", resolve));
  session = http2Connect(`https://127.0.0.1:${listener.port}`, keys);
  await new Promise((resolve) => session.once("connect", resolve));
  const admin = server.localClient(ADMIN);
  await admin.create(Node, {
    metadata: { name: "n1" },
    spec: {},
    status: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } },
    },
  });
  const containers = [{ name: "c", image: "i" }];
  for (const name of ["p", "waits"]) {
    await admin.create(Pod, {
      metadata: { name, namespace: "demo" },
      spec: { containers, nodeName: "n1" },
      status: {},
    });
  }
});

after(async () => {
  session.close();
  kubelet.closeAllConnections();
  kubelet.close();
  await server.close(200);
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function over1(
  method: string,
  path: string,
  body?: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: "127.0.0.1", port: listener.port, method, path, headers, agent: false, ...keys },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

function over2(
  method: string,
  path: string,
  body?: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: body === undefined });
    let head: Readonly<Record<string, unknown>> = {};
    const chunks: Buffer[] = [];
    stream.on("response", (received) => (head = received));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () =>
      resolve({ status: Number(head[":status"]), headers: head, text: Buffer.concat(chunks).toString() }),
    );
    stream.on("error", reject);
    if (body !== undefined) stream.end(body);
  });
}

const MAPS = "/api/v1/namespaces/demo/configmaps";
const map = (name: string, value = "v") => JSON.stringify({ metadata: { name }, data: { k: value } });

for (const [protocol, send] of [
  ["HTTP/1.1", over1],
  ["HTTP/2", over2],
] as const) {
  const name = protocol.replace(/\W/g, "").toLowerCase();

  test(`${protocol}: an object goes in and comes out, with the headers of every answer`, async () => {
    const made = await send("POST", MAPS, map(name));
    assert.equal(made.status, 201);
    assert.equal(made.headers["content-type"], "application/json");
    assert.equal(made.headers["cache-control"], "no-cache, private");
    assert.match(String(made.headers["audit-id"]), /^[0-9a-f-]{36}$/);
    const got = await send("GET", `${MAPS}/${name}`);
    assert.deepEqual(JSON.parse(got.text), JSON.parse(made.text));
  });

  test(`${protocol}: a body may be packed, may not be too long, and what is refused is answered all the same`, async () => {
    const packed = await send("POST", MAPS, gzipSync(map(`${name}-gzip`)), { "content-encoding": "gzip" });
    assert.equal(packed.status, 201);
    const long = await send("POST", MAPS, map(`${name}-long`, "x".repeat(4 * 1024 * 1024)));
    assert.equal(long.status, 413);
    assert.equal((JSON.parse(long.text) as { reason: string }).reason, "RequestEntityTooLarge");
  });

  test(`${protocol}: HEAD is refused without a body`, async () => {
    const { status, text } = await send("HEAD", `${MAPS}/${name}`);
    assert.deepEqual([status, text], [405, ""]);
  });

  test(`${protocol}: a watch writes frames as they come and ends with its time`, async () => {
    const { metadata } = await server.localClient(ADMIN).list(ConfigMap);
    const watching = send("GET", `${MAPS}?watch=1&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`);
    await send("POST", MAPS, map(`${name}-watched`));
    const { text } = await watching;
    const events = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string } } });
    assert.deepEqual(
      events.map(({ type, object }) => `${type} ${object.metadata.name}`),
      [`ADDED ${name}-watched`],
    );
  });

  test(`${protocol}: what a kubelet says against a log is told as a Status`, async () => {
    const { status, text } = await send("GET", "/api/v1/namespaces/demo/pods/waits/log");
    const { reason, message } = JSON.parse(text);
    assert.deepEqual(
      [status, reason, message],
      [400, "BadRequest", 'container "c" in pod "waits" is waiting to start: ContainerCreating'],
    );
  });

  test(`${protocol}: a proxy has a root, knows all methods, and leads redirects back through itself`, async () => {
    const proxy = "/api/v1/nodes/n1/proxy";
    const bare = await send("GET", `${proxy}?a=b`);
    assert.deepEqual([bare.status, bare.headers["location"]], [301, `${proxy}/?a=b`]);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const { status, text } = await send(method, `${proxy}/x/y?a=b`);
      assert.deepEqual([status, text.split(" by ")[0]], [200, `${method} /x/y?a=b`]);
    }
    assert.equal((await send("HEAD", `${proxy}/x`)).status, 200);
    for (const method of ["GET", "HEAD"]) {
      const root = await send(method, `${proxy}?a=b`);
      assert.deepEqual([root.status, root.headers["location"]], [301, `${proxy}/?a=b`], method);
    }
    for (const method of ["DELETE", "OPTIONS", "PATCH", "POST", "PUT"])
      assert.match((await send(method, `${proxy}?a=b`)).text, new RegExp(`^${method} /\\?a=b `));
    const moved = await send("GET", `${proxy}/old`);
    assert.deepEqual([moved.status, moved.headers["location"]], [302, `${proxy}/new?a=b`]);
    assert.equal((await send("GET", `${proxy}/page`)).text, `<a href="${proxy}/x">ä</a><br>`);
  });

  test(`${protocol}: the log of a pod comes from its kubelet`, async () => {
    const { status, text } = await send("GET", "/api/v1/namespaces/demo/pods/p/log?tailLines=5&container=c");
    assert.equal(status, 200);
    assert.equal(text, "GET /containerLogs/demo/p/c?tailLines=5 by TLSSocket");
  });
}

const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** The bytes of an answer over HTTP/2. */
function bytesOf(path: string, accept: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, accept });
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => resolve(Buffer.concat(chunks)));
    stream.on("error", reject);
  });
}

test("protobuf in and out: an object, a list, the frames of a watch, an error", async () => {
  const object: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "pb" }, data: { k: "v" } };
  const sent = Buffer.from(encodeObject(ConfigMap.schema, object));
  const made = await over2("POST", MAPS, sent, { "content-type": PROTOBUF });
  assert.equal(made.status, 201, made.text);
  const stored = JSON.parse(made.text) as ConfigMap;
  assert.deepEqual(decodeObject(ConfigMap.schema, await bytesOf(`${MAPS}/pb`, PROTOBUF)), stored);
  const list = await bytesOf(`${MAPS}?fieldSelector=metadata.name%3Dpb`, PROTOBUF);
  assert.ok(readEnvelope(list).kind === "ConfigMapList" && list.includes("pb"));
  const frames = await bytesOf(
    `${MAPS}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true` +
      "&fieldSelector=metadata.name%3Dpb",
    `${PROTOBUF};stream=watch,${PROTOBUF}`,
  );
  const events = [];
  for (let at = 0; at < frames.length;) {
    const length = frames.readUInt32BE(at);
    events.push(decodeWatchEvent(frames.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  assert.deepEqual(
    events.map((event) => event.type),
    ["ADDED", "BOOKMARK"],
  );
  assert.deepEqual(decodeObject(ConfigMap.schema, events[0]!.object), stored);
  const bookmark = decodeObject(ConfigMap.schema, events[1]!.object) as ConfigMap;
  assert.deepEqual(bookmark.metadata.annotations, { "k8s.io/initial-events-end": "true" });
  assert.equal(readEnvelope(await bytesOf(`${MAPS}/absent`, PROTOBUF)).kind, "Status");
});

test("an upgrade is a pair of raw streams through to the kubelet", async () => {
  const request = httpsRequest({
    host: "127.0.0.1",
    port: listener.port,
    path: "/api/v1/namespaces/demo/pods/p/exec?command=sh&stdin=true&stdout=true",
    headers: { connection: "Upgrade", upgrade: "echo" },
    agent: false,
    ...keys,
  });
  request.end();
  const echoed = await new Promise<string>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => reject(new Error(`refused: ${response.statusCode}`)));
    request.on("upgrade", (_response, socket) => {
      socket.write("ping");
      socket.once("data", (chunk: Buffer) => {
        socket.destroy();
        resolve(chunk.toString());
      });
    });
  });
  assert.equal(echoed, "ping");
});

/** All messages of a WebSocket until it is closed, or until there are `most`. */
async function messagesOf(path: string, protocols: readonly string[], most = Infinity): Promise<(Buffer | string)[]> {
  const { socket } = await dialWebSocket(`https://127.0.0.1:${listener.port}${path}`, { protocols, tls: keys });
  const messages: (Buffer | string)[] = [];
  const ended = new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.once("close", resolve);
    socket.on("message", (data: Buffer, isBinary) => {
      messages.push(isBinary ? data : data.toString("utf8"));
      if (messages.length === most) socket.close();
    });
  });
  socket.resume();
  await ended;
  return messages;
}

test("a log comes over a WebSocket as well, in the protocol that the client offers", async () => {
  const path = "/api/v1/namespaces/demo/pods/p/log?container=c";
  const wanted = "GET /containerLogs/demo/p/c by TLSSocket";
  const [first, ...rest] = await messagesOf(path, ["binary.k8s.io"]);
  assert.deepEqual(first, Buffer.alloc(0));
  assert.equal(Buffer.concat(rest as Buffer[]).toString(), wanted);
  const texts = await messagesOf(path, ["base64.binary.k8s.io"]);
  assert.equal(Buffer.from(texts.join(""), "base64").toString(), wanted);
  await assert.rejects(messagesOf(path, ["v4.channel.k8s.io"]), /answered 400/);
  await assert.rejects(messagesOf("/api/v1/namespaces/demo/pods/waits/log", ["binary.k8s.io"]), /answered 400/);
});

test("a watch over a WebSocket tells each event in a message", async () => {
  const maps = "/api/v1/namespaces/socket/configmaps";
  for (const name of ["a", "b"]) await over2("POST", maps, Buffer.from(JSON.stringify({ metadata: { name } })));
  const messages = await messagesOf(`${maps}?watch=true`, [], 2);
  const events = messages.map((text) => JSON.parse(String(text)) as { type: string; object: ConfigMap });
  assert.deepEqual(
    events.map(({ type, object }) => `${type} ${object.metadata.name}`),
    ["ADDED a", "ADDED b"],
  );
  assert.ok(messages.every((one) => typeof one === "string"));
  assert.deepEqual(
    await messagesOf(`${maps}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Dx&timeoutSeconds=1`, []),
    [],
  );
});

test("who shows no certificate is anonymous", async () => {
  const anonymous = http2Connect(`https://127.0.0.1:${listener.port}`, { ca: keys.ca });
  const stream = anonymous.request({ ":path": MAPS });
  const status = await new Promise((resolve) => stream.once("response", (head) => resolve(head[":status"])));
  anonymous.close();
  assert.equal(status, 403);
});

test("closing ends watches and lets requests finish", async () => {
  const other = await server.listen({ host: "127.0.0.1", port: 0, tls: { cert: keys.cert, key: keys.key } });
  await other.close(100);
  const watching = over2("GET", `${MAPS}?watch=1`);
  await systemClock.sleep(50);
  await server.close(500);
  const { status } = await watching;
  assert.equal(status, 200);
});

test("a server that stops waits for no idle connection, and cuts no request", async () => {
  const own = await createApiServer({
    store: memoryStore({ clock: systemClock }),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    resources: [Namespace, ConfigMap],
    bodies: [Scale],
    authenticators: () => [clientCertificate()],
    authorizers: () => [masters],
  });
  const { port } = await own.listen({ host: "127.0.0.1", port: 0, tls: keys });
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const options = { ...keys, host: "127.0.0.1", port, path, agent, rejectUnauthorized: false };
      const request = httpsRequest(options, (answer) => {
        let body = "";
        answer.on("data", (data) => (body += String(data))).on("end", () => resolve(body));
      });
      request.on("error", reject).end();
    });
  // One connection idles, another has a watch that the server ends.
  await ask("/version");
  const watch = ask(`${MAPS}?watch=1`);
  await ask("/version");
  const began = systemClock.monotonic();
  await own.close(5000);
  assert.ok(systemClock.monotonic() - began < 2000, "idle connections were waited for");
  assert.equal(await watch, "");
  agent.destroy();
});
