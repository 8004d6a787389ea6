// Streams of remote commands and port forwarding: SPDY frames and header blocks, whole SPDY connections, channel frames
// of WebSockets, terminal sizes, the text that tells a command's end.
import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { deflateSync } from "node:zlib";
import { systemClock } from "../../../src/base/clock.ts";
import { endOf, endText } from "../../../src/wire/remote-command/exit-status.ts";
import { SizeReader, sizeText } from "../../../src/wire/remote-command/session.ts";
import { encodeFrame, FrameReader, SpdyError } from "../../../src/wire/spdy/frame.ts";
import type { Frame } from "../../../src/wire/spdy/frame.ts";
import { headerDictionary, HeaderReader, HeaderWriter } from "../../../src/wire/spdy/header-block.ts";
import { servePortForward } from "../../../src/wire/spdy/port-forward.ts";
import { acceptCommand, openCommand } from "../../../src/wire/spdy/remote-command.ts";
import {
  ChannelError,
  chooseProtocol,
  decodeChannel,
  encodeChannel,
  encodingOf,
} from "../../../src/wire/websocket/channel-frame.ts";
import { nothing, only } from "../target.ts";
import type { Target } from "../target.ts";

/** What a client sends for a port: frames with header blocks of one compressed stream. */
function conversation(): Buffer {
  const writer = new HeaderWriter();
  const open = (streamId: number, headers: Record<string, string>): Frame => ({
    type: "synStream",
    streamId,
    priority: 0,
    fin: false,
    unidirectional: false,
    headers: writer.write(headers),
  });
  const frames: Frame[] = [
    open(1, { streamtype: "error", port: "80", requestid: "0" }),
    open(3, { streamtype: "data", port: "80", requestid: "0" }),
    { type: "data", streamId: 3, data: Buffer.from("GET / HTTP/1.0\r\n\r\n"), fin: false },
    { type: "settings", entries: [{ id: 7, value: 65536 }] },
    { type: "ping", id: 1 },
    { type: "windowUpdate", streamId: 3, delta: 1000 },
    { type: "data", streamId: 3, data: Buffer.alloc(0), fin: true },
    { type: "rstStream", streamId: 1, status: 5 },
    { type: "goAway", lastStreamId: 0, status: 0 },
  ];
  return Buffer.concat(frames.map(encodeFrame));
}

/** Frames whose data is joined, as pieces of one frame may come in any number. */
function joined(frames: readonly Frame[]): Frame[] {
  const all: Frame[] = [];
  for (const frame of frames) {
    const last = all.at(-1);
    if (frame.type === "data" && last?.type === "data" && last.streamId === frame.streamId && !last.fin) {
      all[all.length - 1] = { ...frame, data: Buffer.concat([last.data, frame.data]) };
    } else all.push(frame);
  }
  return all;
}

function framesOf(input: Buffer, pieces: number): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  const size = Math.max(1, Math.ceil(input.length / pieces));
  for (let at = 0; at < input.length; at += size) frames.push(...reader.push(input.subarray(at, at + size)));
  return joined(frames);
}

export const spdyFrames: Target = {
  name: "spdy-frames",
  words: ["\x80\x03\x00\x01", "\x80\x03\x00\x04", "\x80\x02", "\x00\x00\x00\x01\x01\x00\x00\x00"],
  seeds: () => [conversation()],
  allows: only(SpdyError),
  run(input) {
    const frames = framesOf(input, 1);
    assert.deepEqual(framesOf(input, 7), frames, "pieces of any size give the same frames");
    const again = framesOf(Buffer.concat(frames.map(encodeFrame)), 1);
    assert.deepEqual(again, frames, "what is written is read as the same");
    return frames
      .map(({ type }) => type[0])
      .join("")
      .slice(0, 20);
  },
};

const DICTIONARY = headerDictionary();

export const spdyHeaders: Target = {
  name: "spdy-headers",
  mostBytes: 4096,
  words: ["\0\0\0\x01", "\xff\xff\xff\xff", "\0\0\0\0"],
  *seeds() {
    const writer = new HeaderWriter();
    yield writer.write({ streamtype: "error", port: "80" });
    yield deflateSync(Buffer.from("\0\0\0\x01\0\0\0\x01a\0\0\0\x01b", "latin1"), { dictionary: DICTIONARY });
    // A little that becomes much.
    yield deflateSync(Buffer.alloc(600_000), { dictionary: DICTIONARY });
    yield Buffer.from("!\0\0\0\x02\0\0\0\x01a\0\0\0\x01b\0\0\0\x01c\0\0\0\0", "latin1");
  },
  allows: only(SpdyError),
  async run(input) {
    // Half of the inputs are a block before it is compressed: compressed ones seldom stay so.
    const block = input[0] === 0x21 ? deflateSync(input.subarray(1), { dictionary: DICTIONARY }) : input;
    const reader = new HeaderReader();
    try {
      const headers = await reader.read(block.subarray(0, -1));
      assert.ok(JSON.stringify(headers).length < 2 ** 21);
      await reader.read(block.subarray(-1));
      return String(Object.keys(headers).length);
    } finally {
      reader.close();
    }
  },
};

