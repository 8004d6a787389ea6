// A gRPC server on a Unix socket, TCP or TLS: for device plug-ins, simulated runtimes and tests.
// It refuses to know any service.
import { Metadata, Server, ServerCredentials, logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import type {
  MethodDefinition,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
  sendUnaryData,
} from "@grpc/grpc-js";
import type { Readable, Writable } from "node:stream";
import type { AnyMessage, MessageIn, MessageInit } from "../protobuf/message.ts";
import type { Method, MethodKind, Methods, Service } from "../protobuf/service.ts";
import { ProtobufError } from "../protobuf/codec.ts";
import { GrpcError, grpcNumberOf } from "./error.ts";

export interface CallContext {
  /** Aborted when the client went away or its deadline passed. */
  readonly signal: AbortSignal;
  /** The client's headers; of a repeated one the first. */
  readonly metadata: Readonly<Record<string, string>>;
}

type Answer<T> = T | Promise<T>;

/** What answers one method. Throwing a {@link GrpcError} sends its code; any other error is Unknown, as in Go. */
export type Handler<M> =
  M extends Method<infer K, infer I, infer O>
    ? {
        unary: (request: MessageIn<I>, context: CallContext) => Answer<MessageInit<O>>;
        serverStream: (request: MessageIn<I>, context: CallContext) => AsyncIterable<MessageInit<O>>;
        clientStream: (requests: AsyncIterable<MessageIn<I>>, context: CallContext) => Answer<MessageInit<O>>;
        bidiStream: (requests: AsyncIterable<MessageIn<I>>, context: CallContext) => AsyncIterable<MessageInit<O>>;
      }[K]
    : never;

/** A method without a handler answers Unimplemented. */
export type Handlers<M extends Methods> = { readonly [K in keyof M & string as Uncapitalize<K>]?: Handler<M[K]> };

/** A service with its handlers, made by {@link implement}. */
export interface Implementation {
  readonly service: Service<Methods>;
  readonly handlers: Readonly<Record<string, unknown>>;
}

export function implement<M extends Methods>(service: Service<M>, handlers: NoInfer<Handlers<M>>): Implementation {
  return { service, handlers };
}

export interface GrpcServer {
  /** The port that was bound; 0 for a Unix socket. */
  readonly port: number;
  /** Ends all calls and frees the address. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServeOptions {
  /** `unix:///path`, or `host:port` with port 0 for a free one. */
  readonly address: string;
  readonly services: readonly Implementation[];
  /** PEM texts; with `clientCa` clients must show a certificate of that authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  readonly maxMessageBytes?: number;
}

/** Resolves when the server listens. Rejects when the address is taken. */
export async function serveGrpc(options: ServeOptions): Promise<GrpcServer> {
  // What it would print to stderr is in the error of the call or of this promise.
  setLogVerbosity(logVerbosity.NONE);
  const max = options.maxMessageBytes ?? 16 * 1024 * 1024;
  const server = new Server({ "grpc.max_receive_message_length": max, "grpc.max_send_message_length": max });
  for (const { service, handlers } of options.services) addService(server, service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(options.address, serverCredentials(options.tls), (error, bound) =>
      error === null ? resolve(bound) : reject(new GrpcError("Unavailable", error.message, { cause: error })),
    );
  });
  const close = () => {
    server.forceShutdown();
    return Promise.resolve();
  };
  return { port, close, [Symbol.asyncDispose]: close };
}

function serverCredentials(tls: ServeOptions["tls"]) {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
  const ca = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}

type ServedMethod = Method<MethodKind, AnyMessage, AnyMessage>;

function addService(server: Server, service: Service<Methods>, handlers: Readonly<Record<string, unknown>>): void {
  const definitions: Record<string, MethodDefinition<object, object>> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(service.methods)) {
    const handler = handlers[name.charAt(0).toLowerCase() + name.slice(1)];
    if (handler === undefined) continue;
    definitions[name] = definitionOf(`/${service.name}/${name}`, method);
    implementation[name] = served(method, handler) as UntypedServiceImplementation[string];
  }
  server.addService(definitions, implementation);
}

function definitionOf(path: string, method: ServedMethod): MethodDefinition<object, object> {
  const write = (type: AnyMessage) => (value: object) => Buffer.from(type.encode(value).buffer);
  return {
    path,
    requestStream: method.kind === "clientStream" || method.kind === "bidiStream",
    responseStream: method.kind === "serverStream" || method.kind === "bidiStream",
    requestSerialize: write(method.input),
    requestDeserialize: (bytes) => method.input.decode(bytes),
    responseSerialize: write(method.output),
    responseDeserialize: (bytes) => method.output.decode(bytes),
  };
}

type OneAnswer = (request: unknown, context: CallContext) => Answer<object>;
type ManyAnswers = (request: unknown, context: CallContext) => AsyncIterable<object>;

/** The transport's own form of a handler. */
function served(method: ServedMethod, handler: unknown): unknown {
  switch (method.kind) {
    case "unary":
      return (call: ServerUnaryCall<object, object>, done: sendUnaryData<object>) =>
        void answerOnce(handler as OneAnswer, call.request, contextOf(call), done);
    case "clientStream":
      return (call: ServerReadableStream<object, object>, done: sendUnaryData<object>) =>
        void answerOnce(handler as OneAnswer, requestsOf(call), contextOf(call), done);
    case "serverStream":
      return (call: ServerWritableStream<object, object>) =>
        void answerMany(handler as ManyAnswers, call.request, contextOf(call), call);
    case "bidiStream":
      return (call: ServerDuplexStream<object, object>) =>
        void answerMany(handler as ManyAnswers, requestsOf(call), contextOf(call), call);
  }
}

/** Reading a duplex stream to its end would destroy it, and with it the answer. */
function requestsOf(call: Readable): AsyncIterable<unknown> {
  return call.iterator({ destroyOnReturn: false });
}

function contextOf(call: { metadata: Metadata; on(event: "cancelled", listener: () => void): unknown }): CallContext {
  const controller = new AbortController();
  call.on("cancelled", () => controller.abort(new GrpcError("Canceled", "the client ended the call")));
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.metadata.getMap())) metadata[name] = String(value);
  return { signal: controller.signal, metadata };
}

/** What the transport sends for an error. */
function statusOf(error: unknown): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  if (error instanceof GrpcError) return { code: grpcNumberOf(error.code), details: error.message, metadata };
  const code = grpcNumberOf(error instanceof ProtobufError ? "Internal" : "Unknown");
  return { code, details: error instanceof Error ? error.message : String(error), metadata };
}

async function answerOnce(
  handler: OneAnswer,
  request: unknown,
  context: CallContext,
  done: sendUnaryData<object>,
): Promise<void> {
  try {
    done(null, await handler(request, context));
  } catch (error) {
    done(statusOf(error));
  }
}

/** The writing half of both kinds of stream. */
type AnswerSink = Pick<Writable, "write" | "end" | "emit" | "once" | "off">;

async function answerMany(
  handler: ManyAnswers,
  request: unknown,
  context: CallContext,
  call: AnswerSink,
): Promise<void> {
  try {
    for await (const answer of handler(request, context)) {
      if (context.signal.aborted) return;
      if (!call.write(answer)) await drained(call, context.signal);
    }
    call.end();
  } catch (error) {
    if (!context.signal.aborted) call.emit("error", statusOf(error));
  }
}

/** Resolves when the stream takes more, or will never do so again. */
function drained(call: AnswerSink, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    if (signal.aborted) return resolve();
    call.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
