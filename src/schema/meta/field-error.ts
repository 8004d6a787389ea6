// What validation finds: one FieldError for each fault, with the texts of Kubernetes. It refuses to be thrown: validation returns lists.
import type { FieldPath } from "./path.ts";

export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueDuplicate"
  | "FieldValueNotFound"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "InternalError";

/** `reason` and `field` go into `details.causes`; `body` is the message there, `field: body` the one in the Status. */
export interface FieldError {
  readonly reason: FieldErrorType;
  readonly field: string;
  readonly body: string;
}

const make = (reason: FieldErrorType, path: FieldPath, head: string, detail: string): FieldError => ({
  reason,
  field: path.toString(),
  body: detail ? `${head}: ${detail}` : head,
});

/** A value as messages show it: strings as Go's %q would, objects as JSON, absence as null. */
export function shown(value: unknown): string {
  if (value === undefined) return "null";
  return JSON.stringify(value) ?? "null";
}

export const fieldRequired = (path: FieldPath, detail = "") =>
  make("FieldValueRequired", path, "Required value", detail);

export const fieldInvalid = (path: FieldPath, value: unknown, detail: string) =>
  make("FieldValueInvalid", path, `Invalid value: ${shown(value)}`, detail);

export const fieldTypeInvalid = (path: FieldPath, value: unknown, detail: string) =>
  make("FieldValueTypeInvalid", path, `Invalid value: ${shown(value)}`, detail);

/** The values sorted, as most of upstream's messages have them. */
export const fieldNotSupported = (path: FieldPath, value: unknown, supported: readonly string[]) =>
  fieldNotAmong(path, value, [...supported].sort());

/** The values in the order given: some of upstream's messages have one of their own. */
export const fieldNotAmong = (path: FieldPath, value: unknown, supported: readonly string[]) =>
  make(
    "FieldValueNotSupported",
    path,
    `Unsupported value: ${shown(value)}`,
    supported.length ? `supported values: ${supported.map(shown).join(", ")}` : "",
  );

export const fieldForbidden = (path: FieldPath, detail: string) =>
  make("FieldValueForbidden", path, "Forbidden", detail);

export const fieldDuplicate = (path: FieldPath, value: unknown) =>
  make("FieldValueDuplicate", path, `Duplicate value: ${shown(value)}`, "");

export const fieldNotFound = (path: FieldPath, value: unknown) =>
  make("FieldValueNotFound", path, `Not found: ${shown(value)}`, "");

export const fieldTooLong = (path: FieldPath, maxBytes: number) =>
  make("FieldValueTooLong", path, "Too long", maxBytes >= 0 ? `may not be more than ${maxBytes} bytes` : "");

export const fieldTooMany = (path: FieldPath, actual: number, most: number) =>
  make("FieldValueTooMany", path, `Too many: ${actual}`, `must have at most ${most} items`);

export const fieldInternal = (path: FieldPath, detail: string) => make("InternalError", path, "Internal error", detail);
