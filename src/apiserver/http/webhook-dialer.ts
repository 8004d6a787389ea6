// Asks a webhook over HTTPS, with Go's words for what goes wrong. It refuses to read what is sent or answered.
import type { Clock } from "../../base/clock.ts";
import { requestHttps } from "../../wire/http/request.ts";
import type { WebhookDialer, WebhookQuestion, WebhookReply } from "../admission/webhooks/dialer.ts";

/** The longest answer that is read. */
const MOST_BYTES = 3 * 1024 * 1024;

const HTTPS_PORT = 443;
const isAddress = (name: string) => name.includes(":") || /^[0-9.]+$/.test(name);

/** Connections are kept for a while: a handshake costs more than most reviews. */
export const httpsWebhooks =
  (clock: Clock): WebhookDialer =>
  async (question) => {
    try {
      return await once(clock, question);
    } catch (error) {
      // A kept connection that the other side had closed: the question never arrived.
      if (!(error instanceof Stale)) throw error;
      return once(clock, question);
    }
  };

class Stale extends Error {
  override readonly name = "Stale";
}

function once(clock: Clock, question: WebhookQuestion): Promise<WebhookReply> {
  return new Promise((resolve, reject) => {
    const { host, port, servername, path, ca, body, timeoutMs, signal } = question;
    const request = requestHttps({
      method: "POST",
      host,
      port,
      path,
      // TLS has no names that are addresses: there the address itself must stand in the certificate.
      ...(!isAddress(servername) && { servername }),
      signal,
      ...(ca !== undefined && { ca }),
      headers: {
        host: port === HTTPS_PORT ? servername : `${servername}:${port}`,
        "user-agent": "kube-apiserver-admission",
        accept: "application/json, */*",
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
    });
    let late = false;
    const timer = clock.after(timeoutMs, () => {
      late = true;
      request.destroy();
    });
    const fail = (error: NodeJS.ErrnoException) => {
      timer.cancel();
      if (late) reject(new Error("context deadline exceeded", { cause: error }));
      else if (request.reusedSocket && error.code === "ECONNRESET") reject(new Stale());
      else reject(new Error(goText(error, question), { cause: error }));
    };
    request.on("error", fail);
    request.on("response", (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      response.on("data", (piece: Buffer) => {
        size += piece.length;
        if (size > MOST_BYTES) response.destroy(new Error("the response body is too large"));
        else pieces.push(piece);
      });
      response.on("error", fail);
      response.on("end", () => {
        timer.cancel();
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString("utf8") });
      });
    });
    request.end(body);
  });
}

const UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority";

/** By Node's codes. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "x509: certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "x509: certificate has expired or is not yet valid",
};

const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** What Go's client says of a failure. */
export function goText(
  error: NodeJS.ErrnoException,
  { host, port, servername }: Pick<WebhookQuestion, "host" | "port" | "servername">,
): string {
  const { code = "", message } = error;
  const certificate = CERTIFICATES[code];
  if (certificate !== undefined) return `tls: failed to verify certificate: ${certificate}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match ${servername}`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `dial tcp: lookup ${host}: no such host`;
  if (code === "ECONNRESET") return "EOF";
  const system = SYSTEM[code];
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return system === undefined ? message : `dial tcp ${place}: ${system}`;
}