/** A whole connection, fed as the side that the first byte says; whatever comes, it ends when the peer has gone. */
export const spdyConnection: Target = {
  name: "spdy-connection",
  words: ["\x80\x03\x00\x01", "\x80\x03\x00\x06\0\0\0\x04\0\0\0\x02"],
  seeds: () => [0, 1, 2].map((role) => Buffer.concat([Buffer.of(role), conversation()])),
  allows: only(SpdyError),
  async run(input) {
    const [ours, theirs] = duplexPair();
    theirs.on("error", () => {}).resume();
    ours.on("error", () => {});
    const role = (input[0] ?? 0) % 3;
    const streams = { tty: true, stdin: true, stdout: true, stderr: false };
    const serving: Promise<unknown> =
      role === 0
        ? servePortForward(ours, {
            clock: systemClock,
            onConnection: (made) =>
              void made.data
                .on("error", () => {})
                .on("close", () => made.done())
                .resume(),
          })
        : role === 1
          ? acceptCommand(ours, streams, { protocol: "v4.channel.k8s.io", clock: systemClock }).then(
              ({ closed }) => closed,
            )
          : openCommand(ours, streams).then(({ ended }) => ended);
    serving.catch(() => {});
    theirs.end(input.subarray(1));
    // A client that has seen the peer's end closes; until then it may only wait.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    ours.destroy();
    theirs.destroy();
    const late = new Promise((_, reject) =>
      setTimeout(() => reject(new Error("the connection outlived its socket")), 5000).unref(),
    );
    await Promise.race([serving, late]);
    return String(role);
  },
};

export const channels: Target = {
  name: "websocket-channels",
  words: ["0", "1", "4", "\xff\x00", "====", "aGk="],
  seeds: () => ["\x00hello", "0aGVsbG8=", '\x04{"Width":80,"Height":24}', "\xff\x00", ""],
  allows: only(ChannelError),
  run(input) {
    for (const protocol of ["v4.channel.k8s.io", "v4.base64.channel.k8s.io"]) {
      const encoding = encodingOf(protocol);
      const { channel, data } = decodeChannel(input, encoding);
      const again = decodeChannel(Buffer.from(encodeChannel(channel, data, encoding)), encoding);
      assert.equal(again.channel, channel);
      assert.ok(again.data.equals(data));
    }
    const spoken = ["v5.channel.k8s.io", "channel.k8s.io"];
    const chosen = chooseProtocol(input.toString("latin1"), spoken);
    assert.ok(chosen === undefined || spoken.includes(chosen));
    return "read";
  },
};

export const terminalSizes: Target = {
  name: "terminal-sizes",
  text: true,
  words: ['{"Width":80,"Height":24}', "{", "}", '"Width":', '"Height":', "65536", "-1", "null", "\n"],
  seeds: () => [sizeText({ width: 80, height: 24 }).repeat(3), "{}{{}}", "null"],
  allows: nothing,
  run(input) {
    const text = input.toString("latin1");
    const whole = new SizeReader().push(text.slice(0, 1000));
    const pieces = new SizeReader();
    const sizes = [...text.slice(0, 1000)].flatMap((letter) => pieces.push(letter));
    assert.deepEqual(sizes, whole, "pieces of any size give the same sizes");
    for (const { width, height } of new SizeReader().push(text))
      assert.ok(width >= 0 && width < 65536 && height >= 0 && height < 65536);
    return String(whole.length);
  },
};

export const commandEnd: Target = {
  name: "command-end",
  text: true,
  words: [
    '"status":"Success"',
    '"reason":"NonZeroExitCode"',
    '"details":',
    '"causes":[',
    '{"reason":"ExitCode","message":"1"}',
    "null",
  ],
  seeds: () => [
    endText({ exitCode: 3 }, "v4.channel.k8s.io"),
    endText({ error: "gone" }, "v4.channel.k8s.io"),
    '{"details":null,"status":"Failure"}',
  ],
  allows: nothing,
  run(input) {
    const end = endOf(input.toString("utf8"));
    assert.ok("error" in end ? typeof end.error === "string" : Number.isInteger(end.exitCode));
    assert.deepEqual(endOf(endText(end, "v5.channel.k8s.io")), end);
    return Object.keys(end)[0];
  },
};
