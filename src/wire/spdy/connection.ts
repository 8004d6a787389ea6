// A SPDY/3.1 connection over any byte stream, as either side: streams, settings, pings, windows, going away.
// It refuses to do the HTTP upgrade before it and to know what streams are for.
import { finished } from "node:stream";
import type { Duplex } from "node:stream";
import { afterNextPoll } from "../../base/event-loop.ts";
import { arrivals } from "./arrivals.ts";
import { FrameReader, RESET, SpdyError, dataHeader, encodeFrame } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { HeaderReader, HeaderWriter } from "./header-block.ts";
import type { SpdyHeaders } from "./header-block.ts";
import { SpdyStream } from "./stream.ts";
import type { StreamCarrier } from "./stream.ts";

export interface SpdyOptions {
  readonly role: "client" | "server";
  /** A stream that the peer opened: reply() or refuse() it, now or later. Without this all are refused. */
  readonly onStream?: (stream: SpdyStream) => void;
}

/** The windows with which SPDY/3.1 begins, for the connection and for each stream. */
const INITIAL_WINDOW = 64 * 1024;
/** SETTINGS entry: the window of each stream. */
const SETTINGS_INITIAL_WINDOW = 7;
/** Window updates are sent in portions, not for every read. */
const UPDATE_AT = 16 * 1024;
/** Unread data of all streams above which nothing more is read from the socket. */
const MAX_UNREAD = 1 << 20;
const MAX_STREAMS = 10_000;

/**
 * Windows are honoured as soon as the peer shows that it has some, by SETTINGS or a WINDOW_UPDATE. Go's implementation,
 * which Kubernetes and containerd use, never does: it neither sends updates nor minds a window that is used up, so
 * waiting for one would be for ever. Clients get updates always, for they may be anybody's. Servers get them when they
 * have shown that they count: a Go server closes right behind its last words, and an update that it has not read then
 * resets the connection, which loses all of its output that is still on the way.
 */
