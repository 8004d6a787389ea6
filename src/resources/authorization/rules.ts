// Rules that the access reviews share. It refuses to answer them.
import { equalJson } from "../../schema/equality.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { ObjectMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { NonResourceAttributes, ResourceAttributes } from "./attributes.ts";

export interface Question {
  readonly resourceAttributes?: ResourceAttributes | undefined;
  readonly nonResourceAttributes?: NonResourceAttributes | undefined;
}

const SPEC = FieldPath.of("spec");

/** A review asks about a resource or about a path. */
export function* questionFaults({ resourceAttributes, nonResourceAttributes }: Question): Generator<FieldError> {
  if ((resourceAttributes === undefined) !== (nonResourceAttributes === undefined)) return;
  const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  yield fieldInvalid(SPEC, resourceAttributes, why);
}

/** Somebody has to be asked about. */
export function* whoFaults(user: string | undefined, groups: readonly string[] = []): Generator<FieldError> {
  if (user || groups.length > 0) return;
  yield fieldInvalid(SPEC.child("user"), "", "at least one of user or group must be specified");
}

/** Reviews have no names: `allowed` is what their metadata may hold. */
export function* metadataFaults(metadata: ObjectMeta, allowed: ObjectMeta = {}): Generator<FieldError> {
  const { managedFields: _, ...given } = metadata;
  if (!equalJson(given, allowed)) yield fieldInvalid(FieldPath.of("metadata"), metadata, "must be empty");
}
