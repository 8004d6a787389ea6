// One stream of a SPDY connection as a Node stream.
// It refuses to know the connection: it is handed the few things it needs.
import { Duplex } from "node:stream";
import { RESET, SpdyError } from "./frame.ts";
import type { SpdyHeaders } from "./header-block.ts";

/** What a stream asks of its connection. */
export interface StreamCarrier {
  sendData(streamId: number, data: Buffer, fin: boolean): void;
  /** An empty FIN that nobody waits for. */
  sendFinLater(streamId: number): void;
  sendReply(streamId: number, headers: SpdyHeaders, fin: boolean): void;
  sendReset(streamId: number, status: number): void;
  /** Whether the peer minds its windows at all. */
  countsWindows(): boolean;
  /** How many bytes the connection's window has; when none, `onRoom` is called once there may be more. */
  room(onRoom: () => void): number;
  /** The socket's own backpressure: calls `done` when what was sent may be followed. */
  flushed(done: () => void): void;
  /** `bytes` were taken out of the stream's buffer; they count for the windows unless the stream was dropped. */
  consumed(streamId: number, bytes: number): void;
  forget(streamId: number): void;
}

/** Bytes in one data frame: small enough that streams of a connection take turns. */
const MAX_DATA = 32 * 1024;

/**
 * Reading gives what the peer sent, ending with its FIN; `end()` sends ours; `destroy()` resets the stream.
 * A stream that we opened holds its data back until the peer replied, because Go's peers drop what comes before.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  /** Those of SYN_STREAM, whoever sent it. */
  readonly headers: SpdyHeaders;
  /** Resolves with the reply's headers; rejects when the peer refused the stream or the connection ended. */
  readonly replied: Promise<SpdyHeaders>;
  readonly #carrier: StreamCarrier;
  #answer!: { resolve(headers: SpdyHeaders): void; reject(error: Error): void };
  #isReplied = false;
  #sentFin = false;
  #gotFin = false;
  #window: number;
  #onWindow: (() => void) | undefined;
  #received: Buffer[] = [];
  #wantsMore = false;
  #wasReset = false;

  constructor(carrier: StreamCarrier, init: { id: number; headers: SpdyHeaders; window: number }) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#carrier = carrier;
    this.id = init.id;
    this.headers = init.headers;
    this.#window = init.window;
    this.replied = new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
    });
    // Who does not ask for the reply hears of the failure by the stream's own error.
    this.replied.catch(() => {});
  }

  /** Whether the peer has said all. */
  get receivedFin(): boolean {
    return this.#gotFin;
  }

  /** Accepts a stream that the peer opened. Once; before anything is written. */
  reply(headers: SpdyHeaders = {}): void {
    if (this.#isReplied || this.destroyed) return;
    this.#carrier.sendReply(this.id, headers, false);
    this.onReply(headers);
  }

  /** Refuses a stream that the peer opened. */
  refuse(): void {
    this.#reset(RESET.refusedStream);
    this.destroy();
  }

  override _read(): void {
    this.#wantsMore = true;
    this.#deliver();
  }

  #deliver(): void {
    while (this.#wantsMore && this.#received.length > 0) {
      const data = this.#received.shift()!;
      this.#wantsMore = this.push(data);
      this.#carrier.consumed(this.id, data.length);
    }
    if (this.#gotFin && this.#received.length === 0) this.push(null);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#isReplied) {
      this.replied.then(
        () => this._write(chunk, _encoding, done),
        (error: Error) => done(error),
      );
      return;
    }
    let rest = chunk;
    const proceed = (): void => {
      this.#onWindow = undefined;
      while (rest.length > 0) {
        if (this.destroyed || this.#wasReset) return done(new SpdyError("the stream was reset"));
        const room = this.#room(proceed);
        if (room <= 0) return;
        const part = rest.subarray(0, Math.min(room, MAX_DATA));
        rest = rest.subarray(part.length);
        this.#window -= part.length;
        this.#carrier.sendData(this.id, part, false);
      }
      this.#carrier.flushed(done);
    };
    proceed();
  }

  /** Bytes that may be sent now; when none, `onRoom` will be called. */
  #room(onRoom: () => void): number {
    if (!this.#carrier.countsWindows()) return MAX_DATA;
    if (this.#window > 0) return Math.min(this.#window, this.#carrier.room(onRoom));
    this.#onWindow = onRoom;
    return 0;
  }

  override _final(done: (error?: Error | null) => void): void {
    const finish = () => {
      this.#sentFin = true;
      if (!this.#wasReset) this.#carrier.sendData(this.id, NOTHING, true);
      this.#closeWhenDone();
      done();
    };
    if (this.#isReplied) finish();
    else this.replied.then(finish, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const unread = this.#received.reduce((sum, part) => sum + part.length, 0);
    this.#received = [];
    if (unread > 0) this.#carrier.consumed(this.id, unread);
    // Iterating to the end destroys a Node stream: with nothing left to say that is an orderly end.
    const ended = error === null || error.name === "AbortError";
    const orderly = ended && this.#gotFin && this.readableEnded && this.writableLength === 0;
    if (orderly && !this.#sentFin && !this.#wasReset) this.#carrier.sendFinLater(this.id);
    else if (!this.#sentFin || !this.#gotFin) this.#reset(RESET.cancel);
    this.#carrier.forget(this.id);
    this.#answer.reject(error ?? new SpdyError("the stream was closed"));
    this.#onWindow?.();
    done(orderly ? null : error);
  }

  #reset(status: number): void {
    if (this.#wasReset) return;
    this.#wasReset = true;
    this.#carrier.sendReset(this.id, status);
  }

  #closeWhenDone(): void {
    if (this.#sentFin && this.#gotFin) this.#carrier.forget(this.id);
  }

  // What the connection tells its stream.

  onReply(headers: SpdyHeaders): void {
    this.#isReplied = true;
    this.#answer.resolve(headers);
  }

  onData(data: Buffer, fin: boolean): void {
    if (this.destroyed || this.#gotFin) {
      this.#carrier.consumed(this.id, data.length);
      return;
    }
    if (data.length > 0) this.#received.push(data);
    this.#gotFin = fin;
    this.#deliver();
    if (fin) this.#closeWhenDone();
  }

  /** The peer takes `delta` bytes more (or fewer, after its settings changed). */
  onWindow(delta: number): void {
    this.#window += delta;
    if (this.#window > 0) this.#onWindow?.();
  }

  /**
   * A cancellation ends what can be read like a FIN, as it does in Go, whose servers send the error stream's text and
   * then reset all streams. Any other status loses what was not read yet.
   */
  onReset(status: number): void {
    this.#wasReset = true;
    const ends = this.#gotFin || (status === RESET.cancel && this.#isReplied);
    if (ends) return this.#endReading(new SpdyError("the peer cancelled the stream"));
    const refused = status === RESET.refusedStream;
    this.destroy(new SpdyError(refused ? "the peer refused the stream" : `the peer reset the stream (${status})`));
  }

  /**
   * The connection is over. What had arrived can still be read when its FIN had come too, or when the connection ended
   * in order (Go's servers do so without a FIN for each stream). What is being written fails.
   */
  onConnectionEnd(error: Error | undefined): void {
    this.#wasReset = true;
    if (this.#gotFin || (error === undefined && this.#isReplied)) this.#endReading(error ?? new SpdyError(ENDED));
    else this.destroy(error ?? new SpdyError(ENDED));
  }

  /**
   * Nothing more will come and nothing can be sent: `error` is for what is being written. The writing half stays as it is:
   * ended here, it would look finished to a pipeline, which then waits for its source for ever.
   */
  #endReading(error: Error): void {
    if (this.writableLength > 0) {
      this.destroy(error);
      return;
    }
    if (!this.#gotFin) this.onData(NOTHING, true);
  }
}

const ENDED = "the connection ended";
const NOTHING = Buffer.alloc(0);
