// The client's half of an upgrade to SPDY/3.1: one HTTP request that becomes a byte stream.
// It refuses to speak SPDY itself and to follow redirects.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { requestHttp, requestHttps } from "../http/request.ts";
import { SpdyError } from "./frame.ts";

export interface Upgraded {
  readonly socket: Duplex;
  /** Which of the offered protocols the server chose; "" when it did not say. */
  readonly protocol: string;
}

export interface DialOptions {
  /** Best first, for `X-Stream-Protocol-Version`. */
  readonly protocols: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** For https: PEM texts, and the name in the server's certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
  readonly signal?: AbortSignal;
}

/** Asks `url` (http or https) to become SPDY. Rejects with the server's sentence when it answers otherwise. */
export function dialSpdy(url: string | URL, options: DialOptions): Promise<Upgraded> {
  const target = new URL(url);
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  const headers: Record<string, string | string[]> = {
    ...options.headers,
    connection: "Upgrade",
    upgrade: "SPDY/3.1",
    "x-stream-protocol-version": [...options.protocols],
  };
  return new Promise((resolve, reject) => {
    const sent = request(target, {
      method: "POST",
      headers,
      agent: false,
      ...options.tls,
      ...(options.signal && { signal: options.signal }),
    });
    sent.on("upgrade", (response, socket, head) => {
      if (!/^spdy\/3\.1$/i.test(response.headers.upgrade ?? "")) {
        socket.destroy();
        return reject(new SpdyError(`the server changed to ${String(response.headers.upgrade)} instead of SPDY/3.1`));
      }
      if (head.length > 0) socket.unshift(head);
      socket.setNoDelay?.(true);
      resolve({ socket, protocol: String(response.headers["x-stream-protocol-version"] ?? "") });
    });
    sent.on("response", (response) => void refusal(response).then(reject, reject));
    sent.on("error", reject);
    sent.end();
  });
}

async function refusal(response: IncomingMessage): Promise<SpdyError> {
  const body = String((await buffer(response)).subarray(0, 4096)).trim();
  return new SpdyError(`unable to upgrade connection: ${body === "" ? `status ${response.statusCode}` : body}`);
}
