// Remote commands and port forwarding over SPDY, client and server joined by an HTTP upgrade.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTcpServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { systemClock } from "../../base/clock.ts";
import { relayCommand } from "../remote-command/session.ts";
import type { CommandServer, CommandStreams, TerminalSize } from "../remote-command/session.ts";
import { SpdyConnection } from "./connection.ts";
import { dialSpdy } from "./dial.ts";
import { PORT_FORWARD_PROTOCOL, portForwardClient, servePortForward } from "./port-forward.ts";
import { SPDY_COMMAND_PROTOCOL, acceptCommand, openCommand } from "./remote-command.ts";

let handle: (socket: Duplex) => void = () => {};
const server = createServer((_request, response) => response.writeHead(403).end("not for you\n"));
server.on("upgrade", (request, socket, head) => {
  const protocol = String(request.headers["x-stream-protocol-version"]).split(",")[0]!;
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  sockets.add(socket);
  handle(socket);
});
let url = "";
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec`;
});
const sockets = new Set<Duplex>();
after(() => {
  server.close();
  for (const socket of sockets) socket.destroy();
});

const dial = async () => (await dialSpdy(url, { protocols: [SPDY_COMMAND_PROTOCOL] })).socket;

function serve(
  streams: CommandStreams,
  run: (command: CommandServer) => Promise<void>,
  protocol = SPDY_COMMAND_PROTOCOL,
) {
  handle = (socket) => {
    acceptCommand(socket, streams, { protocol, clock: systemClock }).then(run, () => {});
  };
}

const ALL: CommandStreams = { stdin: true, stdout: true, stderr: true, tty: false };

test("a command: input, both outputs, the exit code", async () => {
  serve(ALL, async (command) => {
    const input = await buffer(command.stdin!);
    command.stdout!.write(`read ${input.length}`);
    command.stderr!.write("warning");
    await command.finish({ exitCode: 42 });
  });
  const command = await openCommand(await dial(), ALL);
  command.stdin!.end(Buffer.alloc(3_000_000));
  const said = await Promise.all([text(command.stdout!), text(command.stderr!), command.ended]);
  assert.deepEqual(said, ["read 3000000", "warning", { exitCode: 42 }]);
});

test("a server that breaks the connection right behind how the command ended has said so; one that breaks it before has not", async () => {
  const breaking = (words: string) => {
    handle = (socket) => {
      const connection = new SpdyConnection(socket, {
        role: "server",
        onStream(stream) {
          stream.on("error", () => {}).reply();
          if (stream.headers["streamtype"] !== "error") return;
          stream.write(words, () => systemClock.after(20, () => (socket as Socket).resetAndDestroy()));
        },
      });
      connection.closed.catch(() => {});
    };
  };
  const only: CommandStreams = { stdin: false, stdout: false, stderr: false, tty: false };
  breaking('{"metadata":{},"status":"Success"}');
  assert.deepEqual(await (await openCommand(await dial(), only)).ended, { exitCode: 0 });
  breaking('{"metadata":{},"sta');
  await assert.rejects((await openCommand(await dial(), only)).ended, { code: "ECONNRESET" });
});

test("a terminal: sizes arrive, also those from before anybody listened", async () => {
  const tty: CommandStreams = { stdin: false, stdout: true, stderr: true, tty: true };
  const sizes: TerminalSize[] = [];
  serve(tty, async (command) => {
    assert.equal(command.stderr, undefined);
    await systemClock.sleep(30);
    await new Promise<void>((resolve) => {
      command.onResize((size) => {
        sizes.push(size);
        if (sizes.length === 2) resolve();
      });
      command.stdout!.write("ready");
    });
    await command.finish({ error: "no such command" });
  });
  const command = await openCommand(await dial(), tty);
  command.resize({ width: 80, height: 24 });
  command.stdout!.once("data", () => command.resize({ width: 100, height: 40 }));
  assert.deepEqual(await command.ended, { error: "no such command" });
  assert.deepEqual(sizes, [
    { width: 80, height: 24 },
    { width: 100, height: 40 },
  ]);
});

test("a session relayed to another", async () => {
  let hops = 0;
  handle = (socket) => {
    const last = hops++ === 1;
    void acceptCommand(socket, ALL, { protocol: SPDY_COMMAND_PROTOCOL, clock: systemClock }).then(async (command) => {
      if (!last) return relayCommand(command, await openCommand(await dial(), ALL));
      command.stdin!.pipe(command.stdout!, { end: false });
      await new Promise((resolve) => command.stdin!.once("end", resolve));
      await command.finish({ exitCode: 3 });
    });
  };
  const command = await openCommand(await dial(), ALL);
  const sent = Buffer.alloc(500_000, "relay");
  command.stdin!.end(sent);
  const [stdout, end] = await Promise.all([buffer(command.stdout!), command.ended]);
  assert.equal(Buffer.compare(stdout, sent), 0);
  assert.deepEqual(end, { exitCode: 3 });
  assert.equal(hops, 2);
});

test("a client that leaves ends a relayed command on both hops", async () => {
  let hops = 0;
  const over: Promise<void>[] = [];
  const relayed = Promise.withResolvers<void>();
  handle = (socket) => {
    const last = hops++ === 1;
    void acceptCommand(socket, ALL, { protocol: SPDY_COMMAND_PROTOCOL, clock: systemClock }).then(async (command) => {
      over.push(command.closed);
      if (last) return void command.stdout!.write("running");
      await relayCommand(command, await openCommand(await dial(), ALL));
      relayed.resolve();
    });
  };
  const command = await openCommand(await dial(), ALL);
  await new Promise((resolve) => command.stdout!.once("data", resolve));
  command.close();
  await relayed.promise;
  await Promise.all(over);
  assert.equal(over.length, 2);
  await assert.rejects(command.ended);
});

test("before v4 the end is a sentence", async () => {
  serve(ALL, (command) => command.finish({ exitCode: 2 }), "v3.channel.k8s.io" as typeof SPDY_COMMAND_PROTOCOL);
  const command = await openCommand(await dial(), ALL);
  assert.deepEqual(await command.ended, { error: "command terminated with non-zero exit code: exit status 2" });
});

test("streams that were not agreed on are refused", async () => {
  serve({ ...ALL, stderr: false }, (command) => command.finish({ exitCode: 0 }));
  await assert.rejects(openCommand(await dial(), ALL), /refused|ended|closed/);
});

test("a server that does not upgrade says why", async () => {
  const plain = createServer((_request, response) => response.writeHead(403).end("not for you\n"));
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/`;
  await assert.rejects(dialSpdy(address, { protocols: ["v4.channel.k8s.io"] }), {
    name: "SpdyError",
    message: "unable to upgrade connection: not for you",
  });
  plain.close();
});

test("forwarded ports: data, several connections, an error", async () => {
  const target = createTcpServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const port = (target.address() as AddressInfo).port;
  handle = (socket) =>
    void servePortForward(socket, {
      clock: systemClock,
      onConnection(connection) {
        if (connection.port !== port) return connection.fail(`nothing listens on ${connection.port}`);
        const remote = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        connection.data.pipe(remote).pipe(connection.data);
        remote.on("close", () => connection.done());
      },
    });
  const { socket } = await dialSpdy(url, { protocols: [PORT_FORWARD_PROTOCOL] });
  const client = portForwardClient(socket);
  const echoes = Array.from({ length: 5 }, async (_, i) => {
    const { data, error } = await client.forward(port);
    const sent = Buffer.alloc(400_000, `${i}`);
    data.end(sent);
    assert.equal(Buffer.compare(await buffer(data), sent), 0);
    assert.equal(await error, "");
  });
  await Promise.all(echoes);
  const failing = await client.forward(1);
  assert.equal(await text(failing.data), "");
  assert.equal(await failing.error, "nothing listens on 1");
  client.close();
  await client.closed;
  target.close();
});
