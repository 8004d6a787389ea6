// Passing a question on to the resolvers of the host. It refuses to cache: askers do, and the zone's own answers need none.
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Clock } from "../base/clock.ts";

export interface Forwarder {
  /** The reply as it came, under the id of `query`; undefined when no resolver answered. */
  ask(query: Uint8Array, limit: number): Promise<Uint8Array | undefined>;
}

export interface ForwarderOptions {
  /** The addresses of the resolvers, in order. Asked afresh, since the host's may change. */
  readonly resolvers: () => readonly string[];
  readonly port?: number;
  readonly clock: Clock;
  /** How long each resolver is waited for; 2 s if left out. */
  readonly timeoutMs?: number;
}

/** Tries each resolver in turn: UDP first, TCP when the answer was cut and the asker can take more. */
export function forwarder({ resolvers, port = 53, clock, timeoutMs = 2000 }: ForwarderOptions): Forwarder {
  return {
    async ask(query, limit) {
      for (const address of resolvers()) {
        const answer = await overUdp(query, address, port, clock, timeoutMs);
        if (!answer) continue;
        const truncated = (answer[2]! & 0x02) !== 0;
        if (!truncated || limit < 65_535) return answer;
        return (await overTcp(query, address, port, clock, timeoutMs)) ?? answer;
      }
      return undefined;
    },
  };
}

/** A reply counts only when it is one, bears the query's id and comes from whom we asked (a connected socket sees to that). */
const isReplyTo = (query: Uint8Array, answer: Uint8Array) =>
  answer.length >= 12 && answer[0] === query[0] && answer[1] === query[1] && (answer[2]! & 0x80) !== 0;

function overUdp(
  query: Uint8Array,
  address: string,
  port: number,
  clock: Clock,
  timeoutMs: number,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const end = (answer: Uint8Array | undefined) => {
      timer.cancel();
      socket.close();
      resolve(answer);
    };
    const timer = clock.after(timeoutMs, () => end(undefined));
    socket.on("error", () => end(undefined));
    socket.on("message", (answer) => isReplyTo(query, answer) && end(answer));
    socket.connect(port, address, () => socket.send(query));
  });
}

function overTcp(
  query: Uint8Array,
  address: string,
  port: number,
  clock: Clock,
  timeoutMs: number,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    let received: Buffer = Buffer.alloc(0);
    const end = (answer: Uint8Array | undefined) => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const timer = clock.after(timeoutMs, () => end(undefined));
    socket.on("error", () => end(undefined));
    socket.on("close", () => end(undefined));
    socket.on("connect", () => {
      const head = Buffer.alloc(2);
      head.writeUInt16BE(query.length);
      socket.write(Buffer.concat([head, query]));
    });
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const answer = received.subarray(2, 2 + received.readUInt16BE(0));
        end(isReplyTo(query, answer) ? answer : undefined);
      }
    });
  });
}

/** The `nameserver` lines of a resolv.conf; loopback ones are left out where `skip` says that they would lead back to us. */
export function resolversOf(resolvConf: string, skip: (address: string) => boolean): string[] {
  return resolvConf
    .split("\n")
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => !skip(address))
    .slice(0, 3);
}
