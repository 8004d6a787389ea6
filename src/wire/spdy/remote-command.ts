// Remote commands over SPDY: one stream each for stdin, stdout, stderr, sizes and the end. Both sides.
// It refuses to do the HTTP upgrade (dial.ts for a client) and to run anything.
import type { Duplex } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { endOf, endText } from "../remote-command/exit-status.ts";
import type { CommandEnd } from "../remote-command/exit-status.ts";
import { SizeReader, sizeText } from "../remote-command/session.ts";
import type { CommandClient, CommandServer, CommandStreams, TerminalSize } from "../remote-command/session.ts";
import { SpdyConnection } from "./connection.ts";
import { SpdyError } from "./frame.ts";
import type { SpdyStream } from "./stream.ts";

/** What we speak as a server, best first; `X-Stream-Protocol-Version` lists and answers it. */
export const SPDY_COMMAND_PROTOCOLS = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io"] as const;
/** What we ask for as a client: containerd 1.6 to 2.x and every kubelet speak it. */
export const SPDY_COMMAND_PROTOCOL = "v4.channel.k8s.io";

type StreamType = "error" | "stdin" | "stdout" | "stderr" | "resize";

/** Peers wait at most this long for each other's streams. */
const CREATION_TIMEOUT_MS = 30_000;
/** A client that does not end its side after ours is cut off. */
const CLOSING_TIMEOUT_MS = 10_000;

/** The names of a command's streams in the order in which Kubernetes' clients open them. */
function streamTypes(streams: CommandStreams, resizes: boolean): StreamType[] {
  const types: StreamType[] = ["error"];
  if (streams.stdin) types.push("stdin");
  if (streams.stdout) types.push("stdout");
  if (streams.stderr && !streams.tty) types.push("stderr");
  if (streams.tty && resizes) types.push("resize");
  return types;
}

/** Keeps a stream's error from ending the process: whoever uses the stream sees it too. */
function quiet(stream: SpdyStream): SpdyStream {
  return stream.on("error", () => {});
}

/** Opens a command's streams on an upgraded connection. Rejects when the server refuses one. */
export async function openCommand(socket: Duplex, streams: CommandStreams): Promise<CommandClient> {
  const connection = new SpdyConnection(socket, { role: "client" });
  const opened = new Map<StreamType, SpdyStream>();
  for (const type of streamTypes(streams, true)) opened.set(type, quiet(connection.open({ streamtype: type })));
  try {
    await Promise.all([...opened.values()].map((stream) => stream.replied));
  } catch (error) {
    connection.close();
    throw error;
  }
  const errors = opened.get("error")!;
  errors.end();
  const ended = lastWords(errors).then((said) => {
    connection.close();
    if (said === "") throw new SpdyError("the connection ended before the command did");
    return endOf(said);
  });
  ended.catch(() => {});
  return {
    stdin: opened.get("stdin"),
    stdout: opened.get("stdout"),
    stderr: opened.get("stderr"),
    resize: (size) => void opened.get("resize")?.write(sizeText(size)),
    ended,
    close: () => void socket.destroy(),
  };
}

/**
 * What an error stream says in all. Servers that have said how the command ended may break the connection before they end the
 * stream: a whole Status stands all the same. Rejects when there is none.
 */
function lastWords(errors: SpdyStream): Promise<string> {
  const parts: Buffer[] = [];
  errors.on("data", (part: Buffer) => parts.push(part));
  const said = () => Buffer.concat(parts).toString();
  return new Promise((resolve, reject) => {
    errors.once("end", () => resolve(said()));
    errors.once("error", (error) => (isWhole(said()) ? resolve(said()) : reject(error)));
    errors.once("close", () => reject(new SpdyError("the connection ended before the command did")));
  });
}

function isWhole(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as { readonly status?: unknown } | null)?.status === "string";
  } catch {
    return false;
  }
}

/**
 * Waits until the client has opened all streams of the command on an upgraded connection. Rejects when one is missing
 * after 30 s or an unexpected one comes; the connection is closed then.
 */
export async function acceptCommand(
  socket: Duplex,
  streams: CommandStreams,
  { protocol, clock }: { readonly protocol: string; readonly clock: Clock },
): Promise<CommandServer> {
  const expected = new Set<string>(streamTypes(streams, protocol !== "v2.channel.k8s.io"));
  const opened = new Map<string, SpdyStream>();
  const { promise: complete, resolve, reject } = Promise.withResolvers<void>();
  const connection = new SpdyConnection(socket, {
    role: "server",
    onStream(stream) {
      const type = stream.headers["streamtype"] ?? "";
      if (!expected.has(type) || opened.has(type)) {
        stream.refuse();
        return reject(new SpdyError(`the client opened an unexpected stream of type "${type}"`));
      }
      opened.set(type, quiet(stream));
      stream.reply();
      if (opened.size === expected.size) resolve();
    },
  });
  const timer = clock.after(CREATION_TIMEOUT_MS, () =>
    reject(new SpdyError("timed out waiting for the client's streams")),
  );
  void connection.closed.then(() => reject(new SpdyError("the client left before its streams were open")), reject);
  try {
    await complete;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    timer.cancel();
  }
  return serverOf({ socket, connection, opened, protocol, clock });
}

/** Resolves when all that was written, and the end, is in the socket's hands, or the stream is no more. */
function leftHand(stream: SpdyStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableFinished || stream.destroyed) resolve();
    else stream.once("finish", resolve).once("close", resolve);
  });
}

interface Accepted {
  readonly socket: Duplex;
  readonly connection: SpdyConnection;
  readonly opened: ReadonlyMap<string, SpdyStream>;
  readonly protocol: string;
  readonly clock: Clock;
}

function serverOf({ socket, connection, opened, protocol, clock }: Accepted): CommandServer {
  const stdin = opened.get("stdin");
  const resize = opened.get("resize");
  const sizes = new SizeReader();
  let last: TerminalSize | undefined;
  let listener: ((size: TerminalSize) => void) | undefined;
  resize?.on("data", (chunk: Buffer) => {
    for (const size of sizes.push(chunk.toString("latin1"))) {
      last = size;
      listener?.(size);
    }
  });
  const closed = connection.closed.catch(() => {});
  return {
    stdin,
    stdout: opened.get("stdout"),
    stderr: opened.get("stderr"),
    onResize(onSize) {
      listener = onSize;
      if (last !== undefined) onSize(last);
    },
    closed,
    async finish(end: CommandEnd) {
      for (const type of ["stdout", "stderr"]) opened.get(type)?.end();
      const errors = opened.get("error")!;
      errors.end(endText(end, protocol));
      for (const stream of [stdin, resize]) stream?.end();
      await leftHand(errors);
      connection.close();
      const timer = clock.after(CLOSING_TIMEOUT_MS, () => socket.destroy());
      await closed;
      timer.cancel();
    },
  };
}
