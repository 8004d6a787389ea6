// Asks another API server over HTTPS with the certificate of the front proxy. It refuses to read what is answered.
import type { Clock } from "../../base/clock.ts";
import { requestHttps } from "../../wire/http/request.ts";
import type { ServiceDialer, ServiceQuestion, ServiceReply } from "../aggregation/dialer.ts";
import { goText } from "./webhook-dialer.ts";

/** The longest answer that is read: an OpenAPI document of a large server. */
const MOST_BYTES = 32 * 1024 * 1024;

/** `tls`: what is shown to the other server. */
export const httpsServices =
  (clock: Pick<Clock, "after">, tls: { readonly cert: string; readonly key: string }): ServiceDialer =>
  (question) =>
    ask(clock, tls, question);

function ask(
  clock: Pick<Clock, "after">,
  { cert, key }: { readonly cert: string; readonly key: string },
  question: ServiceQuestion,
): Promise<ServiceReply> {
  const { host, port, servername, path, ca, insecure, headers, timeoutMs } = question;
  return new Promise((resolve, reject) => {
    const request = requestHttps({
      host,
      port,
      path,
      servername,
      cert,
      key,
      agent: false,
      ...(ca !== undefined && { ca }),
      ...(insecure && { rejectUnauthorized: false }),
      headers: { host: `${servername}:${port}`, ...headers },
    });
    let late = false;
    const timer = clock.after(timeoutMs, () => {
      late = true;
      request.destroy();
    });
    const fail = (error: NodeJS.ErrnoException) => {
      timer.cancel();
      const why = late
        ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        : goText(error, question);
      const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      reject(new Error(`Get "https://${place}${path}": ${why}`, { cause: error }));
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
        const { statusCode = 0, headers: said } = response;
        resolve({ status: statusCode, etag: said.etag, body: Buffer.concat(pieces).toString("utf8") });
      });
    });
    request.end();
  });
}
