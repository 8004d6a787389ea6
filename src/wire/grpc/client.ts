// Calls to a gRPC server over a Unix socket, TCP or TLS.
// It refuses to retry: a call fails, the connection comes back by itself.
import { X509Certificate } from "node:crypto";
import { Client, Metadata, credentials, logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import type { CallOptions as TransportOptions, ServiceError } from "@grpc/grpc-js";
import type { Clock } from "../../base/clock.ts";
import { parseIP } from "../../base/ip.ts";
import type { AnyMessage, MessageIn, MessageInit } from "../protobuf/message.ts";
import type { Method, MethodKind, Methods, Service } from "../protobuf/service.ts";
import { GrpcError, grpcCodeOf } from "./error.ts";

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The server gets this deadline too. Without it a call may take for ever. */
  readonly timeoutMs?: number | undefined;
  /** Headers of this call, over those of the client. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * One method as a function, by its kind. Requests in a stream may come from any iterable;
 * breaking out of an answer ends the call.
 * A stream that is never iterated stays open until its signal or deadline ends it.
 */
export type Call<M> =
  M extends Method<infer K, infer I, infer O>
    ? {
        unary: (request: MessageInit<I>, options?: CallOptions) => Promise<MessageIn<O>>;
        serverStream: (request: MessageInit<I>, options?: CallOptions) => AsyncIterable<MessageIn<O>>;
        clientStream: (requests: Requests<MessageInit<I>>, options?: CallOptions) => Promise<MessageIn<O>>;
        bidiStream: (requests: Requests<MessageInit<I>>, options?: CallOptions) => AsyncIterable<MessageIn<O>>;
      }[K]
    : never;

export type Requests<T> = AsyncIterable<T> | Iterable<T>;

/** `RunPodSandbox` is called as `client.runPodSandbox(…)`. */
export type ServiceClient<M extends Methods> = { readonly [K in keyof M & string as Uncapitalize<K>]: Call<M[K]> };

export interface GrpcConnection {
  /** The functions of one service; `metadata` goes with each call (containerd's namespace, for example). */
  client<M extends Methods>(service: Service<M>, metadata?: Readonly<Record<string, string>>): ServiceClient<M>;
  /** Ends open calls with Canceled. */
  close(): void;
  [Symbol.dispose](): void;
}

export interface ConnectOptions {
  /** `unix:///run/containerd/containerd.sock` or `host:port`. */
  readonly address: string;
  readonly clock: Clock;
  /** PEM texts. Without it the connection is plain: for Unix sockets and loopback only. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string; readonly serverName?: string };
  /** The largest answer that is accepted, in bytes. Default 16 MiB, as the kubelet has it. */
  readonly maxMessageBytes?: number;
}

const DEFAULT_MAX_MESSAGE = 16 * 1024 * 1024;

/** The only serializer that the transport sees: messages are coded here, so that their errors keep their class. */
const asTheyAre = (bytes: Buffer): Buffer => bytes;

/**
 * Connects on the first call and again after the server went away, waiting 0.1 to 3 s between attempts;
 * calls made meanwhile fail at once with Unavailable.
 */
export function connectGrpc(options: ConnectOptions): GrpcConnection {
  // What it would print to stderr is in the errors of the calls.
  setLogVerbosity(logVerbosity.NONE);
  const max = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE;
  const ip = ipOf(options);
  const name = ip === undefined ? options.tls?.serverName : PLACEHOLDER_NAME;
  const transport = new Client(options.address, transportCredentials(options.tls, ip), {
    "grpc.max_receive_message_length": max,
    "grpc.max_send_message_length": max,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 3000,
    ...(name !== undefined && { "grpc.ssl_target_name_override": name }),
  });
  return {
    client<M extends Methods>(service: Service<M>, metadata?: Readonly<Record<string, string>>) {
      const calls: Record<string, unknown> = {};
      for (const [name, method] of Object.entries(service.methods)) {
        const caller: Caller = { transport, clock: options.clock, path: `/${service.name}/${name}`, method, metadata };
        calls[name.charAt(0).toLowerCase() + name.slice(1)] = callOf(caller);
      }
      return calls as ServiceClient<M>;
    },
    close: () => transport.close(),
    [Symbol.dispose]: () => transport.close(),
  };
}

/** The server name that is sent where the address is an IP: the transport would send that, and Node refuses to. */
const PLACEHOLDER_NAME = "localhost";

/** The address, when it is an IP that the server's certificate has to be for. */
function ipOf({ address, tls }: ConnectOptions): string | undefined {
  if (tls === undefined || tls.serverName !== undefined) return undefined;
  const host = address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return parseIP(host) === undefined ? undefined : host;
}

function transportCredentials(tls: ConnectOptions["tls"], ip: string | undefined) {
  if (tls === undefined) return credentials.createInsecure();
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  const parts = [pem(tls.ca), pem(tls.key), pem(tls.cert)] as const;
  if (ip === undefined) return credentials.createSsl(...parts);
  return credentials.createSsl(...parts, {
    checkServerIdentity(_name, { raw }) {
      const fits = new X509Certificate(raw).checkIP(ip) !== undefined;
      return fits ? undefined : new Error(`the server's certificate is not for ${ip}`);
    },
  });
}

/** All that one method needs to be called. */
interface Caller {
  readonly transport: Client;
  readonly clock: Clock;
  readonly path: string;
  readonly method: Method<MethodKind, AnyMessage, AnyMessage>;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

function callOf(caller: Caller): unknown {
  switch (caller.method.kind) {
    case "unary":
      return (request: object, options: CallOptions = {}) => unary(caller, request, options);
    case "serverStream":
      return (request: object, options: CallOptions = {}) => serverStream(caller, request, options);
    case "clientStream":
      return (requests: Requests<object>, options: CallOptions = {}) => clientStream(caller, requests, options);
    case "bidiStream":
      return (requests: Requests<object>, options: CallOptions = {}) => bidiStream(caller, requests, options);
  }
}

function metadataOf(caller: Caller, options: CallOptions): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries({ ...caller.metadata, ...options.metadata })) metadata.set(name, value);
  return metadata;
}

