// Rules that the access reviews share. It refuses to answer them.
import { equalJson } from "../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
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
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined)) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    yield fieldInvalid(SPEC, resourceAttributes, why);
  }
  const path = SPEC.child("resourceAttributes");
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  if (fieldSelector) yield* selectorFaults(fieldSelector, path.child("fieldSelector"));
  if (labelSelector) yield* selectorFaults(labelSelector, path.child("labelSelector"));
}

interface AskedSelector {
  readonly rawSelector?: string | undefined;
  readonly requirements?: readonly Requirement[] | undefined;
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** A selector comes as text or taken apart. Operators that this server does not know pass: newer clients may ask, too. */
function* selectorFaults(
  { rawSelector = "", requirements = [] }: AskedSelector,
  path: FieldPath,
): Generator<FieldError> {
  if (rawSelector !== "" && requirements.length > 0) {
    yield fieldInvalid(path.child("rawSelector"), rawSelector, "may not specified at the same time as requirements");
  }
  if (rawSelector === "" && requirements.length === 0) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    yield fieldRequired(path.child("requirements"), why);
  }
  for (const [i, { operator, values = [] }] of requirements.entries()) {
    const at = path.child("requirements").index(i).child("values");
    if ((operator === "In" || operator === "NotIn") && values.length === 0) {
      yield fieldRequired(at, "must be specified when `operator` is 'In' or 'NotIn'");
    }
    if ((operator === "Exists" || operator === "DoesNotExist") && values.length > 0) {
      yield fieldForbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  }
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
