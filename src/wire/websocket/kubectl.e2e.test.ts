// kubectl's exec and port-forward against our server sides, over WebSocket and SPDY, with four answers of an API.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { systemClock } from "../../base/clock.ts";
import type { CommandServer, CommandStreams } from "../remote-command/session.ts";
import { PORT_FORWARD_PROTOCOL, servePortForward } from "../spdy/port-forward.ts";
import { SPDY_COMMAND_PROTOCOLS, acceptCommand as acceptOverSpdy } from "../spdy/remote-command.ts";
import { chooseProtocol } from "./channel-frame.ts";
import { TUNNEL_PROTOCOL, acceptWebSocket, isWebSocketRequest, tunnelOf } from "./connect.ts";
import { COMMAND_PROTOCOLS, acceptCommand } from "./remote-command.ts";

const KUBECTL = ".cache/tools/kubectl";
const skip = existsSync(KUBECTL) ? false : "needs kubectl";

const POD = {
  kind: "Pod",
  apiVersion: "v1",
  metadata: { name: "p", namespace: "default" },
  spec: { containers: [{ name: "main", image: "x" }] },
  status: { phase: "Running" },
};
const PODS = { name: "pods", singularName: "pod", namespaced: true, kind: "Pod", verbs: ["get"] };
const ANSWERS: Readonly<Record<string, object>> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [] },
  "/api/v1": { kind: "APIResourceList", groupVersion: "v1", resources: [PODS] },
  "/api/v1/namespaces/default/pods/p": POD,
};

const upgrades: string[] = [];
const api = createServer((request, response) => {
  const answer = ANSWERS[request.url!.split("?")[0]!];
  response.writeHead(answer ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(answer ?? {}));
});
api.on("upgrade", (request, socket, head) => void upgraded(request, socket, head));

async function upgraded(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const url = new URL(request.url!, "http://api");
  const forward = url.pathname.endsWith("/portforward");
  const streams: CommandStreams = {
    stdin: url.searchParams.get("stdin") === "true",
    stdout: url.searchParams.get("stdout") === "true",
    stderr: url.searchParams.get("stderr") === "true",
    tty: url.searchParams.get("tty") === "true",
  };
  if (isWebSocketRequest(request)) {
    const spoken = forward ? [TUNNEL_PROTOCOL] : COMMAND_PROTOCOLS;
    const accepted = await acceptWebSocket(request, socket, head, spoken);
    upgrades.push(accepted.protocol);
    if (forward) return serve(tunnelOf(accepted.socket));
    return run(acceptCommand(accepted.socket, accepted.protocol, streams));
  }
  const offered = request.headers["x-stream-protocol-version"];
  const protocol = chooseProtocol(String(offered), forward ? [PORT_FORWARD_PROTOCOL] : SPDY_COMMAND_PROTOCOLS)!;
  upgrades.push(`SPDY ${protocol}`);
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  if (forward) return serve(socket);
  return run(await acceptOverSpdy(socket, streams, { protocol, clock: systemClock }));
}

/** The command that all sessions run: counts its input, complains, ends with 7. */
async function run(command: CommandServer): Promise<void> {
  command.stdout!.write(`read ${(await text(command.stdin!)).length}\n`);
  command.stderr!.write("complaint\n");
  await command.finish({ exitCode: 7 });
}

/** All ports lead to the page, but 81. */
function serve(socket: Duplex): Promise<void> {
  return servePortForward(socket, {
    clock: systemClock,
    onConnection(connection) {
      if (connection.port === 81) return connection.fail("nothing listens on port 81");
      const remote = connect({ port: portOf(page), host: "127.0.0.1", allowHalfOpen: true });
      connection.data.pipe(remote).pipe(connection.data);
      remote.on("close", () => connection.done());
    },
  }).catch(() => {}); // kubectl ends by breaking off
}

const page = createServer((_request, response) => response.end("x".repeat(300_000)));
const portOf = (server: typeof page) => (server.address() as AddressInfo).port;

before(async () => {
  for (const server of [api, page]) await once(server.listen(0, "127.0.0.1"), "listening");
});
after(() => {
  for (const server of [api, page]) {
    server.close();
    server.closeAllConnections();
  }
});

function kubectl(websockets: boolean, args: readonly string[]) {
  const flag = String(websockets);
  const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: flag, KUBECTL_PORT_FORWARD_WEBSOCKETS: flag, HOME: tmpdir() };
  return spawn(KUBECTL, ["--server", `http://127.0.0.1:${portOf(api)}`, "--cache-dir=", ...args], { env });
}

for (const websockets of [true, false]) {
  const carrier = websockets ? "WebSocket" : "SPDY";

  test(`kubectl exec over ${carrier}`, { skip, timeout: 30_000 }, async () => {
    const child = kubectl(websockets, ["exec", "-i", "p", "--", "count"]);
    child.stdin.end("y".repeat(1_000_000));
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    assert.equal(stdout, "read 1000000\n");
    assert.equal(stderr, "complaint\ncommand terminated with exit code 7\n");
    assert.equal(code, 7);
    assert.equal(upgrades.pop(), websockets ? "v5.channel.k8s.io" : "SPDY v4.channel.k8s.io");
  });

  test(`kubectl port-forward over ${carrier}`, { skip, timeout: 30_000 }, async () => {
    const child = kubectl(websockets, ["port-forward", "p", ":80", ":81"]);
    // Listened for from the start: kubectl may end by itself when a port fails.
    const exited = once(child, "exit");
    const ports: number[] = [];
    while (ports.length < 2) {
      const [lines] = (await once(child.stdout, "data")) as [Buffer];
      for (const [, port] of String(lines).matchAll(/127\.0\.0\.1:(\d+)/g)) ports.push(Number(port));
    }
    const complaint = text(child.stderr);
    const get = async (port: number) => (await (await fetch(`http://127.0.0.1:${port}/`)).text()).length;
    const sizes = await Promise.all(Array.from({ length: 20 }, () => get(ports[0]!)));
    assert.deepEqual(new Set(sizes), new Set([300_000]));
    await assert.rejects(get(ports[1]!));
    child.kill("SIGINT");
    await exited;
    assert.match(await complaint, /nothing listens on port 81/);
    assert.equal(upgrades.pop(), websockets ? TUNNEL_PROTOCOL : `SPDY ${PORT_FORWARD_PROTOCOL}`);
  });
}
