// How a gRPC call ends badly: a code out of the closed list and a sentence.
// It refuses to carry details or to decide on retries.

/** The codes by number, in Kubernetes' (and Go's) spelling, which is what users read in events. */
const CODES = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

export type GrpcCode = (typeof CODES)[number];

/** A call that the server, the connection or the deadline ended. `message` is the server's own sentence. */
export class GrpcError extends Error {
  override name = "GrpcError";
  readonly code: GrpcCode;

  constructor(code: GrpcCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** As Kubernetes prints such an error in events and conditions: `rpc error: code = NotFound desc = …`. */
  get text(): string {
    return `rpc error: code = ${this.code} desc = ${this.message}`;
  }
}

export function grpcCodeOf(number: number): GrpcCode {
  return CODES[number] ?? "Unknown";
}

export function grpcNumberOf(code: GrpcCode): number {
  return CODES.indexOf(code);
}

/** Whether `error` says that what was asked for does not exist: the usual question after a remove. */
export function isNotFound(error: unknown): boolean {
  return error instanceof GrpcError && error.code === "NotFound";
}
