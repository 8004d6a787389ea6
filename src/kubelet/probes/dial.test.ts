// Probes over loopback: what a pod's server does becomes upstream's words.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../base/clock.ts";
import { implement, serveGrpc } from "../../wire/grpc/server.ts";
import { socketDialer } from "./dial.ts";
import { httpVerdict } from "./http.ts";
import { Health } from "./grpc-health.ts";

const dialer = socketDialer(systemClock);
const never = new AbortController().signal;
let server: Server;
let port = 0;

before(async () => {
  server = createServer((request, response) => {
    if (request.url === "/ok") response.end(`${request.headers["user-agent"]} ${request.headers["x-more"]}`);
    else if (request.url === "/there") response.writeHead(302, { Location: "/ok" }).end();
    else if (request.url === "/away") response.writeHead(302, { Location: "http://example.invalid/" }).end("moved");
    else if (request.url !== "/slow") response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, scheme = "http", at = port) =>
  dialer.http(
    {
      url: `${scheme}://127.0.0.1:${at}${path}`,
      headers: [
        ["User-Agent", "kube-probe/1.37"],
        ["X-More", "y"],
      ],
      timeoutMs: 500,
    },
    never,
  );

test("an answer, its headers, a redirect within the host and one beyond it", async () => {
  assert.deepEqual(httpVerdict(await get("/ok")), { result: "success", output: "kube-probe/1.37 y" });
  assert.equal(httpVerdict(await get("/there")).result, "success");
  assert.deepEqual(httpVerdict(await get("/away")), {
    result: "warning",
    output: "Probe terminated redirects, Response body: moved",
  });
  assert.deepEqual(httpVerdict(await get("/none")), {
    result: "failure",
    output: "HTTP probe failed with statuscode: 404",
  });
});

test("nobody listens, nobody answers, nobody speaks TLS", async () => {
  await assert.rejects(get("/", "http", 1), {
    message: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    timedOut: false,
  });
  await assert.rejects(get("/slow"), { message: /context deadline exceeded/, timedOut: true });
  await assert.rejects(get("/", "https"), {
    message: /^Get "https:\/\/127\.0\.0\.1:\d+\/": http: server gave HTTP response to HTTPS client$/,
  });
});

test("TCP: open, refused, aborted", async () => {
  await dialer.tcp("127.0.0.1", port, 500, never);
  await assert.rejects(dialer.tcp("127.0.0.1", 1, 500, never), {
    message: "dial tcp 127.0.0.1:1: connect: connection refused",
  });
  await assert.rejects(dialer.tcp("127.0.0.1", port, 500, AbortSignal.abort(new Error("over"))), { message: "over" });
});

test("gRPC: serving, not serving, refused", async () => {
  await using health = await serveGrpc({
    address: "127.0.0.1:0",
    services: [implement(Health, { check: ({ service }) => ({ status: service === "" ? "SERVING" : "NOT_SERVING" }) })],
  });
  const ask = (service: string, at = health.port) =>
    dialer.grpcHealth({ host: "127.0.0.1", port: at, service }, 1000, never);
  assert.equal(await ask(""), "SERVING");
  assert.equal(await ask("other"), "NOT_SERVING");
  await assert.rejects(ask("", 1), {
    message: 'timeout: failed to connect service "127.0.0.1:1" within 1s: context deadline exceeded',
  });
});
