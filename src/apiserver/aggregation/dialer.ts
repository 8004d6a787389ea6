// How another API server is asked a question of our own: the contract that a program meets with sockets and a test without.
// It refuses to know what is asked.

export interface ServiceQuestion {
  readonly host: string;
  readonly port: number;
  /** Whose certificate is expected. */
  readonly servername: string;
  /** Certificates in PEM; the system's own if undefined. */
  readonly ca: string | undefined;
  /** The certificate goes unchecked. */
  readonly insecure: boolean;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface ServiceReply {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: string;
}

/** GET. Rejects with an Error in the words of Go's client when there is no reply. */
export type ServiceDialer = (question: ServiceQuestion) => Promise<ServiceReply>;
