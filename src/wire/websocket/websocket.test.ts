// WebSocket channels: both sides against each other, against raw messages as kubectl writes them, and against nonsense.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import fc from "fast-check";
import type { WebSocket } from "ws";
import { systemClock } from "../../base/clock.ts";
import { relayCommand } from "../remote-command/session.ts";
import type { CommandStreams, TerminalSize } from "../remote-command/session.ts";
import { portForwardClient, servePortForward } from "../spdy/port-forward.ts";
import { BYTE_STREAM_PROTOCOLS, sendBytes } from "./byte-stream.ts";
import { ChannelError, chooseProtocol, decodeChannel, encodeChannel } from "./channel-frame.ts";
import { TUNNEL_PROTOCOL, acceptWebSocket, dialWebSocket, isWebSocketRequest, tunnelOf } from "./connect.ts";
import type { AcceptedWebSocket } from "./connect.ts";
import { PORT_CHANNEL_PROTOCOLS, acceptPortChannels } from "./port-forward.ts";
import { COMMAND_PROTOCOLS, acceptCommand, openCommand } from "./remote-command.ts";

let spoken: readonly string[] = [];
let handle: (accepted: AcceptedWebSocket) => void = () => {};
const server = createServer();
server.on("upgrade", (request, socket, head) => {
  assert.ok(isWebSocketRequest(request));
  acceptWebSocket(request, socket, head, spoken).then(handle, (error: Error) => {
    socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${error.message.length}\r\n\r\n${error.message}`);
  });
});
let url = "";
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
const sockets = new Set<WebSocket>();
after(() => {
  server.close();
  for (const socket of sockets) socket.terminate();
});

async function dial(protocols: readonly string[]): Promise<AcceptedWebSocket> {
  const accepted = await dialWebSocket(url, { protocols });
  sockets.add(accepted.socket);
  return accepted;
}

const ALL: CommandStreams = { stdin: true, stdout: true, stderr: true, tty: false };

test("frames of both encodings come back; nonsense is a ChannelError", () => {
  fc.assert(
    fc.property(fc.nat(9), fc.uint8Array(), fc.boolean(), (channel, data, base64) => {
      const encoding = { base64, closeSignal: false };
      const frame = decodeChannel(Buffer.from(encodeChannel(channel, data, encoding)), encoding);
      assert.equal(frame.channel, channel);
      assert.deepEqual(new Uint8Array(frame.data), data);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        decodeChannel(Buffer.from(bytes), { base64: true, closeSignal: false });
      } catch (error) {
        assert.ok(error instanceof ChannelError);
      }
    }),
  );
  assert.equal(chooseProtocol("v9.channel.k8s.io, v4.channel.k8s.io", COMMAND_PROTOCOLS), "v4.channel.k8s.io");
  assert.equal(chooseProtocol(undefined, COMMAND_PROTOCOLS), "");
  assert.equal(chooseProtocol("x", COMMAND_PROTOCOLS), undefined);
});

for (const protocol of ["v5.channel.k8s.io", "v4.base64.channel.k8s.io"]) {
  test(`a command over ${protocol}`, async () => {
    spoken = COMMAND_PROTOCOLS;
    handle = ({ socket, protocol: chosen }) => {
      const command = acceptCommand(socket, chosen, ALL);
      void (async () => {
        let size = 0;
        for await (const part of command.stdin!) {
          size += (part as Buffer).length;
          if (size === 1_000_000 && protocol.startsWith("v4")) break;
        }
        command.stdout!.write(`read ${size}`);
        command.stderr!.write("warning");
        await command.finish({ exitCode: 9 });
      })();
    };
    const { socket, protocol: chosen } = await dial([protocol]);
    assert.equal(chosen, protocol);
    const command = openCommand(socket, chosen, ALL);
    for (let i = 0; i < 10; i++) command.stdin!.write(Buffer.alloc(100_000));
    command.stdin!.end();
    const said = await Promise.all([text(command.stdout!), text(command.stderr!), command.ended]);
    assert.deepEqual(said, ["read 1000000", "warning", { exitCode: 9 }]);
  });
}

test("messages as kubectl writes them: sizes, input, the close signal; and the answers byte for byte", async () => {
  spoken = COMMAND_PROTOCOLS;
  const sizes: TerminalSize[] = [];
  handle = ({ socket, protocol }) => {
    const command = acceptCommand(socket, protocol, { ...ALL, tty: true });
    command.onResize((size) => sizes.push(size));
    void text(command.stdin!).then(async (input) => {
      command.stdout!.write(input.toUpperCase());
      await command.finish({ exitCode: 0 });
    });
  };
  const { socket } = await dial(["v5.channel.k8s.io"]);
  const received: string[] = [];
  socket.on("message", (message: Buffer) => received.push(message.toString("latin1"))).resume();
  socket.send(Buffer.from('\x04{"Width":120,"Height":50}\n', "latin1"));
  socket.send(Buffer.from("\x00", "latin1"));
  socket.send(Buffer.from("\x00hello", "latin1"));
  socket.send(Buffer.from([255, 0]));
  const code = await new Promise((resolve) => socket.once("close", resolve));
  assert.deepEqual(received, ["\x01", "\x01HELLO", '\x03{"metadata":{},"status":"Success"}']);
  assert.deepEqual(sizes, [{ width: 120, height: 50 }]);
  assert.equal(code, 1000);
});

test("a slow reader holds the sender back", async () => {
  spoken = COMMAND_PROTOCOLS;
  let sent = 0;
  handle = ({ socket, protocol }) => {
    const command = acceptCommand(socket, protocol, ALL);
    const endless = new Readable({
      read() {
        sent += 65536;
        this.push(sent > 64 << 20 ? null : Buffer.alloc(65536));
      },
    });
    endless.pipe(command.stdout!);
    command.stdout!.on("finish", () => void command.finish({ exitCode: 0 }));
  };
  const { socket, protocol } = await dial(["v5.channel.k8s.io"]);
  const command = openCommand(socket, protocol, ALL);
  await systemClock.sleep(300);
  assert.ok(sent < 32 << 20, `${sent} bytes were sent to nobody`);
  let read = 0;
  for await (const part of command.stdout!) read += (part as Buffer).length;
  assert.equal(read, 64 << 20);
  assert.deepEqual(await command.ended, { exitCode: 0 });
});

test("a client that leaves, a server that breaks off, no common protocol", async () => {
  spoken = COMMAND_PROTOCOLS;
  const left = new Promise<void>((resolve) => {
    handle = ({ socket, protocol }) => void acceptCommand(socket, protocol, ALL).closed.then(resolve);
  });
  const { socket, protocol } = await dial(["v5.channel.k8s.io"]);
  openCommand(socket, protocol, ALL).close();
  await left;
  handle = ({ socket: accepted }) => accepted.terminate();
  const second = await dial(["v5.channel.k8s.io"]);
  await assert.rejects(openCommand(second.socket, second.protocol, ALL).ended, { name: "ChannelError" });
  await assert.rejects(dial(["v9.channel.k8s.io"]), /answered 400/);
});

test("a session relayed to another", async () => {
  spoken = COMMAND_PROTOCOLS;
  handle = async ({ socket, protocol }) => {
    const session = acceptCommand(socket, protocol, ALL);
    if (protocol.startsWith("v5")) {
      const further = await dial(["v4.channel.k8s.io"]);
      return relayCommand(session, openCommand(further.socket, further.protocol, ALL));
    }
    session.stdin!.once("data", async (data: Buffer) => {
      session.stderr!.write(`got ${data}`);
      await session.finish({ error: "killed" });
    });
  };
  const { socket, protocol } = await dial(["v5.channel.k8s.io"]);
  const command = openCommand(socket, protocol, ALL);
  command.stdin!.write("through");
  assert.deepEqual(await Promise.all([text(command.stderr!), command.ended]), ["got through", { error: "killed" }]);
});

test("ports through the SPDY tunnel, and through channels", async () => {
  const target = createTcpServer((peer) => peer.pipe(peer));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const port = (target.address() as AddressInfo).port;
  spoken = [TUNNEL_PROTOCOL, ...PORT_CHANNEL_PROTOCOLS];
  handle = ({ socket, protocol }) => {
    if (protocol !== TUNNEL_PROTOCOL) {
      for (const channel of acceptPortChannels(socket, protocol, [port]).channels) {
        channel.input.pipe(connect(port, "127.0.0.1")).pipe(channel.output);
        channel.fail("only a test");
      }
      return;
    }
    void servePortForward(tunnelOf(socket), {
      clock: systemClock,
      onConnection(connection) {
        const { data } = connection;
        const remote = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        data.pipe(remote).pipe(data);
        remote.on("close", () => connection.done());
      },
    });
  };
  const tunnel = await dial([TUNNEL_PROTOCOL]);
  const client = portForwardClient(tunnelOf(tunnel.socket));
  const sent = Buffer.alloc(700_000, "port");
  const { data, error } = await client.forward(port);
  data.end(sent);
  assert.equal(Buffer.compare(await buffer(data), sent), 0);
  assert.equal(await error, "");
  client.close();

  const { socket } = await dial(["v4.channel.k8s.io"]);
  const received: Buffer[] = [];
  socket.on("message", (message: Buffer) => received.push(message)).resume();
  socket.send(Buffer.from("\x00echo", "latin1"));
  while (received.length < 4) await systemClock.sleep(5);
  const announced = [port & 0xff, port >> 8];
  assert.deepEqual([...received[0]!], [0, ...announced]);
  assert.deepEqual([...received[1]!], [1, ...announced]);
  assert.deepEqual(received.slice(2).map(String).sort(), ["\x00echo", "\x01only a test"]);
  target.close();
});

test("bytes one way, plain and base64", async () => {
  spoken = BYTE_STREAM_PROTOCOLS;
  handle = ({ socket, protocol }) =>
    void sendBytes(socket, protocol, Readable.from([Buffer.from("log 1\n"), Buffer.from("log 2\n")]));
  for (const protocol of ["binary.k8s.io", "base64.binary.k8s.io"]) {
    const { socket } = await dial([protocol]);
    const received: string[] = [];
    socket.on("message", (message: Buffer, binary) => received.push(binary ? String(message) : atob(String(message))));
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    assert.deepEqual(received, ["log 1\n", "log 2\n"]);
  }
});