export class SpdyConnection {
  /** Resolves when the connection is over, rejects when it broke. Both are heard by every open stream first. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #onStream: ((stream: SpdyStream) => void) | undefined;
  readonly #isClient: boolean;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #writer = new HeaderWriter();
  readonly #reader = new HeaderReader();
  readonly #pings = new Map<number, () => void>();
  readonly #carrier: StreamCarrier;
  #nextId: number;
  #nextPing: number;
  #lastPeerId = 0;
  #goneAway = false;
  #over = false;
  #peerCountsWindows = false;
  #window = INITIAL_WINDOW;
  #streamWindow = INITIAL_WINDOW;
  #onRoom = new Set<() => void>();
  readonly #owedFins: number[] = [];
  #unread = 0;
  #onRead: (() => void) | undefined;
  /** Bytes taken by readers for which no update was sent yet; 0 is the connection's own count. */
  readonly #unannounced = new Map<number, number>();

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#onStream = options.onStream;
    this.#isClient = options.role === "client";
    this.#nextId = this.#isClient ? 1 : 2;
    this.#nextPing = this.#nextId;
    this.#carrier = this.#carrierOfStreams();
    this.closed = this.#run();
    // Who waits for nothing must not be ended by it.
    this.closed.catch(() => {});
  }

  /** The number of streams that are not over in both directions. */
  get openStreams(): number {
    return this.#streams.size;
  }

  /** Opens a stream; see {@link SpdyStream.replied}. */
  open(headers: SpdyHeaders): SpdyStream {
    if (this.#over || this.#goneAway) throw new SpdyError("the connection takes no new streams");
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new SpdyStream(this.#carrier, { id, headers, window: this.#streamWindow });
    this.#streams.set(id, stream);
    const block = this.#writer.write(headers);
    this.#send({ type: "synStream", streamId: id, priority: 0, fin: false, unidirectional: false, headers: block });
    return stream;
  }

  /** Resolves when the peer answered: it is alive and has read all that was sent before. */
  ping(): Promise<void> {
    const id = this.#nextPing;
    this.#nextPing += 2;
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new SpdyError("the connection is over"));
      this.#pings.set(id, resolve);
      this.closed.then(
        () => reject(new SpdyError("the connection is over")),
        (error: Error) => reject(error),
      );
      this.#send({ type: "ping", id });
    });
  }

  /** Says that nothing new is wanted, and ends our side when all that was written has left. */
  close(): void {
    if (this.#over || this.#socket.writableEnded) return;
    if (!this.#goneAway) this.#send({ type: "goAway", lastStreamId: this.#lastPeerId, status: 0 });
    this.#goneAway = true;
    this.#socket.end();
  }

  #send(frame: Frame): void {
    if (!this.#over && this.#socket.writable) this.#socket.write(encodeFrame(frame));
  }

  #carrierOfStreams(): StreamCarrier {
    return {
      sendData: (streamId, data, fin) => this.#sendData(streamId, data, fin),
      sendFinLater: (streamId) => this.#sendFinLater(streamId),
      sendReply: (streamId, headers, fin) =>
        this.#send({ type: "synReply", streamId, fin, headers: this.#writer.write(headers) }),
      sendReset: (streamId, status) => this.#send({ type: "rstStream", streamId, status }),
      countsWindows: () => this.#peerCountsWindows,
      room: (onRoom) => {
        if (this.#window <= 0) this.#onRoom.add(onRoom);
        return this.#window;
      },
      flushed: (done) => {
        if (this.#over || !this.#socket.writableNeedDrain) return done();
        this.#onRoom.add(done);
      },
      consumed: (streamId, bytes) => this.#consumed(streamId, bytes),
      forget: (streamId) => {
        this.#streams.delete(streamId);
        this.#unannounced.delete(streamId);
      },
    };
  }

  #sendData(streamId: number, data: Buffer, fin: boolean): void {
    if (this.#over || !this.#socket.writable) return;
    this.#window -= data.length;
    this.#socket.cork();
    this.#socket.write(dataHeader(streamId, data.length, fin));
    if (data.length > 0) this.#socket.write(data);
    this.#socket.uncork();
  }

  /**
   * Go's servers close when they have said all. A frame to one that has closed breaks the socket, and with it what the
   * kernel holds of its last words: FINs that nobody waits for go together, after everything was read that has come.
   */
  #sendFinLater(streamId: number): void {
    if (this.#owedFins.push(streamId) > 1) return;
    const send = () => {
      this.#socket.cork();
      for (const id of this.#owedFins.splice(0)) this.#sendData(id, Buffer.alloc(0), true);
      this.#socket.uncork();
    };
    afterNextPoll(send);
  }

  /** Calls whoever waits for the socket or the connection's window; who still cannot go on waits again. */
  #wake(): void {
    const waiting = [...this.#onRoom];
    this.#onRoom.clear();
    for (const wake of waiting) wake();
  }

  #consumed(streamId: number, bytes: number): void {
    this.#unread -= bytes;
    if (this.#unread <= MAX_UNREAD) this.#onRead?.();
    if (this.#isClient && !this.#peerCountsWindows) return;
    for (const id of [0, streamId]) {
      // A peer that has said all has forgotten the stream, or will at any moment: an update would be an error to it.
      if (id !== 0 && this.#streams.get(id)?.receivedFin !== false) continue;
      const count = (this.#unannounced.get(id) ?? 0) + bytes;
      if (count >= UPDATE_AT) this.#send({ type: "windowUpdate", streamId: id, delta: count });
      this.#unannounced.set(id, count >= UPDATE_AT ? 0 : count);
    }
  }

  /** The reading loop: the connection's life. */
  async #run(): Promise<void> {
    const stopWatching = finished(this.#socket, { readable: false }, () => this.#wake());
    this.#socket.on("drain", () => this.#wake());
    const frames = new FrameReader();
    let failure: Error | undefined;
    try {
      for await (const chunk of arrivals(this.#socket)) {
        for (const frame of frames.push(chunk)) await this.#take(frame);
        if (this.#unread > MAX_UNREAD) await this.#untilRead();
      }
      if (!this.#goneAway) frames.end();
    } catch (error) {
      failure = error as Error;
    }
    stopWatching();
    this.#over = true;
    this.#reader.close();
    for (const stream of [...this.#streams.values()]) stream.onConnectionEnd(failure);
    this.#streams.clear();
    this.#wake();
    // What breaks while it is taken down is of no interest any more.
    this.#socket.on("error", () => {}).resume();
    if (failure !== undefined) this.#socket.destroy();
    else if (!this.#socket.writableEnded) this.#socket.end();
    if (failure !== undefined) throw failure;
  }

  #untilRead(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRead = () => {
        this.#onRead = undefined;
        resolve();
      };
    });
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.type) {
      case "data":
        return this.#takeData(frame.streamId, frame.data, frame.fin);
      case "synStream":
        return this.#takeStream(frame);
      case "synReply":
      case "headers": {
        // Read even when the stream is gone: the blocks of a direction are one compressed stream.
        const headers = await this.#reader.read(frame.headers);
        const stream = this.#streams.get(frame.streamId);
        if (frame.type === "synReply") stream?.onReply(headers);
        if (frame.fin) stream?.onData(Buffer.alloc(0), true);
        return;
      }
      case "rstStream":
        this.#streams.get(frame.streamId)?.onReset(frame.status);
        this.#streams.delete(frame.streamId);
        return;
      case "settings":
        return this.#takeSettings(frame.entries);
      case "windowUpdate":
        return this.#takeWindow(frame.streamId, frame.delta);
      case "ping":
        if (frame.id % 2 === this.#nextPing % 2) this.#pings.get(frame.id)?.();
        else this.#send(frame);
        this.#pings.delete(frame.id);
        return;
      case "goAway":
        this.#goneAway = true;
        return;
    }
  }

  #takeData(streamId: number, data: Buffer, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    this.#unread += data.length;
    if (stream !== undefined) stream.onData(data, fin);
    else this.#consumed(streamId, data.length);
  }

  async #takeStream(frame: Frame & { type: "synStream" }): Promise<void> {
    const headers = await this.#reader.read(frame.headers);
    const { streamId } = frame;
    const wrongSide = streamId % 2 === this.#nextId % 2;
    if (streamId === 0 || wrongSide || streamId <= this.#lastPeerId)
      throw new SpdyError(`a stream with number ${streamId}`);
    this.#lastPeerId = streamId;
    if (this.#onStream === undefined || this.#goneAway || this.#streams.size >= MAX_STREAMS) {
      this.#send({ type: "rstStream", streamId, status: RESET.refusedStream });
      return;
    }
    const stream = new SpdyStream(this.#carrier, { id: streamId, headers, window: this.#streamWindow });
    this.#streams.set(streamId, stream);
    if (frame.fin) stream.onData(Buffer.alloc(0), true);
    this.#onStream(stream);
  }

  #takeSettings(entries: readonly { id: number; value: number }[]): void {
    const entry = entries.find(({ id }) => id === SETTINGS_INITIAL_WINDOW);
    if (entry === undefined) return;
    this.#peerCountsWindows = true;
    const delta = (entry.value & 0x7fffffff) - this.#streamWindow;
    this.#streamWindow += delta;
    for (const stream of this.#streams.values()) stream.onWindow(delta);
  }

  #takeWindow(streamId: number, delta: number): void {
    this.#peerCountsWindows = true;
    if (streamId === 0) {
      this.#window += delta;
      this.#wake();
    } else this.#streams.get(streamId)?.onWindow(delta);
  }
}
