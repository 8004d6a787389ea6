// How a webhook is asked: the contract that a program meets with sockets and a test without. It refuses to know reviews.

export interface WebhookQuestion {
  readonly host: string;
  readonly port: number;
  /** Whose certificate is expected. */
  readonly servername: string;
  /** Path and query. */
  readonly path: string;
  /** Certificates in PEM; the system's own if undefined. */
  readonly ca: string | undefined;
  /** JSON. */
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface WebhookReply {
  readonly status: number;
  readonly body: string;
}

/** Rejects with an Error in the words of Go's client when there is no reply: `dial tcp 10.0.0.1:443: connect: …`. */
export type WebhookDialer = (question: WebhookQuestion) => Promise<WebhookReply>;

/** For servers without a network. */
export const noDialer: WebhookDialer = () => Promise.reject(new Error("this server calls no webhooks"));
