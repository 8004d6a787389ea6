// A DNS server's sockets: UDP and TCP (RFC 7766) on one address. It refuses to know names: a handler answers.
import { createSocket } from "node:dgram";
import type { Socket as Datagrams } from "node:dgram";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { DnsFormatError, decodeQuery, encodeFormatError } from "./message.ts";
import type { Query } from "./message.ts";

/** Bytes of the reply to a query; undefined leaves the asker without one. `limit` is the largest size that may be sent. */
export type DnsHandler = (query: Query, limit: number) => Promise<Uint8Array | undefined>;

export interface DnsServerOptions {
  readonly address: string;
  readonly port: number;
  readonly handler: DnsHandler;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DnsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** TCP connections that say nothing for so long are closed; so many are kept at most. */
const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 256;

export async function serveDns(options: DnsServerOptions): Promise<DnsServer> {
  const udp = await bindUdp(options, options.port);
  const { port } = udp.address();
  let tcp: TrackedServer;
  try {
    tcp = await listenTcp(options, port);
  } catch (error) {
    udp.close();
    throw error;
  }
  return {
    port,
    close: async () => {
      const ended = new Promise<void>((resolve) => tcp.close(() => resolve()));
      tcp.closeAllSockets();
      await Promise.all([ended, new Promise<void>((resolve) => udp.close(() => resolve()))]);
    },
  };
}

/** The reply to one message, or undefined when there is none to give. */
async function reply(
  bytes: Uint8Array,
  { handler, log }: DnsServerOptions,
  limitOf: (query: Query) => number,
): Promise<Uint8Array | undefined> {
  try {
    const query = decodeQuery(bytes);
    return await handler(query, limitOf(query));
  } catch (error) {
    if (error instanceof DnsFormatError) return error.id === undefined ? undefined : encodeFormatError(error.id);
    log.error("a DNS query failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    return undefined;
  }
}

function bindUdp(options: DnsServerOptions, port: number): Promise<Datagrams> {
  const socket = createSocket({ type: options.address.includes(":") ? "udp6" : "udp4", reuseAddr: false });
  socket.on("message", (bytes, from) => {
    void reply(bytes, options, (query) => query.udpPayloadSize).then((answer) => {
      if (answer)
        socket.send(
          answer,
          from.port,
          from.address,
          (error) => error && options.log.debug("DNS reply not sent", { error: error.message }),
        );
    });
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: options.address, port }, () => {
      socket.off("error", reject);
      socket.on("error", (error) => options.log.warn("DNS socket", { error: error.message }));
      resolve(socket);
    });
  });
}

type TrackedServer = Server & { closeAllSockets(): void };

function listenTcp(options: DnsServerOptions, port: number): Promise<TrackedServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(socket, options);
  }) as TrackedServer;
  server.maxConnections = MAX_CONNECTIONS;
  server.closeAllSockets = () => sockets.forEach((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.address, port }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

/** Messages come with their length in two bytes in front; several may be under way at a time. */
function serveConnection(socket: Socket, options: DnsServerOptions): void {
  let waiting: Buffer = Buffer.alloc(0);
  let timer = options.clock.after(IDLE_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("close", () => timer.cancel());
  socket.on("data", (chunk: Buffer) => {
    timer.cancel();
    timer = options.clock.after(IDLE_MS, () => socket.destroy());
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
      const end = 2 + waiting.readUInt16BE(0);
      const message = waiting.subarray(2, end);
      waiting = waiting.subarray(end);
      void reply(message, options, () => 65_535).then((answer) => {
        if (!answer || socket.destroyed) return;
        const head = Buffer.alloc(2);
        head.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([head, answer]));
      });
    }
  });
}
