// Probes and hooks over real sockets: HTTP, TCP, gRPC. It refuses to judge answers; errors carry upstream's sentences.
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { goQuote } from "../../base/go-quote.ts";
import { connectGrpc } from "../../wire/grpc/client.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import { requestHttp, requestHttps } from "../../wire/http/request.ts";
import { DialError } from "./dialer.ts";
import type { Dialer, HttpAnswer, HttpRequest } from "./dialer.ts";
import { Health } from "./grpc-health.ts";

const LONGEST_BODY = 10 * 1024;
const MOST_REDIRECTS = 10;

/** What the system says of a connection, in Go's words. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
  EADDRNOTAVAIL: "connect: cannot assign requested address",
};

const hostPort = (host: string, port: number | string): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

/** `undefined` when it is not about the connection being made. */
function dialText(host: string, port: number | string, error: unknown): string | undefined {
  const text = SYSTEM_ERRORS[codeOf(error)];
  if (text !== undefined) return `dial tcp ${hostPort(host, port)}: ${text}`;
  if (codeOf(error) === "ENOTFOUND" || codeOf(error) === "EAI_AGAIN") return `dial tcp: lookup ${host}: no such host`;
  return undefined;
}

export function socketDialer(clock: Clock): Dialer {
  return {
    http: (request, signal) => followed(clock, request, signal),
    tcp: (host, port, timeoutMs, signal) => tcp(clock, { host, port, timeoutMs }, signal),
    grpcHealth: (target, timeoutMs, signal) => grpcHealth(clock, target, timeoutMs, signal),
  };
}

/** One deadline over all redirects. */
async function followed(clock: Clock, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const late = new AbortController();
  const timer = clock.after(request.timeoutMs, () => late.abort(new Error("the time is up")));
  const either = AbortSignal.any([signal, late.signal]);
  let url = new URL(request.url);
  // As it was given: URL drops the ports that go without saying.
  let shown = request.url;
  const { hostname } = url;
  const failed = (text: string, timedOut = false) => new DialError(`Get ${goQuote(shown)}: ${text}`, timedOut);
  try {
    for (let hops = 0; ; hops++) {
      if (hops > MOST_REDIRECTS) throw failed("stopped after 10 redirects");
      const answer = await once(url, request, either);
      const { status, location } = answer;
      const target = status >= 300 && status < 400 && location !== undefined ? URL.parse(location, url) : null;
      if (target === null) return answer;
      if (target.hostname !== hostname) return { ...answer, elsewhere: target.href };
      url = target;
      shown = target.href;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DialError) throw error;
    if (late.signal.aborted)
      throw failed("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", true);
    throw failed(httpErrorText(url, error));
  } finally {
    timer.cancel();
  }
}

function httpErrorText(url: URL, error: unknown): string {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const text = dialText(url.hostname.replace(/^\[|\]$/g, ""), port, error);
  if (text !== undefined) return text;
  const code = codeOf(error);
  if (/WRONG_VERSION_NUMBER|EPROTO/.test(code)) return "http: server gave HTTP response to HTTPS client";
  if (code === "ECONNRESET") return "EOF";
  return error instanceof Error ? error.message : String(error);
}

function once(
  url: URL,
  { headers }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer & { readonly location?: string | undefined }> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    // No connection is kept: a probe must see what a new client would.
    const options = {
      agent: false as const,
      signal,
      rejectUnauthorized: false,
      setHost: !headers.some(([name]) => /^host$/i.test(name)),
    };
    const call = send(url, options, (answer) => {
      const { statusCode: status = 0 } = answer;
      const { location } = answer.headers;
      readBody(answer).then((body) => resolve({ status, body, location }), reject);
    });
    for (const [name, value] of headers) call.appendHeader(name, value);
    call.setHeader("Connection", "close");
    call.on("error", reject);
    call.end();
  });
}

/** The beginning of the body; the rest is not waited for. */
async function readBody(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= LONGEST_BODY) break;
  }
  return Buffer.concat(parts).subarray(0, LONGEST_BODY).toString();
}

interface TcpTarget {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

function tcp(clock: Clock, { host, port, timeoutMs }: TcpTarget, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const socket = connect({ host, port });
    const end = (then: () => void) => {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      then();
    };
    const fail = (error: unknown) => end(() => reject(error as Error));
    const onAbort = () => fail(signal.reason);
    const timer = clock.after(timeoutMs, () =>
      fail(new DialError(`dial tcp ${hostPort(host, port)}: i/o timeout`, true)),
    );
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => end(resolve));
    socket.once("error", (error) => fail(new DialError(dialText(host, port, error) ?? error.message)));
  });
}

async function grpcHealth(
  clock: Clock,
  { host, port, service }: { readonly host: string; readonly port: number; readonly service: string },
  timeoutMs: number,
  signal: AbortSignal,
) {
  const address = hostPort(host, port);
  const within = formatDuration(timeoutMs);
  using connection = connectGrpc({ address, clock });
  try {
    return (await connection.client(Health).check({ service }, { timeoutMs, signal })).status;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GrpcError)) throw error;
    switch (error.code) {
      case "Unavailable":
        throw new DialError(
          `timeout: failed to connect service ${goQuote(address)} within ${within}: context deadline exceeded`,
        );
      case "DeadlineExceeded":
        throw new DialError(`timeout: health rpc did not complete within ${within}`, true);
      case "Unimplemented":
        throw new DialError(
          `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.message}`,
        );
      default:
        throw new DialError(`error: health rpc probe failed: ${error.text}`);
    }
  }
}
