// The channels of one WebSocket as Node streams, with backpressure both ways. It refuses to know what a channel is for.
import { Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";
import { CHANNEL, ChannelError, decodeChannel, encodeChannel, encodingOf } from "./channel-frame.ts";
import type { ChannelEncoding } from "./channel-frame.ts";

const NOTHING = Buffer.alloc(0);

/** Wraps an open WebSocket. The listeners are set at once, so nothing that arrives is missed. */
export class ChannelSocket {
  /** Resolves with the close code when the connection is over, 1006 when it broke. Never rejects. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #encoding: ChannelEncoding;
  readonly #readers = new Map<number, Readable>();
  readonly #listeners = new Map<number, (data: Buffer) => void>();
  /** Readers that hold the connection back. */
  readonly #full = new Set<Readable>();

  constructor(socket: WebSocket, protocol: string) {
    this.#socket = socket;
    this.#encoding = encodingOf(protocol);
    socket.binaryType = "nodebuffer";
    socket.on("message", (message: Buffer) => this.#take(message));
    socket.on("error", () => {}); // Followed by "close", which says the same.
    this.closed = new Promise((resolve) => {
      socket.once("close", (code) => {
        for (const reader of this.#readers.values()) reader.push(null);
        resolve(code);
      });
    });
    socket.resume();
  }

  #take(message: Buffer): void {
    let frame: { channel: number; data: Buffer };
    try {
      frame = decodeChannel(message, this.#encoding);
    } catch (error) {
      this.#socket.close(1002, (error as ChannelError).message);
      return;
    }
    if (frame.channel === CHANNEL.close && this.#encoding.closeSignal) {
      this.#readers.get(frame.data[0] ?? -1)?.push(null);
      return;
    }
    // A message for a channel that nobody reads is dropped, as upstream does; an empty one carries nothing.
    if (frame.data.length === 0) return;
    this.#listeners.get(frame.channel)?.(frame.data);
    const reader = this.#readers.get(frame.channel);
    if (reader === undefined || reader.readableEnded || reader.destroyed) return;
    if (!reader.push(frame.data)) {
      this.#full.add(reader);
      this.#socket.pause();
    }
  }

  /** What arrives on a channel, as a stream. It ends with the close signal or the connection. */
  reader(channel: number): Readable {
    const release = (reader: Readable) => {
      this.#full.delete(reader);
      if (this.#full.size === 0) this.#socket.resume();
    };
    const reader: Readable = new Readable({
      read: () => release(reader),
      destroy: (error, done) => {
        release(reader);
        done(error);
      },
    });
    reader.on("error", () => {});
    this.#readers.set(channel, reader);
    return reader;
  }

  /** Calls `listener` with each message of a channel. */
  listen(channel: number, listener: (data: Buffer) => void): void {
    this.#listeners.set(channel, listener);
  }

  /** A channel to write to. `signalEnd`: its end is told to the peer, where the protocol can. */
  writer(channel: number, signalEnd: boolean): Writable {
    const writer = new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#send(channel, chunk, done),
      final: (done) => {
        if (signalEnd && this.#encoding.closeSignal) this.#send(CHANNEL.close, Buffer.of(channel), done);
        else done();
      },
    });
    writer.on("error", () => {});
    void this.closed.then(() => writer.destroy());
    return writer;
  }

  #send(channel: number, data: Uint8Array, done: (error?: Error | null) => void): void {
    // Go's side writes at most 32 kB in a message as well; one above a peer's limit would end the connection.
    const message = encodeChannel(channel, data, this.#encoding);
    this.#socket.send(message, { binary: !this.#encoding.base64 }, done);
  }

  /** Sends one message; resolves when it has left, or when the connection is over. */
  send(channel: number, data: Uint8Array | string = NOTHING): Promise<void> {
    return new Promise((resolve) => this.#send(channel, Buffer.from(data), () => resolve()));
  }

  /** Closes in order, after all that was sent; resolves when both sides have. */
  async close(code = 1000): Promise<void> {
    this.#socket.close(code);
    // A reader that holds the connection back would keep the peer's answer from being seen.
    this.#full.clear();
    this.#socket.resume();
    await this.closed;
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
