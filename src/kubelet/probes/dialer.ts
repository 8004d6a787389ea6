// How probes and hooks reach a pod: the calls, apart from sockets, so that a simulation can answer them. It refuses to
// judge the answers (http.ts, prober.ts).

export interface HttpRequest {
  /** `http://10.0.0.1:8080/path`. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Where a redirect leads that was not followed, because it names another host. */
  readonly elsewhere?: string | undefined;
}

export type ServingStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

/** A call that failed: the message is upstream's (`dial tcp 10.0.0.1:80: connect: connection refused`). */
export class DialError extends Error {
  override readonly name = "DialError";
  /** The time was up; how much of it passed on this side counts, see prober.ts. */
  readonly timedOut: boolean;
  constructor(message: string, timedOut = false) {
    super(message);
    this.timedOut = timedOut;
  }
}

/** All reject with {@link DialError}. Certificates are not checked: a pod's are nobody's business but its own. */
export interface Dialer {
  /** Follows redirects within the host. The body is cut at 10 kB. */
  http(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  tcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
  grpcHealth(
    target: { readonly host: string; readonly port: number; readonly service: string },
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ServingStatus>;
}
