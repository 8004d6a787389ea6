// Contract 7, errors: StatusError is the one error that crosses floors; a Status object is its form on the wire.
// It refuses to know HTTP beyond the code: writing it to a response is the API server's part.
//
// Store and wire throw errors of their own, which the API server maps to these. Validation returns FieldErrors, which
// become one `invalid(...)`. Controllers tell reasons apart with `hasReason(error, "Conflict")`.
//
// Example: throw notFound({ group: "apps", resource: "deployments" }, "web")  // deployments.apps "web" not found
import type { FieldError } from "./field-error.ts";

export type StatusReason =
  | "" // unknown
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "Expired"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "Invalid"
  | "TooManyRequests"
  | "InternalError"
  | "ServerTimeout"
  | "ServiceUnavailable"
  | "Timeout"
  | "StoreReadError";

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The `v1` Status object. `metadata` may carry `continue` for an expired list. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: {
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly resourceVersion?: string;
  };
  readonly status?: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusErrorInit {
  readonly code: number;
  readonly reason: StatusReason;
  readonly message: string;
  readonly details?: StatusDetails;
  readonly metadata?: Status["metadata"];
  readonly cause?: unknown;
}

/** A failure as Kubernetes tells it. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: StatusReason;
  readonly details: StatusDetails | undefined;
  readonly metadata: Status["metadata"];

  constructor(init: StatusErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.reason = init.reason;
    this.details = init.details;
    this.metadata = init.metadata ?? {};
  }

  /** Its form on the wire. Keys are in the order of the wire declaration. */
  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.metadata,
      status: "Failure",
      message: this.message,
      ...(this.reason && { reason: this.reason }),
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }

  /** What a client makes of a Status that it received. */
  static from(status: Partial<Status>, httpCode: number): StatusError {
    return new StatusError({
      code: status.code ?? httpCode,
      reason: (status.reason ?? "") as StatusReason,
      message: status.message ?? `the server answered ${httpCode}`,
      ...(status.details && { details: status.details }),
      ...(status.metadata && { metadata: status.metadata }),
    });
  }
}

/** A group and a plural name, as messages show them: `deployments.apps`, `pods`. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** `deployments.apps`, `pods`. */
export const resourceText = (r: GroupResource) => (r.group ? `${r.resource}.${r.group}` : r.resource);

const detailsOf = (r: GroupResource, name: string): StatusDetails => ({
  ...(name && { name }),
  ...(r.group && { group: r.group }),
  ...(r.resource && { kind: r.resource }),
});

/** Whether `error` is a StatusError of this reason. */
export function hasReason(error: unknown, ...reasons: StatusReason[]): error is StatusError {
  return error instanceof StatusError && reasons.includes(error.reason);
}

export const notFound = (r: GroupResource, name: string) =>
  new StatusError({
    code: 404,
    reason: "NotFound",
    message: `${resourceText(r)} "${name}" not found`,
    details: detailsOf(r, name),
  });

export const alreadyExists = (r: GroupResource, name: string) =>
  new StatusError({
    code: 409,
    reason: "AlreadyExists",
    message: `${resourceText(r)} "${name}" already exists`,
    details: detailsOf(r, name),
  });

export const conflict = (r: GroupResource, name: string, why: string) =>
  new StatusError({
    code: 409,
    reason: "Conflict",
    message: `Operation cannot be fulfilled on ${resourceText(r)} "${name}": ${why}`,
    details: detailsOf(r, name),
  });

export const forbidden = (r: GroupResource, name: string, why: string) =>
  new StatusError({
    code: 403,
    reason: "Forbidden",
    message: name
      ? `${resourceText(r)} "${name}" is forbidden: ${why}`
      : r.resource
        ? `${resourceText(r)} is forbidden: ${why}`
        : `forbidden: ${why}`,
    details: detailsOf(r, name),
  });

export const badRequest = (message: string, cause?: unknown) =>
  new StatusError({ code: 400, reason: "BadRequest", message, cause });

export const unauthorized = (message = "Unauthorized") =>
  new StatusError({ code: 401, reason: "Unauthorized", message });

export const internalError = (why: string, cause?: unknown) =>
  new StatusError({
    code: 500,
    reason: "InternalError",
    message: `Internal error occurred: ${why}`,
    details: { causes: [{ message: why }] },
    cause,
  });

/** 410: a resourceVersion or continue token that is too old. */
export const expired = (message: string, metadata?: Status["metadata"]) =>
  new StatusError({ code: 410, reason: "Expired", message, ...(metadata && { metadata }) });

export const methodNotAllowed = (message: string, details?: StatusDetails) =>
  new StatusError({ code: 405, reason: "MethodNotAllowed", message, ...(details && { details }) });

export const tooManyRequests = (message: string, retryAfterSeconds: number) =>
  new StatusError({
    code: 429,
    reason: "TooManyRequests",
    message,
    ...(retryAfterSeconds > 0 && { details: { retryAfterSeconds } }),
  });

export const serviceUnavailable = (message: string) =>
  new StatusError({ code: 503, reason: "ServiceUnavailable", message });

/** A group and kind, as `invalid` names it: `Deployment.apps`. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** 422 with one cause for each error. Upstream tells the errors in order, several in brackets, equal ones once. */
export function invalid(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const told = new Map(errors.map((e) => [`${e.field}: ${e.body}`, e]));
  const texts = [...told.keys()];
  const all = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
  return new StatusError({
    code: 422,
    reason: "Invalid",
    message: `${kind.group ? `${kind.kind}.${kind.group}` : kind.kind} "${name}" is invalid: ${all}`,
    details: {
      ...(name && { name }),
      ...(kind.group && { group: kind.group }),
      ...(kind.kind && { kind: kind.kind }),
      causes: [...told.values()].map((e) => ({ reason: e.reason, message: e.body, field: e.field })),
    },
  });
}