function transportOptions(caller: Caller, options: CallOptions): TransportOptions {
  return options.timeoutMs === undefined ? {} : { deadline: caller.clock.now() + options.timeoutMs };
}

function encoded(type: AnyMessage, value: object): Buffer {
  const bytes = type.encode(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function failure(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const { code, details } = error as Partial<ServiceError>;
  if (typeof code !== "number") return error;
  return new GrpcError(grpcCodeOf(code), details ?? String(error), { cause: error });
}

/** A call that can be ended; `onAbort` answers a function that stops listening to the signal. */
function onAbort(call: { cancel(): void }, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => {};
  const cancel = () => call.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  return () => signal.removeEventListener("abort", cancel);
}

/** Turns the transport's callback into a promise of a decoded message. */
function answerOf(
  caller: Caller,
  options: CallOptions,
  start: (done: (error: ServiceError | null, bytes?: Buffer) => void) => { cancel(): void },
): Promise<object> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(options.signal.reason as Error);
    const call = start((error, bytes) => {
      stop();
      if (error !== null) return reject(failure(error, options.signal) as Error);
      try {
        resolve(caller.method.output.decode(bytes ?? Buffer.alloc(0)));
      } catch (broken) {
        reject(broken as Error);
      }
    });
    const stop = onAbort(call, options.signal);
  });
}

async function unary(caller: Caller, request: object, options: CallOptions): Promise<object> {
  const bytes = encoded(caller.method.input, request);
  const metadata = metadataOf(caller, options);
  const { transport, path } = caller;
  return answerOf(caller, options, (done) =>
    transport.makeUnaryRequest(path, asTheyAre, asTheyAre, bytes, metadata, transportOptions(caller, options), done),
  );
}

function serverStream(caller: Caller, request: object, options: CallOptions): AsyncIterable<object> {
  const bytes = encoded(caller.method.input, request);
  options.signal?.throwIfAborted();
  const { transport, path } = caller;
  const metadata = metadataOf(caller, options);
  const call = transport.makeServerStreamRequest(
    path,
    asTheyAre,
    asTheyAre,
    bytes,
    metadata,
    transportOptions(caller, options),
  );
  return answers(caller, call, options.signal);
}

type AnswerStream = AsyncIterable<Buffer> & { cancel(): void; on(event: "error", listener: () => void): unknown };

/** The call is under way before anybody iterates; ends it when the reader breaks out. */
function answers(caller: Caller, call: AnswerStream, signal: AbortSignal | undefined): AsyncIterable<object> {
  // Without a listener an error would end the process if nobody iterates; an iterating reader gets it all the same.
  call.on("error", () => {});
  const stop = onAbort(call, signal);
  return (async function* () {
    try {
      for await (const bytes of call) yield caller.method.output.decode(bytes);
    } catch (error) {
      throw failure(error, signal);
    } finally {
      stop();
      call.cancel();
    }
  })();
}

interface RequestStream {
  write(bytes: Buffer): boolean;
  end(): void;
  cancel(): void;
  once(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  readonly destroyed: boolean;
}

/** Sends what `requests` gives, no faster than the server reads. Resolves to the error of `requests`, if it threw. */
async function send(caller: Caller, call: RequestStream, requests: Requests<object>): Promise<Error | undefined> {
  try {
    for await (const request of requests) {
      if (call.destroyed) return undefined;
      if (!call.write(encoded(caller.method.input, request))) await drained(call);
    }
    call.end();
    return undefined;
  } catch (error) {
    call.cancel();
    return error as Error;
  }
}

function drained(call: RequestStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ["drain", "close", "error"]) call.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "error"]) call.once(event, done);
  });
}

async function clientStream(caller: Caller, requests: Requests<object>, options: CallOptions): Promise<object> {
  const { transport, path } = caller;
  const metadata = metadataOf(caller, options);
  let sending: Promise<Error | undefined> = Promise.resolve(undefined);
  try {
    return await answerOf(caller, options, (done) => {
      const call = transport.makeClientStreamRequest(
        path,
        asTheyAre,
        asTheyAre,
        metadata,
        transportOptions(caller, options),
        done,
      );
      sending = send(caller, call, requests);
      return call;
    });
  } catch (error) {
    throw (error instanceof GrpcError && error.code === "Canceled" ? await sending : undefined) ?? error;
  }
}

function bidiStream(caller: Caller, requests: Requests<object>, options: CallOptions): AsyncIterable<object> {
  options.signal?.throwIfAborted();
  const { transport, path } = caller;
  const metadata = metadataOf(caller, options);
  const call = transport.makeBidiStreamRequest(path, asTheyAre, asTheyAre, metadata, transportOptions(caller, options));
  const sending = send(caller, call, requests);
  const received = answers(caller, call, options.signal);
  return (async function* () {
    try {
      yield* received;
    } catch (error) {
      // What the requests' own code threw explains more than the cancellation that it caused.
      throw (error instanceof GrpcError && error.code === "Canceled" ? await sending : undefined) ?? error;
    }
  })();
}
